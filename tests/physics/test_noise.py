"""The noise kernel: its distributions, each beside a planted error, and what its numbers depend on."""

import numba
import numpy as np
import pytest
from scipy import stats

from lensym.physics.noise import (
    TABLE_RATES,
    noisy_rates,
    poisson_alias_table,
    poisson_rejection,
    poisson_table,
    published_counts_kernel,
)
from lensym.physics.observe import published_counts
from lensym.physics.philox import philox

DRAWS = 300_000
TABLE = poisson_alias_table()
KEY = (np.uint32(20), np.uint32(26))


@numba.njit
def poisson_draws(rate, image, k0, k1, table, out):
    stream, attempt = np.uint32(7), np.uint32(0)
    for pixel in range(out.shape[0]):
        _, _, w2, w3 = philox(np.uint32(pixel), image, stream, attempt, k0, k1)
        if rate < TABLE_RATES:
            out[pixel] = poisson_table(rate, w2, w3, table)
        else:
            out[pixel] = poisson_rejection(rate, w2, w3, np.uint32(pixel), image, stream, k0, k1)


def drawn(rate, image=0):
    out = np.empty(DRAWS, np.int64)
    poisson_draws(rate, np.uint32(image), *KEY, TABLE, out)
    return out


def poisson_pvalue(draws, rate):
    """Chi-squared test of draws against a Poisson distribution, in cells of at least 20 expected draws."""
    cells = np.arange(stats.poisson.ppf(20 / len(draws), rate) + 1, stats.poisson.isf(20 / len(draws), rate))
    expected = np.diff(stats.poisson.cdf(cells, rate), prepend=0, append=1) * len(draws)
    found = np.bincount(np.searchsorted(cells, draws), minlength=len(expected))
    return stats.chisquare(found, expected).pvalue


def counts(model, exposure=1500.0, background=0.01, image=3, stream=5, key=KEY):
    out = np.empty(model.shape, np.uint16)
    published_counts_kernel(model, exposure, background, np.uint32(image), np.uint32(stream), *key, TABLE, out)
    return out


@pytest.mark.parametrize("rate", [0.3, 3.7, 20.5, 63.99, 64.0, 900.0])
def test_poisson_numbers_have_their_rate_and_another_would_show(rate):
    draws = drawn(rate)
    assert poisson_pvalue(draws, rate) > 1e-4
    assert poisson_pvalue(draws, rate * 1.03) < 1e-6


def test_high_rates_are_poisson_in_mean_and_variance():
    draws = drawn(50_000.0)
    assert draws.mean() == pytest.approx(50_000, abs=5 * np.sqrt(50_000 / DRAWS))
    assert draws.var() == pytest.approx(50_000, rel=5 * np.sqrt(2 / DRAWS))


def test_the_alias_tables_hold_the_poisson_probabilities():
    threshold, alias = (TABLE >> 8) / 2**24, TABLE & 0xFF
    for rate in range(TABLE_RATES):
        probability = threshold[rate] + np.bincount(alias[rate], 1 - threshold[rate], minlength=256)
        expected = stats.poisson.pmf(np.arange(256), rate)
        np.testing.assert_allclose(probability / 256, expected, rtol=0, atol=1e-9)


def normal_draws():
    """The kernel's normal numbers, got back from the rates."""
    rate, w2, w3 = np.empty(DRAWS), np.empty(DRAWS, np.uint32), np.empty(DRAWS, np.uint32)
    noisy_rates(np.zeros(DRAWS), 1.0, 1.0, 0, np.uint32(1), np.uint32(2), *KEY, rate, w2, w3)
    return rate


def test_normal_numbers_are_normal_and_a_wrong_width_would_show():
    normal = normal_draws()
    assert stats.kstest(normal, "norm").pvalue > 1e-4
    assert stats.kstest(normal, stats.norm(0, 1.02).cdf).pvalue < 1e-6
    for power, moment, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert (normal**power).mean() == pytest.approx(moment, abs=5 * np.sqrt(variance / DRAWS))


def test_neighbouring_pixels_and_images_share_nothing():
    normal, first, second = normal_draws(), drawn(20.5), drawn(20.5, image=1)
    for a, b in ((normal[1:], normal[:-1]), (first, second), (first, normal), (first[1:], first[:-1])):
        assert abs(np.corrcoef(a, b)[0, 1]) < 5 / np.sqrt(DRAWS)


@pytest.mark.parametrize("flux", [-0.004, 0.002, 0.03, 0.2])
def test_counts_have_the_distribution_of_the_plain_twin_and_another_flux_would_show(flux):
    def against_twin(model):
        twin = published_counts(np.full((500, 500), model), 1500.0, 0.01, np.random.default_rng(1))
        fast = counts(np.full((500, 500), flux))
        edges = np.unique(np.quantile(twin, np.linspace(0.02, 0.98, 40)))
        cells = [np.bincount(np.searchsorted(edges, c.ravel()), minlength=len(edges) + 1) for c in (fast, twin)]
        return fast, twin, stats.chi2_contingency(cells).pvalue

    fast, twin, pvalue = against_twin(flux)
    assert pvalue > 1e-4
    error = np.sqrt(2 * twin.var() / twin.size)
    assert fast.mean() == pytest.approx(twin.mean(), abs=5 * error)
    assert fast.var() == pytest.approx(twin.var(), rel=0.03)
    assert against_twin(flux + 0.001)[2] < 1e-6


@pytest.mark.parametrize("flux", [np.nan, np.inf])
def test_a_flux_that_is_not_finite_ends_in_an_error(flux):
    with pytest.raises(ValueError, match="the Poisson rate of a pixel is not finite"):
        counts(np.array([[0.1, flux]]))


def test_counts_stay_in_their_range():
    model = np.array([[-1.0, 0.0, 1000.0]])
    assert counts(model, background=0.0).tolist() == [[0, 0, 65535]]


@pytest.fixture(scope="module")
def model():
    return np.random.default_rng(0).random((30, 30)) * 0.1


def test_the_noise_of_an_image_depends_on_no_other_image(model):
    alone = counts(model, image=7)
    for other in (1, 7, 3):
        counts(model, image=other)
    np.testing.assert_array_equal(counts(model, image=7), alone)


def test_the_noise_of_a_pixel_depends_on_its_own_flux_alone(model):
    changed = model.copy()
    changed[4, 5] *= 2
    different = counts(changed) != counts(model)
    assert different[4, 5]
    assert different.sum() == 1


@pytest.mark.parametrize(
    "other", [{"image": 4}, {"stream": 6}, {"key": (KEY[0], KEY[1] + np.uint32(1))}, {"key": KEY[::-1]}]
)
def test_another_image_stream_or_key_has_other_noise(model, other):
    assert (counts(model, **other) != counts(model)).mean() > 0.8
