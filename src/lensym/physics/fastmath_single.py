"""Elementary functions in single precision, of which a processor does twice as many at once: for noise.

The tests hold them to 5e-7 of the true value; what noise is made of them has no error that any number of images could
show. Every constant is a float32, for one float64 would make all of them so.
"""

from __future__ import annotations

import math
from typing import Any, no_type_check

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

F = np.float32
_ROOT_HALF, _MANTISSA = np.int32(0x3F3504F3), np.int32(0x007FFFFF)
_LN2, _2PI = F(math.log(2)), F(2 * math.pi)
_ATANH = tuple(F(1 / k) for k in (1, 3, 5, 7, 9))
_SIN = tuple(F((-1) ** k / math.factorial(2 * k + 1)) for k in range(6))
_EXP = tuple(F(1 / math.factorial(k)) for k in range(7))


@no_type_check
@intrinsic
def _bits(typingctx: Any, x: Any) -> Any:
    """Bits of a float32 as int32."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.IntType(32))

    return types.int32(types.float32), generate


@no_type_check
@intrinsic
def _from_bits(typingctx: Any, bits: Any) -> Any:
    """Float32 of an int32's bits."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.FloatType())

    return types.float32(types.int32), generate


@no_type_check
@numba.njit(inline="always")
def unit_single(word):
    """``(k + 0.5) / 2^31`` of a uint32's upper 31 bits ``k``: uniform above zero, and up to one."""
    return (F(np.int32(word >> np.uint32(1))) + F(0.5)) * F(2.0**-31)


@no_type_check
@numba.njit(inline="always")
def log_single(x):
    """Natural logarithm of a normal number above zero, as :func:`lensym.physics.fastmath.log_positive`."""
    bits = np.int32(_bits(x) - _ROOT_HALF)
    mantissa = _from_bits(np.int32((bits & _MANTISSA) + _ROOT_HALF))
    power = F(np.int32(bits >> np.int32(23)))
    s = (mantissa - F(1)) / (mantissa + F(1))
    z = s * s
    series = _ATANH[0] + z * (_ATANH[1] + z * (_ATANH[2] + z * (_ATANH[3] + z * _ATANH[4])))
    return F(2) * s * series + power * _LN2


@no_type_check
@numba.njit(inline="always")
def sine_single(turn):
    """``sin(2 pi turn)`` for up to a quarter of a turn to either side."""
    r = turn * _2PI
    z = r * r
    return r * (_SIN[0] + z * (_SIN[1] + z * (_SIN[2] + z * (_SIN[3] + z * (_SIN[4] + z * _SIN[5])))))


@no_type_check
@numba.njit(inline="always")
def exp_single(x):
    """``exp(x)`` for ``|x| <= 1``: ``exp(x / 4)`` by its series, squared twice."""
    r = x * F(0.25)
    p = _EXP[3] + r * (_EXP[4] + r * (_EXP[5] + r * _EXP[6]))
    p = _EXP[0] + r * (_EXP[1] + r * (_EXP[2] + r * p))
    p *= p
    return p * p
