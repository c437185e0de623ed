import pytest
import torch

from lensym.models import create
from lensym.models.cost import gflop
from lensym.models.e2_wrn import GROUPS, WideBlock
from lensym.symmetry import RestrictionModule, dihedral
from lensym.symmetry.testing import EquivarianceError, assert_equivariant

NAME = "e2_wrn"


@pytest.mark.parametrize("size", [21, 24, 50])
def test_each_stage_turns_with_the_image_as_its_own_group_says(size):
    network = create(NAME, size, channels=2, width=0.125)
    groups = []
    for layer in network.body.layers:
        restricts = isinstance(layer, RestrictionModule)
        assert_equivariant(layer, layer.out_type.group if restricts else layer.in_type.group, dtype=torch.float32)
        groups += [layer.in_type.group] if isinstance(layer, WideBlock) else []
    assert tuple(groups) == tuple(group for group in GROUPS for _ in range(2))


def test_the_whole_is_invariant_under_d1_alone(trained, rings):
    network, images = trained(create(NAME, 21, width=0.06)), rings(3, 21)
    assert_equivariant(network, dihedral(1), images)
    with pytest.raises(EquivarianceError):
        assert_equivariant(network, dihedral(4), images, tolerance=1e-3)


def test_the_cost_is_that_of_the_plain_wide_network():
    """At 32 px: 16, 128, 256 and 512 channels at 32, 32, 16 and 8 px; kernels of 5 px under D8, of 3 px beyond."""
    size, widths, kernels = (32, 16, 8), (16, 128, 256, 512), (5, 3, 3)
    expected = 32**2 * 25 * 16
    for pixels, before, width, kernel in zip(size, widths, widths[1:], kernels, strict=False):
        expected += pixels**2 * (kernel**2 * (before + 3 * width) * width + before * width)
    expected += 8**2 * 512 * 512  # the last block's shortcut, to trivial fields
    expected += 4**2 * (16**2 * 128 + 8**2 * 256)  # two blurs of 4 px
    assert gflop(create(NAME, 32)) == pytest.approx(2e-9 * (expected + 3 * 512), rel=1e-9)
