"""What the telescope does to an image: point spread function and noise, plain versions."""

from __future__ import annotations

import math
from functools import reduce
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

FWHM_PER_SIGMA = 2 * math.sqrt(2 * math.log(2))


def gaussian_taps(sigma: float, truncation: float) -> NDArray[np.float64]:
    """Normalised Gaussian weights at whole pixels from ``-r`` to ``r``, ``r = int(truncation * sigma + 0.5)``.

    ``sigma`` is in pixels. The cut is that of scipy's and lenstronomy's Gaussian filter.
    """
    radius = int(truncation * sigma + 0.5)
    offsets = np.arange(-radius, radius + 1)
    taps = np.exp(-0.5 * (offsets / sigma) ** 2)
    return np.asarray(taps / taps.sum())


def gaussian_blur(image: NDArray[np.float64], sigma: float, truncation: float) -> NDArray[np.float64]:
    """Convolve an image (H, W) with a cut Gaussian of ``sigma`` pixels; the edge value goes on outside."""
    taps = gaussian_taps(sigma, truncation)
    radius = len(taps) // 2
    for axis in (0, 1):
        pad = [(0, 0), (0, 0)]
        pad[axis] = (radius, radius)
        padded = np.pad(image, pad, mode="edge")
        size = image.shape[axis]
        image = sum(
            (w * padded.take(range(k, k + size), axis) for k, w in enumerate(taps)),
            start=np.zeros_like(image),
        )
    return image


def average_down(image: Any, factor: int) -> Any:
    """Means of ``factor`` x ``factor`` pixels: an image rendered on smaller pixels, on the real ones.

    An image in flux per pixel is multiplied by ``factor^2`` first, or rendered as surface brightness times the area of
    a real pixel. Any array library.

    >>> average_down(np.array([[1.0, 3.0], [5.0, 7.0]]), 2).tolist()
    [[4.0]]
    """
    columns = reduce(add, (image[:, k::factor] for k in range(factor)))  # several times as fast as a mean over two axes
    return reduce(add, (columns[k::factor] for k in range(factor))) / factor**2


def published_counts(
    model: NDArray[np.float64], exposure: float, background_rms: float, rng: np.random.Generator
) -> NDArray[np.uint16]:
    """Counts of the published Model I: noise applied twice, as its generator does.

    ``Poisson(clip(t (model + shot + background), 0))`` with ``shot ~ N(0, sqrt(|model| / t))`` and
    ``background ~ N(0, background_rms)``; ``t`` is the exposure. Flux in, counts out, same shape. The twin of
    :func:`lensym.physics.noise.published_counts_kernel`, with numpy's own random numbers.
    """
    spread = np.sqrt(np.abs(model) / exposure + background_rms**2)
    rate = exposure * (model + spread * rng.standard_normal(model.shape))
    return np.minimum(rng.poisson(np.clip(rate, 0, None)), np.iinfo(np.uint16).max).astype(np.uint16)


def published_counts_moments(
    model: NDArray[np.float64], exposure: float, background_rms: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Of :func:`published_counts`: mean, variance, and the mean's derivatives by the flux and by ``ln exposure``.

    The Poisson rate is a normal number ``N(mu, s)`` cut at 0, whose first two moments are
    ``mu Phi(mu / s) + s phi(mu / s)`` and ``(mu^2 + s^2) Phi + mu s phi``; a Poisson number adds its rate to the
    variance. Flux per pixel in, counts out, all of one shape.
    """
    rate = exposure * model
    spread = np.sqrt(np.abs(rate) + (exposure * background_rms) ** 2)
    z = rate / spread
    above, density = ndtr(z), np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    mean = rate * above + spread * density
    variance = (rate**2 + spread**2) * above + rate * spread * density - mean**2 + mean
    # the mean's derivative by the rate is Phi, by the spread phi
    by_flux = exposure * (above + density * np.sign(rate) / (2 * spread))
    spread_by_exposure = (np.abs(rate) / 2 + (exposure * background_rms) ** 2) / spread
    return mean, variance, by_flux, rate * above + spread_by_exposure * density
