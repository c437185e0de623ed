"""p4cnn and p4mcnn."""

import pytest
import torch

from lensym.models import create
from lensym.models.cost import parameters
from lensym.models.gcnn import HALVED_AFTER
from lensym.symmetry import GroupConv, cyclic, dihedral
from lensym.symmetry.testing import EquivarianceError, assert_equivariant

NETWORKS = {"p4cnn": cyclic(4), "p4mcnn": dihedral(4)}


@pytest.mark.parametrize("name", NETWORKS)
def test_the_maps_turn_with_the_image(name):
    network = create(name, 24, channels=2, width=0.3)
    for layer in network.body.layers:
        assert_equivariant(layer, NETWORKS[name], dtype=torch.float32)


@pytest.mark.parametrize("name", NETWORKS)
def test_one_filter_moved_wrongly_breaks_the_invariance(name, trained, rings):
    network = trained(create(name, 24, width=0.3))
    conv = next(module for module in network.modules() if isinstance(module, GroupConv))
    conv.orbits[1] = conv.orbits[1].roll(1, dims=-1)
    with pytest.raises(EquivarianceError):
        assert_equivariant(network, NETWORKS[name], rings(3, 24), tolerance=1e-3)


def test_p4cnn_is_not_invariant_under_reflections(trained, rings):
    with pytest.raises(EquivarianceError):
        assert_equivariant(trained(create("p4cnn", 24)), dihedral(4), rings(3, 24), tolerance=1e-3)


def test_a_feature_of_the_group_has_one_scale_and_shift():
    """6 group and 1 lifting convolution of 10 features, each with a scale and a shift."""
    weights = 10 * 9 + 6 * 10 * 10 * 4 * 9
    assert parameters(create("p4cnn", 28).body) == weights + 7 * 2 * 10


@pytest.mark.parametrize(("size", "last"), [(16, 8), (28, 14), (64, 8), (150, 10), (600, 10)])
def test_larger_images_are_halved_more_often(size, last):
    network = create("p4cnn", size, width=0.1)
    with torch.inference_mode():
        assert network.body(torch.zeros(1, 1, size, size)).shape[-1] == last
    assert HALVED_AFTER[0] == 2
