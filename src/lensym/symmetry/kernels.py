"""Bases of steerable kernels: angular solutions times rings, sampled on the pixels, for any representations.

Weiler & Cesa 2019, arXiv:1911.08251, section 2.6: the representations are brought into their irreducible parts, the
kernels between these are known in closed form, and the change of basis is undone.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from jaxtyping import Float

from lensym.symmetry.group import Group, cyclic
from lensym.symmetry.harmonics import angular_kernels
from lensym.symmetry.irreducible import Irrep
from lensym.symmetry.representation import Representation, trivial
from lensym.symmetry.rings import Rings

_NOTHING = 1e-6
"""Root mean square below which a kernel's samples are rounding: the pixels miss its oscillations."""


@lru_cache(maxsize=256)
def kernel_basis(
    inputs: Representation, outputs: Representation, kernel_size: int, rings: Rings
) -> Float[np.ndarray, "b n m k k"]:
    """Kernels from one field of ``inputs`` to one of ``outputs`` on the pixels of a filter, of unit norm.

    >>> from lensym.symmetry import dihedral, regular
    >>> kernel_basis(trivial(dihedral(4)), regular(dihedral(4)), 5, Rings.standard(5)).shape
    (11, 8, 1, 5, 5)
    """
    basis = normalised(sample_basis(inputs, outputs, grid(kernel_size), rings))
    return _read_only(basis.reshape(*basis.shape[:3], kernel_size, kernel_size))


@lru_cache(maxsize=64)
def moved_filters(group: Group, kernel_size: int, rings: Rings) -> Float[np.ndarray, "g b kk"]:
    """A basis of all filters on the rings, without any symmetry, moved by each element of the group.

    Entry g is ``f_b(g^-1 p)``: what a filter on the channel of the identity of a regular field is on that of g.
    """
    one = trivial(cyclic(1))
    moved = [group.isometry(g).inverse.move(grid(kernel_size)) for g in group.elements]
    filters = np.stack([sample_basis(one, one, points, rings)[:, 0] for points in moved], axis=1)
    return _read_only(normalised(filters)[:, :, 0].transpose(1, 0, 2))


def _read_only(basis: np.ndarray) -> np.ndarray:
    """The array, safe to be handed out again and again."""
    basis.setflags(write=False)
    return basis


def grid(kernel_size: int) -> Float[np.ndarray, "2 p"]:
    """The pixels (x, y) of a filter about its centre, row by row."""
    axis = np.arange(kernel_size) - (kernel_size - 1) / 2
    y, x = np.meshgrid(axis, axis, indexing="ij")
    return np.stack([x.ravel(), y.ravel()])


def normalised(basis: Float[np.ndarray, "b n m p"]) -> Float[np.ndarray, "kept n m p"]:
    """The kernels scaled to a sum of squares of n, 1 for each output channel, without those that are zero."""
    norms = np.sqrt((basis**2).sum(axis=(1, 2, 3)) / basis.shape[1])
    kept = norms > _NOTHING
    scaled: np.ndarray = basis[kept] / norms[kept, None, None, None]
    return scaled


def sample_basis(
    inputs: Representation, outputs: Representation, points: Float[np.ndarray, "2 p"], rings: Rings
) -> Float[np.ndarray, "b n m p"]:
    """The kernels at any points (x, y), in pixels about the centre."""
    before, after = inputs.decomposition, outputs.decomposition
    blocks = [np.zeros((0, outputs.size, inputs.size, points.shape[1]))]
    for irrep_in, columns_in in before.columns.items():
        for irrep_out, columns_out in after.columns.items():
            kernels = _irreducible_basis(irrep_in, irrep_out, points, rings)
            blocks += [
                np.einsum("ij,bjkp,lk->bilp", after.basis[:, j], kernels, before.basis[:, k], optimize=True)
                for j in columns_out
                for k in columns_in
            ]
    return np.concatenate(blocks)


def _irreducible_basis(
    inputs: Irrep, outputs: Irrep, points: Float[np.ndarray, "2 p"], rings: Rings
) -> Float[np.ndarray, "b n m p"]:
    """Every ring times every angular solution below its cut-off."""
    r = np.hypot(*points)
    # the solutions are for a reflection of y; another axis is the same turned
    phi = np.arctan2(points[1], points[0]) - outputs.group.angle_of_axis
    found = []
    for profile, cutoff in zip(rings.profiles(r), rings.cutoffs, strict=True):
        for kernel in angular_kernels(inputs, outputs, cutoff):
            # an oscillation has no value at the centre, where only what does not change with phi may stay
            radial = profile if kernel.frequency == 0 else profile * (r > 0)
            found.append(radial * kernel.sample(phi))
    return np.array(found).reshape(-1, outputs.size, inputs.size, len(r))
