from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from lensym.symmetry.depthwise import depthwise_conv2d


@pytest.mark.parametrize("seen", [1, 2])
@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (5, 1), (5, 2), (7, 1)])
def test_the_layout_makes_no_difference_to_values_or_gradients(kernel, stride, seen):
    x = torch.randn(2, 6, 9, 9, dtype=torch.float64, requires_grad=True)
    filters = torch.randn(6, seen, kernel, kernel, dtype=torch.float64, requires_grad=True)
    y = depthwise_conv2d(x, filters, stride, kernel // 2)
    expected = F.conv2d(x, filters, None, stride, kernel // 2, groups=6 // seen)
    torch.testing.assert_close(y, expected, rtol=0, atol=1e-12)
    direction = torch.randn_like(expected)
    for one, other in zip(*(torch.autograd.grad(z, [x, filters], direction) for z in (y, expected)), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-11)


@pytest.mark.parametrize("kernel", [3, 5])
def test_the_result_is_laid_out_as_usual(kernel):
    y = depthwise_conv2d(torch.randn(2, 4, 8, 8), torch.randn(4, 1, kernel, kernel), 1, kernel // 2)
    assert y.is_contiguous()
