"""Noise-free image of one source behind a fixed smooth lens and point masses: the fused kernel of Model I."""

from __future__ import annotations

from typing import no_type_check

import numpy as np

from lensym.physics.compiled import kernel
from lensym.physics.kernels.blur import blur
from lensym.physics.kernels.points import point_mass_row
from lensym.physics.kernels.sersic import sersic_row
from lensym.physics.kernels.string import is_string, string_row


@no_type_check
@kernel
def lensed_image_kernel(axis, beta_x, beta_y, mass_x, mass_y, theta_E2, form, source, flux, taps):
    """Noise-free image (size, size) in flux per pixel; the plain twin is :func:`lensym.physics.raytrace.lensed_image`.

    ``axis`` (size,): pixel centres; ``beta_x``, ``beta_y`` (size, size): source-plane positions behind the smooth
    lens; ``mass_x``, ``mass_y``, ``theta_E2`` (K,): the perturbers; ``form``, ``source``, ``flux`` as for
    :func:`~lensym.physics.kernels.sersic.sersic_row`, ``taps`` as for :func:`~lensym.physics.kernels.blur.blur`.
    """
    size = axis.shape[0]
    light = np.empty((size, size))
    row_x, row_y, work = np.empty(size), np.empty(size), np.empty((2, size))
    string = is_string(mass_x, mass_y, theta_E2)
    for i in range(size):
        row_x[:] = beta_x[i]
        row_y[:] = beta_y[i]
        if string:
            string_row(axis, axis[i], mass_x, mass_y, theta_E2, work, row_x, row_y)
        else:
            point_mass_row(axis, axis[i], mass_x, mass_y, theta_E2, row_x, row_y)
        light[i] = 0.0
        sersic_row(row_x, row_y, form, source, flux, work[0], light[i])
    image = np.empty_like(light)
    blur(light, taps, image)
    return image
