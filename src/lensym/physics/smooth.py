"""A smooth lens with its derivatives: what a fit of one to an image needs.

Derivatives by numbers that a formula is simple in are exact, the others are central differences.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float64

from lensym.physics.kernels import power_law_plane, sersic_slopes
from lensym.physics.light import R_SMOOTH, sersic_b, sersic_quadratic_form
from lensym.physics.raytrace import MacroLens, SersicSource

SOURCE = ("center_x", "center_y", "ln_R_sersic", "n_sersic", "e1", "e2")
"""Numbers of a source that `lensed_slopes` has derivatives by, beside its brightness."""

LENS = ("theta_E", "gamma1", "gamma2", "e1", "e2", "slope", "x", "y")
"""Numbers of a lens that `plane_slopes` has derivatives by."""

_STEP = 1e-4
"""Of differences, in arcsec or without a unit."""


def plane_slopes(
    axis: Float64[np.ndarray, " n"], lens: MacroLens, free: tuple[str, ...]
) -> tuple[Float64[np.ndarray, "2 n n"], Float64[np.ndarray, "k 2 n n"]]:
    """Source-plane positions behind a lens without multipoles, and their derivatives by some numbers of `LENS`.

    ``axis``: pixel centres in arcsec, as `lensym.physics.raytrace.pixel_axis` gives them.
    """
    beta = _plane(axis, lens)
    slopes = np.empty((len(free), *beta.shape))
    x, y = axis[None, :], axis[:, None]
    for k, name in enumerate(free):
        if name == "theta_E":  # the deflection goes as theta_E^(slope - 1)
            shear_x, shear_y = lens.gamma1 * x + lens.gamma2 * y, lens.gamma2 * x - lens.gamma1 * y
            deflection = np.stack([x - shear_x - beta[0], y - shear_y - beta[1]])
            slopes[k] = (1 - lens.slope) / lens.theta_E * deflection
        elif name == "gamma1":
            slopes[k, 0], slopes[k, 1] = -x, y
        elif name == "gamma2":
            slopes[k, 0], slopes[k, 1] = -y, -x
        else:
            value = getattr(lens, name)
            above, below = (_plane(axis, replace(lens, **{name: value + step})) for step in (_STEP, -_STEP))
            slopes[k] = (above - below) / (2 * _STEP)
    return beta, slopes


def lensed_slopes(
    beta: Float64[np.ndarray, "2 n n"], plane: Float64[np.ndarray, "k 2 n n"], source: SersicSource
) -> Float64[np.ndarray, "m n n"]:
    """Surface brightness of a source, then its derivatives by the numbers of `SOURCE` and by those of ``plane``.

    ``beta`` and ``plane`` are of `plane_slopes`, or pixel positions and no derivatives for light that is not lensed.
    """
    form = sersic_quadratic_form(source.R_sersic, source.e1, source.e2)
    b_n, b_slope = sersic_b(source.n_sersic), sersic_b(1.0) - sersic_b(0.0)  # it is linear
    smallest = (R_SMOOTH / source.R_sersic) ** 2
    numbers = (b_n, 1 / source.n_sersic, source.center_x, source.center_y, smallest)
    out = np.empty((1 + len(SOURCE) + len(plane), *beta.shape[1:]))
    sersic_slopes(beta, plane, np.array(form), _form_slopes(source), numbers, b_slope, out)
    out *= source.amplitude
    return out


def _form_slopes(source: SersicSource) -> Float64[np.ndarray, "2 3"]:
    """Derivatives of the quadratic form by ``e1`` and ``e2``."""
    at = np.array([source.e1, source.e2])
    forms = [[sersic_quadratic_form(source.R_sersic, *(at + s * step)) for s in (1, -1)] for step in _STEP * np.eye(2)]
    return np.array([np.subtract(above, below) / (2 * _STEP) for above, below in forms])


def _plane(axis: Float64[np.ndarray, " n"], lens: MacroLens) -> Float64[np.ndarray, "2 n n"]:
    numbers = (lens.theta_E, lens.slope, lens.e1, lens.e2, lens.gamma1, lens.gamma2, lens.x, lens.y)
    beta: Float64[np.ndarray, "2 n n"] = power_law_plane(axis, *numbers)
    return beta
