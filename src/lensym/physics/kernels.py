"""Fused CPU kernels for the noise-free image; the plain twin is :func:`lensym.physics.raytrace.lensed_image`.

Positions are float64. One row at a time: deflections of all perturbers into row buffers (the loop over pixels is the
inner one, so that it vectorises), then the source. ``error_model="numpy"`` drops the test for division by zero, which
alone would keep the loop scalar. ``no_type_check`` keeps checkers of annotations away from what numba compiles.
"""

from __future__ import annotations

import math
from typing import no_type_check

import numba
import numpy as np

from lensym.physics.fastmath import exp_bounded

_OPTIONS = {"cache": True, "nogil": True, "fastmath": True, "error_model": "numpy"}


@no_type_check
@numba.njit(**_OPTIONS)
def point_mass_row(x, y, mass_x, mass_y, theta_E2, alpha_x, alpha_y):
    """Deflection of all point masses along one row: ``x`` (W,), one ``y``; fills ``alpha_x``, ``alpha_y`` (W,)."""
    alpha_x[:] = 0.0
    alpha_y[:] = 0.0
    for k in range(mass_x.shape[0]):
        dy = y - mass_y[k]
        dy2 = dy * dy + 1e-50
        strength = theta_E2[k]
        centre = mass_x[k]
        for j in range(x.shape[0]):
            dx = x[j] - centre
            weight = strength / (dx * dx + dy2)
            alpha_x[j] += weight * dx
            alpha_y[j] += weight * dy


@no_type_check
@numba.njit(**_OPTIONS)
def sersic_row(beta_x, beta_y, form, source, flux, out):
    """Source flux per pixel at the source-plane positions of one row.

    ``form`` = (a, b, c) of the radius in units of ``R_sersic``, ``source`` = (b_n, 1 / n, x, y, smallest radius^2),
    ``flux`` = amplitude times pixel area.
    """
    a, b, c = form
    b_n, power, center_x, center_y, smallest = source
    for j in range(beta_x.shape[0]):
        dx = beta_x[j] - center_x
        dy = beta_y[j] - center_y
        out[j] = math.sqrt(max(a * dx * dx + b * dx * dy + c * dy * dy, smallest))
    if power != 1.0:
        for j in range(out.shape[0]):
            out[j] **= power
    for j in range(beta_x.shape[0]):
        out[j] = flux * exp_bounded(b_n * (1.0 - out[j]))


@no_type_check
@numba.njit(**_OPTIONS)
def blur(image, taps, scratch):
    """Separable convolution in place, edge value continued; ``scratch`` has the image's shape.

    The loop over taps is outside the loop over pixels, which then vectorises.
    """
    height, width = image.shape
    radius = taps.shape[0] // 2
    padded = np.empty(width + 2 * radius)
    scratch[:, :] = 0.0
    for i in range(height):
        for k in range(taps.shape[0]):
            row = image[min(max(i + k - radius, 0), height - 1)]
            for j in range(width):
                scratch[i, j] += taps[k] * row[j]
    for i in range(height):
        padded[:radius] = scratch[i, 0]
        padded[radius : radius + width] = scratch[i]
        padded[radius + width :] = scratch[i, width - 1]
        image[i, :] = 0.0
        for k in range(taps.shape[0]):
            for j in range(width):
                image[i, j] += taps[k] * padded[j + k]


@no_type_check
@numba.njit(**_OPTIONS)
def lensed_image_kernel(axis, beta_x, beta_y, mass_x, mass_y, theta_E2, form, source, flux, taps):
    """Noise-free image (size, size) in flux per pixel, float64.

    ``axis`` (size,): pixel centres; ``beta_x``, ``beta_y`` (size, size): source-plane positions behind the smooth
    lens; ``mass_x``, ``mass_y``, ``theta_E2`` (K,): the perturbers; the rest as in :func:`sersic_row`, :func:`blur`.
    """
    size = axis.shape[0]
    image = np.empty((size, size))
    row_x = np.empty(size)
    row_y = np.empty(size)
    for i in range(size):
        point_mass_row(axis, axis[i], mass_x, mass_y, theta_E2, row_x, row_y)
        for j in range(size):
            row_x[j] = beta_x[i, j] - row_x[j]
            row_y[j] = beta_y[i, j] - row_y[j]
        sersic_row(row_x, row_y, form, source, flux, image[i])
    blur(image, taps, np.empty_like(image))
    return image
