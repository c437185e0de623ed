"""Surface brightness of a whole scene: any perturbers, any Sersic profiles, several points a pixel, several bands."""

from __future__ import annotations

from typing import no_type_check

import numpy as np

from lensym.physics.compiled import kernel
from lensym.physics.kernels.halo_mesh import add_halos_by_mesh, mesh_step
from lensym.physics.kernels.halos import halo_row, soliton_row
from lensym.physics.kernels.lines import line_row
from lensym.physics.kernels.points import point_mass_row
from lensym.physics.kernels.sersic import sersic_row
from lensym.physics.kernels.string import is_string, string_row


@no_type_check
@kernel
def deflect(axis, beta, points, halos, table, lines, solitons):
    """Take the deflection of all perturbers away from the positions ``beta`` (2, size, size), in place.

    ``axis`` (size,): points along a side; ``points`` (3, K): ``x``, ``y``, ``theta_E`` squared; the others as for
    :func:`~lensym.physics.kernels.halos.halo_row`, :func:`~lensym.physics.kernels.lines.line_row` and
    :func:`~lensym.physics.kernels.halos.soliton_row`, none of a kind with K = 0.
    """
    size = axis.shape[0]
    work = np.empty((2, size))
    string, step = is_string(points[0], points[1], points[2]), mesh_step(size, halos.shape[1])
    for i in range(size):
        y, beta_x, beta_y = axis[i], beta[0, i], beta[1, i]
        if string:
            string_row(axis, y, points[0], points[1], points[2], work, beta_x, beta_y)
        else:
            point_mass_row(axis, y, points[0], points[1], points[2], beta_x, beta_y)
        if step == 1:
            halo_row(axis, y, halos, table, work[0], beta_x, beta_y)
        line_row(axis, y, lines, beta_x, beta_y)
        soliton_row(axis, y, solitons, beta_x, beta_y)
    if step > 1:
        add_halos_by_mesh(axis, step, halos, table, beta)


@no_type_check
@kernel
def shine(axis, beta, sources, foreground, factor, out):
    """Add the light of Sersic profiles to ``out`` (n, n), the mean over ``factor`` x ``factor`` points a pixel.

    ``sources`` and ``foreground`` (K, 9): (a, b, c) of the radius, (b_n, 1 / n, x, y, smallest radius^2) and the
    brightness, as for :func:`~lensym.physics.kernels.sersic.sersic_row`; the former at ``beta`` (2, size, size), the
    latter at the points themselves.
    """
    size = axis.shape[0]
    light, work, row_y = np.empty(size), np.empty(size), np.empty(size)
    share = 1.0 / factor**2
    for i in range(size):
        light[:] = 0.0
        row_y[:] = axis[i]
        for k in range(sources.shape[0]):
            _add(sources[k], beta[0, i], beta[1, i], work, light)
        for k in range(foreground.shape[0]):
            _add(foreground[k], axis, row_y, work, light)
        row = out[i // factor]
        for j in range(row.shape[0]):
            for m in range(factor):
                row[j] += share * light[factor * j + m]


@no_type_check
@kernel
def _add(profile, x, y, work, light):
    form = (profile[0], profile[1], profile[2])
    source = (profile[3], profile[4], profile[5], profile[6], profile[7])
    sersic_row(x, y, form, source, profile[8], work, light)
