from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from lensym.symmetry import depthwise
from lensym.symmetry.depthwise import depthwise_conv2d


def operands(seen=1, kernel=5, images=3, dtype=torch.float64):
    x = torch.randn(images, 6, 9, 9, dtype=dtype, requires_grad=True)
    return x, torch.randn(6, seen, kernel, kernel, dtype=dtype, requires_grad=True)


def plain(x, filters, stride=1):
    return F.conv2d(x, filters, None, stride, filters.shape[-1] // 2, groups=len(filters) // filters.shape[1])


def ours(x, filters, stride=1):
    return depthwise_conv2d(x, filters, stride, filters.shape[-1] // 2)


@pytest.fixture(params=["in pieces", "at once"])
def _pieces(request, monkeypatch):
    if request.param == "in pieces":
        monkeypatch.setattr(depthwise, "PIECE", 2 * 6 * 9 * 9)  # two images, then the third


@pytest.mark.usefixtures("_pieces")
@pytest.mark.parametrize("seen", [1, 2])
@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (5, 1), (5, 2), (7, 1)])
def test_the_layout_makes_no_difference_to_values_or_gradients(kernel, stride, seen):
    x, filters = operands(seen, kernel)
    y, expected = ours(x, filters, stride), plain(x, filters, stride)
    torch.testing.assert_close(y, expected, rtol=0, atol=1e-12)
    # as a mean over the plane or a permutation of axes hands it back
    direction = torch.randn(*reversed(expected.shape), dtype=x.dtype).permute(3, 2, 1, 0)
    for one, other in zip(*(torch.autograd.grad(z, [x, filters], direction) for z in (y, expected)), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-11)


@pytest.mark.usefixtures("_pieces")
def test_its_gradient_has_a_gradient():
    x, filters = operands()
    squares = [
        torch.autograd.grad(f(x, filters).pow(3).sum(), x, create_graph=True)[0].square().sum() for f in (ours, plain)
    ]
    for one, other in zip(*(torch.autograd.grad(square, [x, filters]) for square in squares), strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("kernel", [3, 5])
def test_the_result_is_laid_out_as_usual(kernel):
    y = depthwise_conv2d(torch.randn(2, 4, 8, 8), torch.randn(4, 1, kernel, kernel), 1, kernel // 2)
    assert y.is_contiguous()


@pytest.mark.parametrize("frozen", [0, 1])
def test_only_the_gradient_that_is_needed_is_computed(frozen, monkeypatch):
    found = []
    monkeypatch.setattr(
        depthwise, "_gradients", lambda *args, of=depthwise._gradients: found.append(of(*args)) or found[-1]
    )
    inputs = operands()
    inputs[frozen].requires_grad_(False)
    ours(*inputs).sum().backward()
    assert inputs[frozen].grad is None
    assert inputs[1 - frozen].grad is not None
    assert found[0][frozen] is None


def test_gradients_under_mixed_precision():
    x, filters = operands(dtype=torch.float32)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y, expected = ours(x, filters), plain(x, filters)
    assert y.dtype == torch.bfloat16
    for one, other in zip(*(torch.autograd.grad(z.float().sum(), [x, filters]) for z in (y, expected)), strict=True):
        assert one.dtype == torch.float32
        torch.testing.assert_close(one, other, rtol=0.02, atol=0.02 * float(other.abs().max()))


def test_no_images_at_all():
    x, filters = operands(images=0)
    ours(x, filters).sum().backward()
    assert x.grad.shape == x.shape
    assert not filters.grad.any()


def test_the_gradient_function_of_torch_func():
    x, filters = operands()

    def loss(f):
        return ours(x.detach(), f).pow(2).sum()

    torch.testing.assert_close(torch.func.grad(loss)(filters.detach()), torch.autograd.grad(loss(filters), filters)[0])
