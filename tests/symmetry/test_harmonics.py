from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lensym.symmetry import Group, Irrep, irreps, o2, so2
from lensym.symmetry.harmonics import angular_kernels

PHI = np.linspace(-3, 3, 23)
groups = st.builds(Group, st.integers(1, 9), st.booleans())


def count(group: Group, inputs: Irrep, outputs: Irrep, frequency: int) -> float:
    """Dimension of the solutions of one |frequency|, by the characters: the mean of the product of all traces."""

    def waves(g: int) -> float:
        angle, reflected = group.factors(g)
        if frequency == 0:
            return 1.0
        return 0.0 if reflected else 2 * math.cos(frequency * angle)

    traces = [waves(g) * np.trace(inputs.matrix(g)) * np.trace(outputs.matrix(g)) for g in group.elements]
    return float(np.mean(traces))


@settings(max_examples=40)
@given(groups, st.data())
def test_there_are_as_many_as_the_characters_say_and_they_are_independent(group, data):
    inputs, outputs = (data.draw(st.sampled_from(irreps(group))) for _ in range(2))
    found = angular_kernels(inputs, outputs, cutoff=11)
    frequencies = [abs(kernel.frequency) for kernel in found]
    for frequency in range(12):
        assert frequencies.count(frequency) == round(count(group, inputs, outputs, frequency))
    if found:
        samples = np.array([kernel.sample(PHI).ravel() for kernel in found])
        assert np.linalg.matrix_rank(samples) == len(found)


@settings(max_examples=40)
@given(groups, st.data())
def test_they_are_equivariant(group, data):
    inputs, outputs = (data.draw(st.sampled_from(irreps(group))) for _ in range(2))
    for kernel in angular_kernels(inputs, outputs, cutoff=6):
        for g in group.elements:
            angle, reflected = group.factors(g)
            moved = kernel.sample(angle + (-PHI if reflected else PHI))
            expected = np.einsum("ij,jkp,lk->ilp", outputs.matrix(g), kernel.sample(PHI), inputs.matrix(g))
            np.testing.assert_allclose(moved, expected, atol=1e-12)


@given(st.booleans(), st.integers(0, 4), st.integers(0, 4), st.floats(-4, 4), st.booleans(), st.data())
def test_they_are_equivariant_under_any_rotation(reflections, n, m, angle, flip, data):
    group = o2() if reflections else so2()
    inputs, outputs = (
        data.draw(st.sampled_from([part for part in irreps(group, k) if part.frequency == k])) for k in (n, m)
    )
    g = (flip, angle) if reflections else angle
    for kernel in angular_kernels(inputs, outputs, cutoff=8):
        moved = kernel.sample(angle + (-PHI if flip and reflections else PHI))
        expected = np.einsum("ij,jkp,lk->ilp", outputs.matrix(g), kernel.sample(PHI), inputs.matrix(g))
        np.testing.assert_allclose(moved, expected, atol=1e-12)


@pytest.mark.parametrize(
    ("group", "expected"), [(so2(), [2, 2, 4, 4]), (o2(), [2, 4]), (Group(8, True), [-4, 2, 4])], ids=str
)
def test_frequencies_from_1_to_3(group, expected):
    first, third = (next(part for part in irreps(group, 3) if part.frequency == k) for k in (1, 3))
    assert sorted(kernel.frequency for kernel in angular_kernels(first, third, cutoff=4)) == expected


def test_the_cutoff_counts_both_senses():
    kernels = angular_kernels(Irrep(so2(), 3, 0), Irrep(so2(), 1, 0), cutoff=2)
    assert {kernel.frequency for kernel in kernels} == {-2}
