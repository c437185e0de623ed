from __future__ import annotations

import math

import pytest
import torch

from lensym.symmetry.matching import best_match, standardised


def matched(first, second):
    return best_match(standardised(first), standardised(second))


def test_the_assignment_is_one_to_one_and_the_best():
    x = torch.randn(3, 4, 5, 5)
    match = matched(x, 2 * x[:, [2, 0, 3, 1]] + 1)
    assert match.mean == pytest.approx(1)
    assert match.partner.tolist() == [2, 0, 3, 1]
    assert match.correlation == pytest.approx([1] * 4)
    assert matched(x, -x).mean < 0.3
    one_for_all = x[:, :1].expand_as(x)
    assert matched(x, one_for_all).mean == pytest.approx(0.25, abs=0.1)


def test_each_channel_with_itself():
    x, other = torch.randn(6, 2, 9, 9), torch.randn(6, 1, 9, 9)
    match = matched(x, torch.cat([x[:, :1], other], dim=1))
    assert match.own[0] == pytest.approx(1)
    assert match.own[1] == pytest.approx(
        float(torch.corrcoef(torch.stack([x[:, 1].ravel(), other.ravel()]))[0, 1]), abs=1e-6
    )
    assert match.own_mean == pytest.approx(match.own.mean())


def test_constant_channels_are_zero_and_do_not_count():
    x = torch.randn(2, 3, 4, 4)
    x[:, 1] = 7.1
    assert not standardised(x)[1].any()
    match = matched(x, x)
    assert match.channels == 2
    assert match.mean == pytest.approx(1)
    assert math.isnan(matched(x[:, 1:2], x[:, 1:2]).mean)


def test_mean_and_variance():
    for channel in standardised(5 + 3 * torch.randn(4, 2, 6, 6)):
        assert channel.mean().abs() < 1e-6
        assert channel.std(correction=0) == pytest.approx(1, abs=1e-5)
