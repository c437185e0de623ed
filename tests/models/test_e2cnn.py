"""e2cnn_c4, e2cnn_c8, e2cnn_d4 and e2cnn_d8."""

import pytest
import torch

from lensym.models import create
from lensym.models.cost import gflop
from lensym.models.e2cnn import E2CNN
from lensym.symmetry import cyclic, dihedral
from lensym.symmetry.smooth import smooth_equivariance_error
from lensym.symmetry.testing import EquivarianceError, assert_equivariant

GROUPS = {"e2cnn_c4": cyclic(4), "e2cnn_c8": cyclic(8), "e2cnn_d4": dihedral(4), "e2cnn_d8": dihedral(8)}
WIDTH = 0.04


@pytest.mark.parametrize(("name", "published"), [("e2cnn_c4", 48.5), ("e2cnn_c8", 193.7), ("e2cnn_d4", 193.7)])
def test_the_cost_at_129_px_is_that_of_the_published_networks(name, published):
    assert gflop(create(name, 129)) == pytest.approx(published, rel=1e-3)


@pytest.mark.parametrize("size", [21, 24])
@pytest.mark.parametrize("name", GROUPS)
def test_the_maps_turn_with_the_image(name, size):
    network = create(name, size, width=WIDTH)
    for layer in network.body.layers:
        assert_equivariant(layer, GROUPS[name], dtype=torch.float32)


class ByPlace(E2CNN):
    """The published end: the dense layer reads the map place by place."""

    def features(self, images):
        maps = self.body(images)
        return self.dense(
            maps.flatten(1) @ torch.linspace(-1, 1, maps[0].numel()).to(maps).outer(torch.ones(4).to(maps))
        )


@pytest.mark.parametrize("name", ["e2cnn_c4", "e2cnn_d8"])
def test_the_published_end_is_not_invariant(name, trained, rings):
    network = trained(ByPlace(21, 1, 3, GROUPS[name], (1, 1, 1, 1, 1, 4), 4))
    with pytest.raises(EquivarianceError):
        assert_equivariant(network, GROUPS[name], rings(3, 21), tolerance=1e-3)


def test_between_the_quarter_turns_c8_moves_far_less_than_a_plain_network(trained):
    changes = {}
    for name, width in (("e2cnn_c8", WIDTH), ("e2cnn_c4", WIDTH), ("cnn", 0.5)):
        errors = smooth_equivariance_error(trained(create(name, 33, width=width)), cyclic(8))
        changes[name] = max(errors[g] for g in ("r", "r3", "r5", "r7"))
    assert changes["e2cnn_c8"] < changes["e2cnn_c4"] / 2
    assert changes["e2cnn_c8"] < changes["cnn"] / 5
