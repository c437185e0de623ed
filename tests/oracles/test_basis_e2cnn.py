"""The steerable basis against e2cnn's: the same spaces of kernels, for the same rings and cut-offs."""

from __future__ import annotations

import importlib.util
import warnings

import numpy as np
import pytest
from scipy.linalg import subspace_angles

from lensym.symmetry import Group, Irrep, Representation, Rings, cyclic, dihedral, irreps, regular
from lensym.symmetry.kernels import grid, kernel_basis

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(importlib.util.find_spec("e2cnn") is None, reason="e2cnn is not installed: pip install e2cnn"),
]
GROUPS = [cyclic(n) for n in (*range(2, 9), 12, 16)] + [dihedral(n) for n in (1, 2, 3, 4, 5, 6, 8)]
ANGLE = 1e-6
KERNEL = 5
RINGS = Rings((0.0, 1.0, 2.0), (0.3, 0.6, 0.5), (0, 2, 3))


@pytest.fixture(scope="module", autouse=True)
def mended_e2cnn():
    from e2cnn_mended import mend_e2cnn

    mend_e2cnn()


def space_of(group: Group):
    """e2cnn's group on the plane."""
    from e2cnn import gspaces

    if not group.reflections:
        return gspaces.Rot2dOnR2(group.rotations)
    return gspaces.FlipRot2dOnR2(group.rotations) if group.rotations > 1 else gspaces.Flip2dOnR2()


def representation_of(irrep: Irrep | None, space):
    """e2cnn's regular representation, or the irrep of the same frequency and parity."""
    if irrep is None:
        return space.regular_repr
    if not irrep.group.reflections:
        return space.irrep(irrep.frequency)
    return space.irrep(irrep.parity, irrep.frequency) if irrep.group.rotations > 1 else space.irrep(irrep.parity)


def ours(theirs, group: Group) -> Representation:
    """The same matrices, for our elements."""

    def element(g: int):
        k, flipped = g % group.rotations, int(g >= group.rotations)
        return k if not group.reflections else (flipped, k) if group.rotations > 1 else flipped

    return Representation(group, f"e2cnn {theirs.name}", np.stack([theirs(element(g)) for g in group.elements]))


def their_kernels(space, inputs, outputs) -> np.ndarray:
    """e2cnn's band-limited kernels (b, outputs, inputs, pixels) in our coordinates."""
    radii, widths, cutoffs = (list(values) for values in (RINGS.radii, RINGS.widths, RINGS.cutoffs))
    basis = space.build_kernel_basis(inputs, outputs, widths, radii, maximum_frequency=max(cutoffs))
    limits = dict(zip(radii, cutoffs, strict=True))
    mask = np.array([abs(kernel["frequency"]) <= limits[kernel["radius"]] for kernel in basis])
    x, y = grid(KERNEL)
    # e2cnn reflects x where we reflect y: its plane is ours turned by 90 degrees
    return basis.sample_masked(np.stack([-y, x]), mask=mask).transpose(2, 0, 1, 3)


def pairs(group: Group) -> list[tuple[Irrep | None, Irrep | None]]:
    """All pairs of irreps; the regular representation (None) with itself and with the first and last irrep."""
    found = irreps(group)
    ends = [found[0], found[-1]]
    return [(a, b) for a in found for b in found] + [
        (None, None),
        *((None, e) for e in ends),
        *((e, None) for e in ends),
    ]


@pytest.mark.parametrize("group", GROUPS, ids=str)
def test_spans_are_the_same(group):
    from e2cnn.kernels import EmptyBasisException

    space, worst = space_of(group), 0.0
    for first, second in pairs(group):
        inputs, outputs = (representation_of(irrep, space) for irrep in (first, second))
        basis = kernel_basis(ours(inputs, group), ours(outputs, group), KERNEL, RINGS)
        try:
            theirs = their_kernels(space, inputs, outputs)
        except EmptyBasisException:
            assert len(basis) == 0
            continue
        theirs = theirs[np.square(theirs).sum(axis=(1, 2, 3)) > 1e-6]
        assert len(theirs) == len(basis)
        if len(basis):
            spans = [kernels.reshape(len(kernels), -1).T for kernels in (theirs, basis)]
            assert np.linalg.matrix_rank(spans[0]) == np.linalg.matrix_rank(spans[1])
            worst = max(worst, float(subspace_angles(*spans).max()))
    print(f"{group}: largest principal angle {worst:.1e}")
    assert worst <= ANGLE


@pytest.mark.parametrize("kernel", [3, 5, 7, 9])
@pytest.mark.parametrize("group", GROUPS, ids=str)
def test_the_default_rings_give_as_many_weights(group, kernel):
    from e2cnn import nn

    space = space_of(group)
    fields = nn.FieldType(space, [space.regular_repr])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = nn.R2Conv(fields, fields, kernel, initialize=False)
    basis = kernel_basis(
        ours(space.regular_repr, group), ours(space.regular_repr, group), kernel, Rings.standard(kernel)
    )
    assert len(basis) == theirs.weights.numel()


def test_another_ring_would_be_seen():
    group, space = cyclic(8), space_of(cyclic(8))
    theirs = their_kernels(space, space.regular_repr, space.regular_repr)
    wider = Rings(RINGS.radii, (0.3, 0.61, 0.5), RINGS.cutoffs)
    basis = kernel_basis(regular(group), regular(group), KERNEL, wider)
    spans = [kernels.reshape(len(kernels), -1).T for kernels in (theirs, basis)]
    assert subspace_angles(*spans).max() > 1e3 * ANGLE
