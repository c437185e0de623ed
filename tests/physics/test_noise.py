"""The noise kernels: their distributions, each beside a planted error, and what their numbers depend on."""

import numba
import numpy as np
import pytest
from scipy import stats

from lensym.physics.instruments import ccd_image, named_instrument
from lensym.physics.noise import ccd_kernel, normal_block, published_counts_kernel
from lensym.physics.observe import published_counts
from lensym.physics.philox import BLOCK, philox_block
from lensym.physics.poisson import poisson_alias_table

BLOCKS = 2**11
DRAWS = BLOCKS * BLOCK
TABLE = poisson_alias_table()
KEY = (np.uint32(20), np.uint32(26))


def counts(model, exposure=1500.0, background=0.01, image=3, stream=5, key=KEY):
    out = np.empty(model.shape, np.uint16)
    published_counts_kernel(model, exposure, background, np.uint32(image), np.uint32(stream), *key, TABLE, out)
    return out


@numba.njit
def normal_numbers(image, k0, k1, out):
    words = np.empty(BLOCK, np.uint32)
    for block in range(out.shape[0]):
        philox_block(block, 0, image, np.uint32(2), k0, k1, words)
        normal_block(words, out[block])


def normal_draws(image=1):
    """Normal numbers, a row a block."""
    out = np.empty((BLOCKS, BLOCK), np.float32)
    normal_numbers(np.uint32(image), *KEY, out)
    return out.astype(float)


def test_normal_numbers_are_normal_and_a_wrong_width_would_show():
    normal = normal_draws().ravel()
    assert stats.kstest(normal, "norm").pvalue > 1e-4
    assert stats.kstest(normal, stats.norm(0, 1.02).cdf).pvalue < 1e-6
    for power, moment, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert (normal**power).mean() == pytest.approx(moment, abs=5 * np.sqrt(variance / DRAWS))


def test_normal_numbers_of_pixels_and_images_share_nothing():
    normal, other = normal_draws(), normal_draws(image=2)
    first, second = normal[:, : BLOCK // 2], normal[:, BLOCK // 2 :]  # pairs that share their words
    for a, b in ((normal, other), (normal, np.roll(normal, 1)), (first, second), (first**2, second**2)):
        assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 5 / np.sqrt(a.size)


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


def record(model, instrument, readout_rms=None, image=3):
    out = np.empty(model.shape, np.float32)
    readout_rms = np.sqrt(instrument.readout_variance) if readout_rms is None else readout_rms
    words = (np.uint32(image), np.uint32(5), *KEY)
    ccd_kernel(model, instrument.total_exposure, instrument.sky_flux, readout_rms, *words, TABLE, out)
    return out


@pytest.mark.parametrize("name", ["euclid_vis", "hst_acs_f814w", "rubin_i"])
@pytest.mark.parametrize("flux", [-0.1, 0.0, 0.03, 2.0])
def test_a_ccd_records_what_its_plain_twin_does_and_another_flux_would_show(name, flux):
    instrument = named_instrument(name)
    sigma = instrument.noise_rms(np.array([flux]))[0]
    found = record(np.full((500, 500), flux), instrument)

    def pvalue(model):
        twin = ccd_image(np.full((500, 500), model), instrument, np.random.default_rng(1))
        return stats.ks_2samp(found.ravel(), twin.ravel()).pvalue

    assert pvalue(flux) > 1e-4
    assert pvalue(max(flux, 0.0) + 0.02 * sigma) < 1e-6
    assert found.mean() == pytest.approx(max(flux, 0.0), abs=5 * sigma / 500)
    assert found.var() == pytest.approx(sigma**2, rel=5 * np.sqrt(2) / 500)


def test_without_readout_noise_the_electrons_are_whole():
    instrument = named_instrument("hst_acs_f814w")
    recorded = record(np.full((50, 50), 0.01), instrument, readout_rms=0.0)
    electrons = (recorded + instrument.sky_flux) * instrument.total_exposure
    np.testing.assert_allclose(electrons, np.rint(electrons), atol=1e-3)
    assert electrons.std() > 5


@pytest.mark.parametrize("flux", [np.nan, np.inf])
def test_a_flux_that_is_not_finite_ends_in_an_error(flux):
    for noise in (counts, lambda model: record(model, named_instrument("euclid_vis"))):
        with pytest.raises(ValueError, match="the Poisson rate of a pixel is not finite"):
            noise(np.array([[0.1, flux]]))


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
