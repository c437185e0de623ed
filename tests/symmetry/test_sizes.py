from __future__ import annotations

import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from lensym.errors import SymmetryError
from lensym.symmetry import (
    AntialiasedPool,
    DepthwiseSteerableConv,
    LiftingConv,
    SteerableConv,
    cyclic,
    regular_type,
    trivial_type,
)
from lensym.symmetry.sizes import check_sizes

windows = st.tuples(st.integers(1, 6), st.integers(1, 4), st.integers(0, 3))  # kernel, stride, padding


def accepted(size: int, kernel: int, stride: int, padding: int) -> bool:
    try:
        check_sizes((size,), kernel, stride, padding)
    except SymmetryError:
        return False
    return True


def keeps_the_centre(size: int, kernel: int, stride: int, padding: int) -> bool:
    """Whether sums over windows of a line and of its mirror image are mirror images."""
    line = torch.arange(1.0, size + 1) ** 2
    both = torch.stack([line, line.flip(0)]).unsqueeze(1)
    sums = F.conv1d(both, torch.ones(1, 1, kernel), stride=stride, padding=padding)
    return torch.equal(sums[0], sums[1].flip(-1))


@given(st.integers(1, 16), windows)
def test_what_is_accepted_is_symmetric(size, window):
    assert not accepted(size, *window) or keeps_the_centre(size, *window)


@given(st.integers(6, 16), st.integers(1, 6), st.integers(1, 4), st.data())
def test_nothing_is_refused_without_need(size, kernel, stride, data):
    """For windows inside the image and the usual padding; beyond, windows of zeros alone can hide a wrong centre."""
    padding = data.draw(st.integers(0, (kernel - 1) // 2))
    assert accepted(size, kernel, stride, padding) == keeps_the_centre(size, kernel, stride, padding)


@given(st.integers(1, 16), windows)
def test_the_sizes_advised_work_and_are_the_nearest(size, window):
    kernel, stride, padding = window
    try:
        check_sizes((size,), *window)
    except SymmetryError as error:
        advised = [int(number) for number in re.findall(r"\d+", error.remedy)]
        check_sizes(advised, *window)
        assert all(abs(number - size) < stride for number in advised) or size + 2 * padding < kernel


def test_the_size_at_fault_is_named():
    with pytest.raises(SymmetryError, match=r"divisible by the stride 2; got 12; use 11 or 13"):
        check_sizes((13, 12), kernel=3, stride=2, padding=1)
    with pytest.raises(SymmetryError, match="got 3; use 5 or more"):
        check_sizes((3,), kernel=5, stride=1, padding=0)


@pytest.mark.parametrize(
    ("window", "message"),
    [
        ({"kernel_size": 0}, "kernel_size as a whole number, 1 or more; got 0"),
        ({"kernel_size": 3, "stride": 0}, "stride as a whole number, 1 or more; got 0"),
        ({"kernel_size": 3, "padding": -1}, "padding as a whole number, 0 or more; got -1"),
    ],
)
def test_windows_that_cannot_slide_are_refused_by_every_layer(window, message):
    image, fields = trivial_type(cyclic(4), 1), regular_type(cyclic(4), 2)
    layers = [lambda **w: LiftingConv(image, fields, **w), lambda **w: SteerableConv(image, fields, **w)]
    layers += [lambda **w: DepthwiseSteerableConv(fields, **w)]
    layers += [] if "padding" in window else [lambda **w: AntialiasedPool(fields, **w)]
    for layer in layers:
        with pytest.raises(SymmetryError, match=message):
            layer(**window)
