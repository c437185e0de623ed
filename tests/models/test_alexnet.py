import pytest
import torch

from lensym.models import create
from lensym.models.cost import parameters
from lensym.symmetry import dihedral
from lensym.symmetry.testing import EquivarianceError, assert_equivariant


def test_it_has_the_published_shape():
    with torch.device("meta"):
        assert parameters(create("alexnet", 224, channels=3, classes=1000)) == 61_100_840


@pytest.mark.parametrize("size", [16, 64, 150])
def test_the_dense_layers_see_the_same_grid_at_every_size(size):
    with torch.device("meta"):
        network = create("alexnet", size)
        assert network.maps(torch.empty(1, 1, size, size)).shape == (1, 256, 6, 6)


def test_dropout_is_for_training_only(rings):
    network, images = create("alexnet", 24, width=0.125), rings(2, 24)
    assert not torch.equal(network(images), network(images))
    network.eval()
    assert torch.equal(network(images), network(images))


def test_it_is_not_invariant(trained, rings):
    with pytest.raises(EquivarianceError):
        assert_equivariant(trained(create("alexnet", 32, width=0.125)), dihedral(4), rings(3, 32), tolerance=1e-3)
