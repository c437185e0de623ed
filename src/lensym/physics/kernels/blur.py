"""Convolution with a point spread function; the plain twins are ``gaussian_blur`` and ``convolve``."""

from __future__ import annotations

from typing import no_type_check

import numpy as np

from lensym.physics.compiled import kernel


@no_type_check
@kernel
def blur(image, taps, out):
    """Convolve ``image`` (H, W) with ``taps`` along both axes, edge value continued: fills ``out`` (H, W).

    ``taps`` (odd,) are symmetric, so two rows share a weight. The loop over taps is outside the loop over pixels,
    which then vectorises.
    """
    height, width = image.shape
    radius = taps.shape[0] // 2
    padded = np.empty(width + 2 * radius)
    row = padded[radius : radius + width]
    for i in range(height):
        for j in range(width):
            row[j] = taps[radius] * image[i, j]
        for k in range(1, radius + 1):
            above, below, weight = image[max(i - k, 0)], image[min(i + k, height - 1)], taps[radius + k]
            for j in range(width):
                row[j] += weight * (above[j] + below[j])
        padded[:radius] = row[0]
        padded[radius + width :] = row[width - 1]
        for j in range(width):
            out[i, j] = taps[radius] * row[j]
        for k in range(1, radius + 1):
            left, right, weight = padded[radius - k :], padded[radius + k :], taps[radius + k]
            for j in range(width):
                out[i, j] += weight * (left[j] + right[j])


@no_type_check
@kernel
def convolve_image(image, psf, out):
    """Convolve ``image`` (H, W) with ``psf`` (odd, odd), edge value continued: fills ``out`` (H, W).

    The plain twin is :func:`lensym.physics.psf.convolve`.
    """
    (height, width), (rows, columns) = image.shape, psf.shape
    padded = np.empty((rows, width + columns - 1))
    for i in range(height):
        for a in range(rows):
            row = image[min(max(i + a - rows // 2, 0), height - 1)]
            padded[a, : columns // 2] = row[0]
            padded[a, columns // 2 : columns // 2 + width] = row
            padded[a, columns // 2 + width :] = row[width - 1]
        out[i] = 0.0
        for a in range(rows):
            for b in range(columns):
                # a convolution and not a correlation: light moves from the middle to where the PSF has it
                weight = psf[rows - 1 - a, columns - 1 - b]
                for j in range(width):
                    out[i, j] += weight * padded[a, j + b]
