import pytest
import torch

from lensym.models import create
from lensym.models.cost import gflop, parameters
from lensym.symmetry import dihedral
from lensym.symmetry.testing import EquivarianceError, assert_equivariant


def test_it_has_the_published_shape():
    with torch.device("meta"):
        network = create("resnet18", 224, channels=3, classes=1000)
    assert parameters(network) == 11_689_512
    assert gflop(network) == pytest.approx(2 * 1.814, rel=1e-3)


def test_the_last_map_of_150_px_is_5_px():
    with torch.device("meta"):
        network = create("resnet18", 150)
        assert network.body(torch.empty(1, 1, 150, 150)).shape == (1, 512, 5, 5)


def test_it_is_not_invariant(trained, rings):
    with pytest.raises(EquivarianceError):
        assert_equivariant(trained(create("resnet18", 32, width=0.125)), dihedral(4), rings(3, 32), tolerance=1e-3)
