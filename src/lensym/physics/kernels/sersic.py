"""Light of Sersic profiles; the plain twin is :func:`lensym.physics.light.sersic`."""

from __future__ import annotations

import math
from typing import no_type_check

import numba

from lensym.physics.compiled import kernel
from lensym.physics.fastmath import exp_bounded, log_positive


@no_type_check
@kernel
def sersic_row(beta_x, beta_y, form, source, flux, work, out):
    """Add the light of a Sersic profile at the source-plane positions of one row to ``out`` (W,), flux per pixel.

    ``form`` = (a, b, c) of the radius in units of ``R_sersic``, ``source`` = (b_n, 1 / n, x, y, smallest radius^2),
    ``flux`` = amplitude times pixel area; ``work`` (W,) is written over. Two loops keep their numbers in registers
    where one would not.
    """
    b_n, power, center_x, center_y, smallest = source
    if power == 1.0:
        for j in range(beta_x.shape[0]):
            squared = _squared_radius(beta_x[j] - center_x, beta_y[j] - center_y, form)
            work[j] = math.sqrt(max(squared, smallest))
    else:
        for j in range(beta_x.shape[0]):
            squared = _squared_radius(beta_x[j] - center_x, beta_y[j] - center_y, form)
            work[j] = exp_bounded(0.5 * power * log_positive(max(squared, smallest)))
    for j in range(beta_x.shape[0]):
        out[j] += flux * exp_bounded(b_n * (1.0 - work[j]))


@no_type_check
@numba.njit(inline="always")
def _squared_radius(dx, dy, form):
    a, b, c = form
    return a * dx * dx + b * dx * dy + c * dy * dy
