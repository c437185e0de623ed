"""The errors that the module promises, over the whole range and at its seams."""

import numba
import numpy as np
from numpy.testing import assert_allclose

from lensym.physics.fastmath import (
    arctan2,
    cos_turn,
    exp_bounded,
    log_positive,
    log_unit,
    unit_interval,
)

WORDS = np.unique(
    np.concatenate(
        [
            np.random.default_rng(0).integers(0, 2**32, 100_000),
            np.arange(2000),
            2**32 - 1 - np.arange(2000),
            # where the exponent's step and the quarter turns are
            *(np.rint(2.0 ** (k / 2)) + np.arange(-2, 3) for k in range(4, 63)),
            *(k * 2**30 + np.arange(-5, 6) for k in range(1, 4)),
        ]
    ).astype(np.uint32)
)


def each(function, values):
    @numba.njit
    def loop(values, out):
        for i in range(values.shape[0]):
            out[i] = function(values[i])

    out = np.empty(len(values))
    loop(values, out)
    return out


def test_exp_bounded_is_exp_to_a_relative_1e_12():
    x = np.concatenate([np.linspace(-20, 20, 100_001), [0.0, -1e-300]])
    assert_allclose(each(exp_bounded, x), np.exp(x), rtol=1e-12)


def test_exp_bounded_stops_falling_and_keeps_rising():
    x = np.array([-1e300, -1e4, -350.0, -100.0, 300.0])
    assert_allclose(each(exp_bounded, x), np.exp(np.maximum(x, -350)), rtol=1e-4)


def test_log_positive_is_the_logarithm_to_1e_12():
    x = np.concatenate(
        [np.geomspace(1e-300, 1e300, 100_001), np.sqrt(0.5) * (1 + np.arange(-5, 6) * 1e-16), [1.0, 2.0]]
    )
    assert_allclose(each(log_positive, x), np.log(x), rtol=1e-15, atol=1e-12)


def test_unit_interval_is_exact_and_open():
    np.testing.assert_array_equal(each(unit_interval, WORDS), (WORDS + 0.5) / 2**32)


def test_log_unit_is_the_logarithm_to_1e_12():
    exact = np.log((WORDS.astype(np.longdouble) + 0.5) / 2**32).astype(float)
    assert_allclose(each(log_unit, WORDS), exact, rtol=0, atol=1e-12)


def test_log_unit_never_reaches_zero():
    assert (each(log_unit, WORDS) < 0).all()


def test_cos_turn_is_the_cosine_to_1e_9():
    assert_allclose(each(cos_turn, WORDS), np.cos(2 * np.pi * (WORDS / 2**32)), rtol=0, atol=1e-9)


def test_arctan2_is_the_angle_to_1e_12():
    x, y = np.random.default_rng(0).standard_normal((2, 100_000)) * 10.0 ** np.arange(-5, 5).repeat(10_000)
    x[:8], y[:8] = [1, 1, 0, -1, -1, -1, 0, 1], [0, 1, 1, 1, 0.0, -1, -1, -1]

    @numba.njit
    def loop(y, x, out):
        for i in range(x.shape[0]):
            out[i] = arctan2(y[i], x[i])

    out = np.empty_like(x)
    loop(y, x, out)
    assert_allclose(out, np.arctan2(y, x), rtol=0, atol=1e-12)
