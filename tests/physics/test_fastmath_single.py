"""The errors that the module promises, over the whole range and at its seams."""

import numba
import numpy as np
from numpy.testing import assert_allclose

from lensym.physics.fastmath_single import exp_single, log_single, sine_single, unit_single


def each(function, values):
    @numba.njit
    def loop(values, out):
        for i in range(values.shape[0]):
            out[i] = function(values[i])

    out = np.empty(len(values), np.float32)
    loop(values, out)
    return out.astype(float)


def singles(values):
    """Values as float32, and the same numbers as float64."""
    single = np.asarray(values, np.float32)
    return single, single.astype(float)


def test_everything_stays_single():
    compiled = numba.njit(lambda word, x: (unit_single(word), log_single(x), sine_single(x), exp_single(x)))
    compiled(np.uint32(7), np.float32(0.2))
    (overload,) = compiled.overloads.values()
    assert overload.signature.return_type == numba.types.UniTuple(numba.float32, 4)


def test_unit_single_is_uniform_above_zero_and_up_to_one():
    words = np.concatenate([np.arange(100), 2**32 - 1 - np.arange(100), 2**31 + np.arange(-5, 5)]).astype(np.uint32)
    found = each(unit_single, words)
    assert_allclose(found, (words // 2 + 0.5) / 2**31, rtol=1e-7)
    assert found.min() > 0
    assert found.max() <= 1


def test_log_single_is_the_logarithm():
    single, exact = singles(
        np.concatenate([np.geomspace(2.0**-32, 1, 100_001), np.sqrt(0.5) + np.arange(-9, 9) * 6e-8])
    )
    assert_allclose(each(log_single, single), np.log(exact), rtol=2e-7, atol=1e-7)


def test_sine_single_is_the_sine():
    single, exact = singles(np.linspace(-0.25, 0.25, 100_001))
    assert_allclose(each(sine_single, single), np.sin(2 * np.pi * exact), rtol=0, atol=5e-7)


def test_exp_single_is_the_exponential():
    single, exact = singles(np.linspace(-1, 1, 100_001))
    assert_allclose(each(exp_single, single), np.exp(exact), rtol=5e-7)
