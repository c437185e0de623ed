"""Elementary functions that a compiler can vectorise inside a loop (numba calls libm one number at a time).

The tests hold them to libm: ``exp_bounded`` to a relative 1e-12 for ``|x| < 20``, the logarithms and the arc tangent to
an absolute 1e-12, the cosine to 1e-9, far under what an image of counts can show.

The conversions between bits and numbers need the order of operations as it is written: a kernel that calls them may
let the compiler do what :data:`lensym.physics.compiled.FAST` says, and not reassociate.
"""

from __future__ import annotations

import math
from typing import Any, no_type_check

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

_EIGHTH = math.pi / 8
_ATAN = (
    0.9999999999999732,
    -0.33333333330803444,
    0.19999999604891977,
    -0.14285690423839287,
    0.11110385046148014,
    -0.09078392072943424,
    0.07563703551915192,
    -0.05874505621307831,
    0.030662440370424447,
)
"""``atan(q) / q`` as a polynomial in ``q^2``, interpolated at Chebyshev's nodes from 0 to ``tan(pi / 8)^2``."""


@no_type_check
@intrinsic
def float_bits(typingctx: Any, x: Any) -> Any:
    """Bits of a float64 as uint64."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.IntType(64))

    return types.uint64(types.float64), generate


@no_type_check
@intrinsic
def bits_float(typingctx: Any, x: Any) -> Any:
    """Float64 of a uint64's bits."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.DoubleType())

    return types.float64(types.uint64), generate


@no_type_check
@numba.njit(inline="always")
def exp_bounded(x):
    """``exp(x)`` for ``x < 350``, at least ``exp(-350)``: ``exp(x / 1024)`` by its series, squared ten times."""
    r = max(x, -350.0) * (1.0 / 1024.0)
    p = 1.0 + r * (1.0 + r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120 + r * (1 / 720 + r * (1 / 5040)))))))
    p *= p
    p *= p
    p *= p
    p *= p
    p *= p
    p *= p
    p *= p
    p *= p
    p *= p
    return p * p


@no_type_check
@numba.njit(inline="always")
def word_number(word):
    """A uint32 as float64.

    2^52 + word has the word in its lowest bits: exact, and without the slow conversion of integers.
    """
    return bits_float(np.uint64(0x4330000000000000) | np.uint64(word)) - 4503599627370496.0


@no_type_check
@numba.njit(inline="always")
def unit_interval(word):
    """``(word + 0.5) / 2^32`` for a uint32: uniform between zero and one, never either."""
    return (word_number(word) + 0.5) * 2.0**-32


@no_type_check
@numba.njit(inline="always")
def log_positive(x):
    """Natural logarithm of a normal number above zero.

    Exponent and mantissa from the bits; ``log m = 2 atanh((m - 1) / (m + 1))`` by its series on [1/sqrt 2, sqrt 2].
    """
    # adding the distance from sqrt(1/2) to 1 moves the exponent's step to sqrt(2) powers of two
    bits = float_bits(x) + np.uint64(0x00095F619980C433)
    mantissa = bits_float((bits & np.uint64(0x000FFFFFFFFFFFFF)) + np.uint64(0x3FE6A09E667F3BCD))
    power = bits_float(np.uint64(0x4330000000000000) | (bits >> np.uint64(52))) - (4503599627370496.0 + 1023.0)
    s = (mantissa - 1.0) / (mantissa + 1.0)
    z = s * s
    series = 1 / 3 + z * (1 / 5 + z * (1 / 7 + z * (1 / 9 + z * (1 / 11 + z * (1 / 13 + z * (1 / 15))))))
    return 2.0 * s * (1.0 + z * series) + power * math.log(2.0)


@no_type_check
@numba.njit(inline="always")
def log_unit(word):
    """``log(unit_interval(word))``."""
    return log_positive(word_number(word) + 0.5) - 32.0 * math.log(2.0)


@no_type_check
@numba.njit(inline="always")
def cos_turn(word):
    """``cos(2 pi t)`` for the uint32 turn ``t = word / 2^32``, by the series of the sine on a half turn."""
    # |t - 1/2| - 1/4 runs from -1/4 to 1/4 as the angle leaves pi: its sine is the cosine wanted
    r = (abs(word_number(word) * 2.0**-32 - 0.5) - 0.25) * (2.0 * math.pi)
    z = r * r
    return r * (
        1.0
        - z * (1 / 6 - z * (1 / 120 - z * (1 / 5040 - z * (1 / 362880 - z * (1 / 39916800 - z * (1 / 6227020800))))))
    )


@no_type_check
@numba.njit(inline="always")
def arctan2(y, x):
    """Angle of the point (x, y) from -pi to pi; at the origin a NaN."""
    along, across = abs(x), abs(y)
    low, high = min(along, across), max(along, across)
    # turned by pi / 8, the angle between zero and pi / 4 has a tangent of at most tan(pi / 8)
    q = (low * math.cos(_EIGHTH) - high * math.sin(_EIGHTH)) / (high * math.cos(_EIGHTH) + low * math.sin(_EIGHTH))
    z = q * q
    p = _ATAN[4] + z * (_ATAN[5] + z * (_ATAN[6] + z * (_ATAN[7] + z * _ATAN[8])))
    p = _ATAN[0] + z * (_ATAN[1] + z * (_ATAN[2] + z * (_ATAN[3] + z * p)))
    angle = _EIGHTH + q * p
    angle = math.pi / 2 - angle if across > along else angle
    angle = math.pi - angle if x < 0.0 else angle
    return math.copysign(angle, y)
