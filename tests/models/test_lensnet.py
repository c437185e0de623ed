"""lensnet: exactly invariant under D4, cheap, and what its control is not."""

import pytest
import torch

from lensym.models import create
from lensym.models.cost import gflop, parameters
from lensym.models.lensnet import USUAL, LensNet
from lensym.symmetry import dihedral
from lensym.symmetry.testing import EquivarianceError, assert_equivariant, equivariance_error

D4 = dihedral(4)
CONTROL_FAILS_AT = 1e-3


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("size", [16, 33, 64, 150])
def test_the_logits_are_invariant_before_training(loud, rings, size, dtype):
    assert_equivariant(loud(create("lensnet", size, width=0.25)), D4, rings(2, size), dtype=dtype)


@pytest.mark.parametrize(
    ("name", "size", "width"),
    [
        ("lensnet", 64, 1),
        ("lensnet", 101, 0.25),
        ("lensnet", 150, 0.25),
        ("lensnet-tiny", 64, 1),
        ("lensnet-large", 33, 0.5),
    ],
)
def test_the_logits_are_invariant_after_training(trained, rings, name, size, width):
    network = trained(create(name, size, width=width))
    for dtype in (torch.float32, torch.float64):
        assert_equivariant(network, D4, rings(3, size, seed=9), dtype=dtype)


def test_channels_and_flux_unit_change_nothing_of_the_invariance(trained, rings):
    network = trained(create("lensnet", 40, channels=3))
    assert_equivariant(network, D4, 1e6 * rings(2, 40, channels=3))


def test_the_control_is_not_invariant(trained, rings):
    network = create("cnn", 64)
    with pytest.raises(EquivarianceError, match="PlainCNN equivariant under D4"):
        assert_equivariant(network, D4, rings(3, 64), tolerance=CONTROL_FAILS_AT)
    with pytest.raises(EquivarianceError):
        assert_equivariant(trained(network), D4, rings(3, 64), tolerance=CONTROL_FAILS_AT)


class OneReversal(LensNet):
    """lensnet without the average over the reversal."""

    def features(self, images):
        self._mapped_once = True
        return super().features(images)

    def _mapped(self, views):
        if self._mapped_once:
            self._mapped_once, self._kept = False, super()._mapped(views)
        return self._kept


def test_without_the_average_over_the_reversal_only_the_rotations_are_left(loud, rings):
    network = loud(OneReversal(64, 1, 3, USUAL))
    errors = equivariance_error(network, D4, rings(3, 64))
    assert max(errors[name] for name in ("e", "r", "r2", "r3")) < 1e-12
    assert min(errors[name] for name in ("s", "rs", "r2s", "r3s")) > 1e-4


def test_evaluation_is_deterministic_and_images_are_answered_one_by_one(trained, rings):
    network, images = trained(create("lensnet", 64)).double(), rings(4, 64).double()
    first = network(images)
    assert torch.equal(network(images), first)
    one_by_one = torch.cat([network(images[k : k + 1]) for k in range(4)])
    torch.testing.assert_close(one_by_one, first, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "most_gflop", "most_parameters"),
    [("lensnet-tiny", 0.01, 30_000), ("lensnet", 0.05, 100_000), ("lensnet-large", 0.15, 250_000)],
)
def test_the_size_of_each_network_is_within_its_bounds(name, most_gflop, most_parameters):
    network = create(name, 150)
    assert gflop(network) <= most_gflop
    assert parameters(network) <= most_parameters


def test_every_weight_learns(rings):
    network = create("lensnet", 64)
    network(rings(4, 64)).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in network.parameters())
