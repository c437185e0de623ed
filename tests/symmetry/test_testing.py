"""The checker itself: what it measures, what it leaves alone, what it refuses."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from lensym.errors import SymmetryError, UsageError
from lensym.symmetry import (
    EquivarianceError,
    assert_equivariant,
    cyclic,
    dihedral,
    equivariance_error,
    o2,
    regular_type,
    so2,
    trivial_type,
)
from lensym.symmetry.testing import tolerance_for

C4, D4 = cyclic(4), dihedral(4)


class Probe(nn.Module):
    """A function as a module."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def mean_logits(x):
    return x.mean(dim=(-2, -1))


def test_the_figure_is_the_largest_change_over_the_largest_output():
    top_row = Probe(lambda x: x[:, :, 0, 1])
    x = torch.zeros(1, 1, 3, 3)
    x[0, 0, 0, 1] = 8.0
    errors = equivariance_error(top_row, D4, x)
    assert errors == {"e": 0, "r": 1, "r2": 1, "r3": 1, "s": 1, "rs": 1, "r2s": 0, "r3s": 1}
    small = equivariance_error(top_row, C4, x / 16)  # below 1 the change itself counts
    assert small == {"e": 0, "r": 0.5, "r2": 0.5, "r3": 0.5}


def test_a_flip_that_commutes_is_told_from_one_that_does_not():
    rows = Probe(lambda x: x.mean(dim=-1))  # a function of y alone: turning x round changes nothing
    errors = equivariance_error(rows, dihedral(2))
    assert errors["rs"] < 1e-12
    assert min(errors["r"], errors["s"]) > 1e-3


def test_the_error_names_the_worst_element_and_lists_all():
    module = nn.Conv2d(1, 1, 1)
    assert_equivariant(module, C4, out_type=trivial_type(C4, 1))
    tilted = Probe(lambda x: x[..., 0, 0])
    x = torch.zeros(1, 1, 2, 2)
    x[..., 0, 0], x[..., 1, 1] = 1.0, 3.0
    with pytest.raises(
        EquivarianceError,
        match=r"Probe equivariant under C4 within 1e-12; got an error of 2 under r2: rotated by 180 degrees "
        r"\(all: e 0, r 1, r2 2, r3 1\); look for",
    ):
        assert_equivariant(tilted, C4, x)
    assert issubclass(EquivarianceError, AssertionError)
    assert_equivariant(tilted, C4, x, tolerance=2.0)


def test_of_a_larger_group_the_elements_on_the_grid_are_checked():
    mean = Probe(mean_logits)
    assert list(equivariance_error(mean, cyclic(8))) == ["e", "r2", "r4", "r6"]
    assert list(equivariance_error(mean, so2())) == ["0", "90", "180", "270"]
    assert len(equivariance_error(mean, o2())) == 8
    with pytest.raises(EquivarianceError, match=r"under O2 .* under \(e, 180\): rotated by 180 degrees"):
        assert_equivariant(Probe(lambda x: x[:, :, 0].mean(-1)), o2(), torch.eye(3)[0].expand(1, 1, 3, 3).mT)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_rounding_passes_and_a_little_more_does_not(dtype):
    def skewed(amount):
        return Probe(lambda x: mean_logits(x) + amount * x[..., 0, 0])

    x = torch.rand(2, 1, 6, 6)
    assert_equivariant(skewed(0), D4, x, dtype=dtype)
    with pytest.raises(AssertionError):
        assert_equivariant(skewed(100 * tolerance_for(dtype)), D4, x, dtype=dtype)


def test_not_a_number_fails():
    blank = Probe(lambda x: mean_logits(x) * math.nan)
    with pytest.raises(EquivarianceError, match="nan"):
        assert_equivariant(blank, C4)


def test_maps_of_another_shape_fail():
    shrinks = Probe(lambda x: x[..., 1:, :])  # a row fewer, which after a quarter turn ought to be a column
    errors = equivariance_error(shrinks, C4, out_type=trivial_type(C4, 1))
    assert errors["r"] == math.inf


def test_the_module_stays_as_it_is():
    module = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Dropout(0.5), Probe(mean_logits)).train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    random_state = torch.get_rng_state()
    equivariance_error(module, C4, dtype=torch.float64)
    assert module.training
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert all(value.dtype == before[name].dtype for name, value in module.state_dict().items())
    assert torch.equal(torch.get_rng_state(), random_state)


def test_computes_in_the_dtype_asked_for():
    seen = []
    watch = Probe(lambda x: (seen.append(x.dtype), mean_logits(x))[1])
    for dtype in (torch.float32, torch.float64):
        equivariance_error(watch, C4, torch.zeros(1, 1, 3, 3), dtype=dtype)
        assert set(seen) == {dtype}
        seen.clear()


def test_the_input_is_drawn_as_the_module_states_and_from_the_seed():
    shapes, inputs = [], []
    watch = Probe(lambda x: (shapes.append(tuple(x.shape)), inputs.append(x), mean_logits(x))[2])
    watch.image_size, watch.channels = 11, 3
    for seed in (0, 0, 1):
        equivariance_error(watch, cyclic(1), seed=seed)
    assert set(shapes) == {(2, 3, 11, 11)}
    assert torch.equal(inputs[0], inputs[2])
    assert not torch.equal(inputs[0], inputs[4])


def test_types_given_overrule_those_declared_by_the_module():
    shift = Probe(lambda x: x.roll(1, dims=1))  # acts on a regular field of C4 as an element of the group would
    shift.in_type = shift.out_type = regular_type(C4, 1)
    assert_equivariant(shift, C4)
    scale = Probe(lambda x: x * torch.tensor([1.0, 2, 3, 4], dtype=x.dtype).view(1, 4, 1, 1))
    scale.in_type = scale.out_type = regular_type(C4, 1)
    with pytest.raises(EquivarianceError):
        assert_equivariant(scale, C4)
    assert_equivariant(scale, C4, in_type=trivial_type(C4, 4), out_type=trivial_type(C4, 4))


def test_under_a_subgroup_the_types_are_restricted():
    shift = Probe(lambda x: x[:, [1, 2, 3, 0, 7, 4, 5, 6]])  # the regular field of D4 multiplied from the right by r
    shift.in_type = shift.out_type = regular_type(D4, 1)
    assert_equivariant(shift, D4)
    assert_equivariant(shift, dihedral(2, axis=45))
    assert list(equivariance_error(shift, C4)) == ["e", "r", "r2", "r3"]


def test_refusals():
    with pytest.raises(UsageError, match="out_type, for a module that gives a map; got an output of shape"):
        equivariance_error(nn.ReLU(), C4)
    with pytest.raises(UsageError, match="one tensor; got tuple"):
        equivariance_error(Probe(lambda x: (x, x)), C4)
    with pytest.raises(SymmetryError, match="field types of the group checked, D4, or of a larger one; got 'C4: 1 tri"):
        equivariance_error(nn.ReLU(), D4, out_type=trivial_type(C4, 1))
    with pytest.raises(SymmetryError, match=r"that map the pixel grid onto itself; got C3; check it with smooth"):
        equivariance_error(nn.ReLU(), cyclic(3))
    with pytest.raises(UsageError, match=r"default tolerance .* got torch\.float16; give tolerance="):
        assert_equivariant(nn.ReLU(), C4, dtype=torch.float16)
