"""Deflection of many halos: the smooth part of each on a coarse mesh, and what it lacks close to it pixel by pixel.

Beyond a radius of _REACH mesh steps a halo's deflection is smooth on the scale of the mesh. Inside, its table's cubic
there goes on (see :mod:`lensym.physics.kernels.halos`): a polynomial. The sum over halos of this smooth part is
found on the mesh and interpolated by polynomials of degree five; the true function less the smooth one is added to the
pixels inside the radius. This is the particle-particle particle-mesh method of Hockney & Eastwood (1988), without the
Fourier transform. The sum is that of :func:`~lensym.physics.kernels.halos.halo_row` to 1e-4 of the halos' deflections
at their radii, which is some 1e-6 of the peak of an image.
"""

from __future__ import annotations

import math
from typing import no_type_check

import numpy as np

from lensym.physics.compiled import kernel
from lensym.physics.kernels.halos import cubic, place_in_table

_REACH = 8.0
_POINTS = 6
"""Mesh points in a row that a pixel's value is interpolated between, two before the one at or before it."""


@no_type_check
@kernel
def mesh_step(size, halos):
    """Pixels a mesh step, for the least work; 1 where a mesh would not save any.

    A halo costs ``(size / step)^2`` mesh points and, twice as dear, the pixels inside ``_REACH step``.
    """
    step = round(math.sqrt(size / math.sqrt(2.0 * math.pi * _REACH**2)))
    return step if halos >= 4 else 1


@no_type_check
@kernel
def add_halos_by_mesh(axis, step, halos, table, beta):
    """Take the deflection of halos away from ``beta`` (2, size, size), the positions of the pixels of ``axis`` (size,).

    ``axis`` is evenly spaced, ``step`` the pixels a mesh step, ``halos`` and ``table`` as for
    :func:`~lensym.physics.kernels.halos.halo_row`.
    """
    size, spacing = axis.shape[0], axis[1] - axis[0]
    nodes = axis[0] + spacing * step * (np.arange((size - 1) // step + _POINTS) - (_POINTS // 2 - 1))
    reach = _REACH * step * spacing
    mesh, work = np.zeros((2, nodes.shape[0], nodes.shape[0])), np.empty(nodes.shape[0])
    for i in range(nodes.shape[0]):
        _smooth_row(nodes, nodes[i], halos, table, reach, work, mesh[0, i], mesh[1, i])
    weights = _weights(step)
    for i in range(size):
        for c in range(2):
            _interpolate_row(mesh[c], i, step, weights, work, beta[c, i])
        _close_row(axis, axis[i], halos, table, reach, beta[0, i], beta[1, i])


@no_type_check
@kernel
def _smooth_row(x, y, halos, table, reach, work, beta_x, beta_y):
    """Take the smooth part of the halos' deflection away from the positions of one row of the mesh."""
    for k in range(halos.shape[1]):
        center, dy = halos[0, k], y - halos[1, k]
        per_Rs2, strength = 1.0 / halos[2, k] ** 2, halos[3, k] / halos[2, k]
        edge = reach * reach * per_Rs2
        per_octave = 0.5 ** math.floor(math.log2(edge))
        for j in range(x.shape[0]):
            dx = x[j] - center
            work[j] = (dx * dx + dy * dy) * per_Rs2
        for j in range(x.shape[0]):
            cell, f = place_in_table(max(work[j], edge))
            work[j] = cubic(table, cell, f + min(work[j] - edge, 0.0) * per_octave)
        for j in range(x.shape[0]):
            weight = strength * work[j]
            beta_x[j] -= weight * (x[j] - center)
            beta_y[j] -= weight * dy


@no_type_check
@kernel
def _close_row(x, y, halos, table, reach, beta_x, beta_y):
    """Take what the smooth part lacks away from the positions of one row of pixels."""
    spacing = x[1] - x[0]
    for k in range(halos.shape[1]):
        center, dy = halos[0, k], y - halos[1, k]
        if abs(dy) < reach:
            per_Rs2, strength = 1.0 / halos[2, k] ** 2, halos[3, k] / halos[2, k]
            edge = reach * reach * per_Rs2
            per_octave = 0.5 ** math.floor(math.log2(edge))
            edge_cell, edge_f = place_in_table(edge)
            half = math.sqrt(reach * reach - dy * dy)
            first = max(0, math.ceil((center - half - x[0]) / spacing))
            end = min(x.shape[0], math.floor((center + half - x[0]) / spacing) + 1)
            for j in range(first, end):
                dx = x[j] - center
                squared = (dx * dx + dy * dy) * per_Rs2
                cell, f = place_in_table(squared)
                smooth = cubic(table, edge_cell, edge_f + min(squared - edge, 0.0) * per_octave)
                weight = strength * (cubic(table, cell, f) - smooth)
                beta_x[j] -= weight * dx
                beta_y[j] -= weight * dy


@no_type_check
@kernel
def _weights(step):
    """Lagrange's weights (step, _POINTS) of the mesh points, for each place of a pixel between two of them."""
    weights = np.ones((step, _POINTS))
    for phase in range(step):
        place = phase / step + _POINTS // 2 - 1
        for p in range(_POINTS):
            for q in range(_POINTS):
                if q != p:
                    weights[phase, p] *= (place - q) / (p - q)
    return weights


@no_type_check
@kernel
def _interpolate_row(mesh, i, step, weights, work, out):
    """Add the mesh's values at the pixels of row ``i`` to ``out`` (size,)."""
    work[:] = 0.0
    for p in range(_POINTS):
        row, weight = mesh[i // step + p], weights[i % step, p]
        for j in range(work.shape[0]):
            work[j] += weight * row[j]
    for j in range(out.shape[0]):
        first, phase = j // step, j % step
        for p in range(_POINTS):
            out[j] += weights[phase, p] * work[first + p]
