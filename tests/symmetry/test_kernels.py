from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.linalg import subspace_angles

from lensym.symmetry import (
    Rings,
    cyclic,
    dihedral,
    direct_sum,
    from_irreps,
    irrep,
    irreps,
    o2,
    quotient,
    regular,
    so2,
    spectral,
    trivial,
)
from lensym.symmetry.kernels import grid, kernel_basis, moved_filters, sample_basis

RINGS = Rings((0.0, 1.0, 2.0), (0.3, 0.6, 0.5), (0, 3, 5))
POINTS = np.random.default_rng(0).normal(size=(2, 9)) * 2
GROUPS = [cyclic(1), cyclic(3), cyclic(8), dihedral(1, axis=30), dihedral(2, axis=45), dihedral(4), dihedral(6, axis=5)]


def representations(group):
    return [from_irreps((part,)) for part in irreps(group)] + [regular(group)]


@pytest.mark.parametrize("group", GROUPS, ids=str)
def test_kernels_are_steerable_at_any_place(group):
    pairs = itertools.product(representations(group), repeat=2)
    for inputs, outputs in pairs:
        kernels = sample_basis(inputs, outputs, POINTS, RINGS)
        for g in group.elements[1:3] if group.order > 8 else group.elements:
            moved = sample_basis(inputs, outputs, group.isometry(g).move(POINTS), RINGS)
            expected = np.einsum("ij,bjkp,lk->bilp", outputs.matrix(g), kernels, inputs.matrix(g), optimize=True)
            np.testing.assert_allclose(moved, expected, atol=1e-12)


@pytest.mark.parametrize(("group", "element"), [(so2(), 0.7), (o2(), (False, -2.0)), (o2(), (True, 1.0))], ids=str)
def test_kernels_of_continuous_groups_are_steerable_at_any_angle(group, element):
    inputs, outputs = spectral(group, 3), direct_sum([spectral(group, 1), spectral(group, 2)])
    kernels = sample_basis(inputs, outputs, POINTS, RINGS)
    moved = sample_basis(inputs, outputs, group.isometry(element).move(POINTS), RINGS)
    expected = np.einsum("ij,bjkp,lk->bilp", outputs.matrix(element), kernels, inputs.matrix(element))
    np.testing.assert_allclose(moved, expected, atol=1e-12)
    assert len(kernels) > 10


@pytest.mark.parametrize("group", [cyclic(4), cyclic(6), dihedral(3), dihedral(4)], ids=str)
@pytest.mark.parametrize("source", ["trivial", "regular", "quotient"])
def test_to_regular_fields_the_basis_is_a_free_filter_moved(group, source):
    """Two roads to one space: the irreducible parts, and a filter without symmetry on the channel of the identity."""
    subgroup = dihedral(1) if group.reflections else cyclic(2)
    inputs = {"trivial": trivial(group), "regular": regular(group), "quotient": quotient(group, subgroup)}[source]
    by_parts = kernel_basis(inputs, regular(group), 5, RINGS)
    moved = moved_filters(group, 5, RINGS)
    free = np.zeros((inputs.size, moved.shape[1], group.order, inputs.size, 25))
    for g, channel in itertools.product(group.elements, range(inputs.size)):
        free[channel, :, g, inputs.permutations[g][channel]] = moved[g]
    spans = [basis.reshape(-1, group.order * inputs.size * 25).T for basis in (by_parts, free)]
    assert spans[0].shape == spans[1].shape
    assert subspace_angles(*spans).max() < 1e-7


def test_each_kernel_has_one_as_the_energy_of_a_channel():
    basis = kernel_basis(irrep(cyclic(8), "psi_1"), regular(cyclic(8)), 7, Rings.standard(7))
    np.testing.assert_allclose((basis**2).sum(axis=(1, 2, 3, 4)), 8)


def test_oscillations_that_the_pixels_miss_are_left_out():
    """On the four pixels at distance 1 the sine of frequency 2 is zero everywhere."""
    rings = Rings((1.0,), (0.01,), (2,))
    assert len(kernel_basis(trivial(cyclic(1)), trivial(cyclic(1)), 3, rings)) == 4


def test_only_what_has_no_direction_stays_at_the_centre():
    one = trivial(cyclic(1))
    at_centre = sample_basis(one, one, np.zeros((2, 1)), Rings((0.5,), (0.6,), (4,)))[:, 0, 0, 0]
    assert (at_centre != 0).tolist() == [True] + [False] * 8


def test_the_grid_is_centred_and_counts_x_first():
    assert grid(2).tolist() == [[-0.5, 0.5, -0.5, 0.5], [-0.5, -0.5, 0.5, 0.5]]
