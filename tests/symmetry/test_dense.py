import pytest
import torch
from torch.nn import functional as F

from lensym.symmetry.dense import dense_conv2d


@pytest.mark.parametrize("size", [8, 9])
@pytest.mark.parametrize(("kernel", "stride", "padding"), [(1, 1, 0), (1, 2, 0), (1, 2, 1), (1, 3, 0), (3, 2, 1)])
def test_values_and_gradients_are_those_of_the_plain_convolution(kernel, stride, padding, size):
    x = torch.randn(2, 3, size, size, dtype=torch.float64, requires_grad=True)
    filters = torch.randn(6, 3, kernel, kernel, dtype=torch.float64, requires_grad=True)
    bias = torch.randn(6, dtype=torch.float64)
    # with the channels first, where the library has no fault
    expected = F.conv2d(x, filters, bias, stride, padding)
    found = dense_conv2d(x.contiguous(memory_format=torch.channels_last), filters, bias, stride, padding)
    torch.testing.assert_close(found, expected)
    seen = torch.randn_like(expected)
    for got, wanted in zip(*(torch.autograd.grad(y, (x, filters), seen) for y in (found, expected)), strict=True):
        torch.testing.assert_close(got, wanted)
