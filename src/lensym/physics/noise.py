"""Noise kernels: normal and Poisson numbers from a counter, so a pixel's noise never depends on the order of work.

A pixel owns the words of :func:`lensym.physics.philox.philox_block`: number 0 makes its normal number, 1 and 2 its
Poisson number. The image is worked through in blocks of pixels, whose loops vectorise.
"""

from __future__ import annotations

import math
from typing import no_type_check

import numpy as np

from lensym.physics.compiled import kernel
from lensym.physics.fastmath_single import F, log_single, sine_single, unit_single
from lensym.physics.philox import BLOCK, philox_block
from lensym.physics.poisson import poisson_block


@no_type_check
@kernel
def normal_block(words, out):
    """Normal numbers from words: fills ``out`` (BLOCK,) float32 (Box & Muller 1958).

    A pixel of the first half of the block and the one half a block further share a radius and a turn.
    """
    half = BLOCK // 2
    for j in range(half):
        radius = math.sqrt(F(-2) * log_single(unit_single(words[j])))
        turn = F(np.int32(words[j + half])) * F(2.0**-32)  # from -1/2 to 1/2
        out[j] = radius * sine_single(F(0.25) - abs(turn))
        out[j + half] = radius * sine_single(math.copysign(F(0.25) - abs(abs(turn) - F(0.25)), turn))


@no_type_check
@kernel
def published_rates(flux, exposure, variance, normal, rate):
    """Poisson rates of pixels with the recipe's Gaussian noise: fills ``rate`` (n,), zero where it would be negative.

    The recipe's two Gaussian terms, shot and background, are one of their summed variance: the sum of independent
    normal numbers is normal. All is float32 but the flux.
    """
    exposure, variance = F(exposure), F(variance)
    inverse = F(1) / exposure
    for j in range(flux.shape[0]):
        rate[j] = flux[j]
    for j in range(flux.shape[0]):
        spread = math.sqrt(abs(rate[j]) * inverse + variance)
        value = exposure * (rate[j] + spread * normal[j])
        rate[j] = F(0) if value <= F(0) else value


@no_type_check
@kernel
def _store(number, counts):
    """Numbers as uint16, the largest of it for those above."""
    for j in range(number.shape[0]):
        counts[j] = np.int32(number[j] if number[j] < F(65535) else F(65535))


@no_type_check
@kernel
def _words(block, image, stream, k0, k1, words):
    """The three words of each pixel of a block: fills ``words`` (3, BLOCK)."""
    for call in range(3):
        philox_block(block, call, image, stream, k0, k1, words[call])


@no_type_check
@kernel
def published_counts_kernel(model, exposure, background_rms, image, stream, k0, k1, table, out):
    """Counts of the published Model I for one image: fills ``out`` (H, W) uint16, contiguous as ``model``.

    ``model`` (H, W): flux per pixel. ``image`` and ``stream`` (uint32) are counter words, ``k0``, ``k1`` the key,
    ``table`` is :func:`lensym.physics.poisson.poisson_alias_table`. The plain twin is
    :func:`lensym.physics.observe.published_counts`.
    """
    flux, counts = model.reshape(model.size), out.reshape(out.size)
    words, work = np.empty((3, BLOCK), np.uint32), np.empty(BLOCK, np.uint32)
    normal, rate, number = np.empty(BLOCK, F), np.empty(BLOCK, F), np.empty(BLOCK, F)
    for first in range(0, flux.size, BLOCK):
        n = min(BLOCK, flux.size - first)
        _words(first // BLOCK, image, stream, k0, k1, words)
        normal_block(words[0], normal)
        published_rates(flux[first : first + n], exposure, background_rms**2, normal, rate)
        poisson_block(rate[:n], words[1], words[2], table, work, number)
        _store(number[:n], counts[first : first + n])


@no_type_check
@kernel
def ccd_rates(flux, time, sky, rate):
    """Electrons expected of source and sky: fills ``rate`` (n,) float32, the source no less than zero."""
    for j in range(flux.shape[0]):
        rate[j] = time * (sky if flux[j] < 0.0 else flux[j] + sky)


@no_type_check
@kernel
def ccd_kernel(model, time, sky, readout_rms, image, stream, k0, k1, table, out):
    """What a CCD records of one image, sky subtracted: fills ``out`` (H, W), a float, contiguous as ``model``.

    ``model`` (H, W) and ``sky``, a pixel's, are in electrons per second, ``time`` is the exposure in seconds and
    ``readout_rms`` the standard deviation of all readouts in electrons; the rest is as for
    :func:`published_counts_kernel`. The plain twin is :func:`lensym.physics.instruments.ccd_image`.
    """
    flux, recorded = model.reshape(model.size), out.reshape(out.size)
    words, work = np.empty((3, BLOCK), np.uint32), np.empty(BLOCK, np.uint32)
    normal, rate, number = np.empty(BLOCK, F), np.empty(BLOCK, F), np.empty(BLOCK, F)
    for first in range(0, flux.size, BLOCK):
        n = min(BLOCK, flux.size - first)
        _words(first // BLOCK, image, stream, k0, k1, words)
        normal_block(words[0], normal)
        ccd_rates(flux[first : first + n], time, sky, rate)
        poisson_block(rate[:n], words[1], words[2], table, work, number)
        pixels = recorded[first : first + n]
        for j in range(n):
            pixels[j] = (number[j] + readout_rms * normal[j]) / time - sky
