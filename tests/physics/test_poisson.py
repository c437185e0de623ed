"""Poisson numbers: against the quantiles that they are, and as distributions, each beside a planted error."""

import numba
import numpy as np
import pytest
from scipy import stats

from lensym.physics.philox import BLOCK, philox_block
from lensym.physics.poisson import TABLE_RATES, poisson_alias_table, poisson_block, poisson_of_rests

BLOCKS = 2**13
DRAWS = BLOCKS * BLOCK
TABLE = poisson_alias_table()


@numba.njit
def words_of_blocks(call, image, words):
    for block in range(words.shape[0]):
        philox_block(block, call, image, np.uint32(7), np.uint32(20), np.uint32(26), words[block])


def random_words(call, image=0):
    words = np.empty((BLOCKS, BLOCK), np.uint32)
    words_of_blocks(call, np.uint32(image), words)
    return words.ravel()


FIRST, SECOND = random_words(1), random_words(2)


def numbers(rate, first=FIRST, second=SECOND):
    rates, out = np.full(len(first), rate, np.float32), np.empty(len(first), np.float32)
    poisson_block(rates, first, second, TABLE, np.empty_like(first), out)
    return out.astype(float)


def uniform(words):
    return (words + 0.5) / 2**32


def normal(radius, turn):
    return np.sqrt(-2 * np.log(uniform(radius))) * np.cos(2 * np.pi * (turn / 2**32))


def chi_squared_pvalue(draws, rate):
    """Of draws against a Poisson distribution, in cells of at least 20 expected draws."""
    cells = np.arange(stats.poisson.ppf(20 / len(draws), rate), stats.poisson.isf(20 / len(draws), rate))
    expected = np.diff(stats.poisson.cdf(cells, rate), prepend=0, append=1) * len(draws)
    found = np.bincount(np.searchsorted(cells, draws), minlength=len(expected))
    return stats.chisquare(found, expected).pvalue


@pytest.mark.parametrize("rate", [0.3, 0.97, 3.7, 20.5, 128.0, 255.99, 256.0, 900.0])
def test_numbers_have_their_rate_and_one_per_cent_more_would_show(rate):
    draws = numbers(rate)
    assert chi_squared_pvalue(draws, rate) > 1e-4
    assert chi_squared_pvalue(draws, rate * 1.01) < 1e-6
    assert draws.mean() == pytest.approx(rate, abs=4 * np.sqrt(rate / DRAWS))
    assert draws.var() == pytest.approx(rate, rel=5 * np.sqrt((2 + 1 / rate) / DRAWS))


def test_the_alias_tables_hold_the_poisson_probabilities():
    threshold, alias = (TABLE >> 8) / 2**24, TABLE & 0xFF
    for rate in range(TABLE_RATES):
        probability = threshold[rate] + np.bincount(alias[rate], 1 - threshold[rate], minlength=256)
        expected = stats.poisson.pmf(np.arange(256) + max(rate - 128, 0), rate)
        np.testing.assert_allclose(probability / 256, expected, rtol=0, atol=1e-9)


def test_below_one_a_number_is_the_quantile_at_its_second_word():
    rate = np.random.default_rng(0).random(BLOCK * 400, np.float32)
    first, second = FIRST[: len(rate)], SECOND[: len(rate)]
    found = numbers(rate, first, second)
    assert (found != stats.poisson.ppf(uniform(second), rate.astype(float))).mean() < 2e-5
    assert (found != stats.poisson.ppf(uniform(second), 1.01 * rate.astype(float))).mean() > 1e-3
    assert found.max() > 4  # beyond what the vectorised loop counts


def test_the_vectorised_loop_leaves_few():
    rate, out = np.random.default_rng(0).random(DRAWS, np.float32), np.empty(DRAWS, np.float32)
    poisson_of_rests(rate, SECOND, out)
    assert 0 < (out < 0).mean() < 1e-3
    poisson_of_rests(np.full(BLOCK, TABLE_RATES, np.float32), SECOND[:BLOCK], out[:BLOCK])
    assert (out[:BLOCK] < 0).all()


@pytest.mark.parametrize("rate", [256.0, 300.75, 5e3, 1e6])
def test_at_a_high_rate_a_number_is_the_quantile_at_its_normal_number(rate):
    u = stats.norm.cdf(normal(FIRST, SECOND)[:300_000])

    def misses(found):
        return np.maximum(stats.poisson.cdf(found - 1, rate) - u, u - stats.poisson.cdf(found, rate)).max()

    assert misses(numbers(rate)[:300_000]) < 1e-7
    assert misses(numbers(rate + 0.01 * rate**0.5)[:300_000]) > 1e-3


def test_no_rate_no_count():
    assert not numbers(0.0).any()


def test_the_two_words_and_the_images_share_nothing():
    words = [uniform(w) for w in (FIRST, SECOND, random_words(1, image=1))]
    correlation = np.corrcoef([*words, np.roll(words[0], 1)])
    assert abs(correlation - np.eye(4)).max() < 5 / np.sqrt(DRAWS)


@pytest.mark.parametrize("rate", [np.nan, np.inf])
def test_a_rate_that_is_not_finite_ends_in_an_error(rate):
    rates, words = np.ones(BLOCK, np.float32), FIRST[:BLOCK]
    rates[3] = rate
    with pytest.raises(ValueError, match="the Poisson rate of a pixel is not finite"):
        poisson_block(rates, words, words, TABLE, np.empty(BLOCK, np.uint32), np.empty(BLOCK, np.float32))
