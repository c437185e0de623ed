import dataclasses
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lensym.errors import UsageError
from lensym.physics.instruments import INSTRUMENTS, ccd_image, named_instrument
from lensym.physics.psf import GaussianPSF

EUCLID = INSTRUMENTS["euclid_vis"]
every_instrument = pytest.mark.parametrize("instrument", INSTRUMENTS.values(), ids=INSTRUMENTS)


def test_the_zero_point_is_one_electron_a_second_and_five_magnitudes_are_a_hundred():
    assert EUCLID.flux(25.72) == pytest.approx(1, rel=1e-12)
    assert EUCLID.flux(20.72) == pytest.approx(100, rel=1e-12)


def test_the_background_adds_variances_of_sky_and_readouts():
    dark = dataclasses.replace(EUCLID, sky_brightness=99.0)
    assert dark.background_rms == pytest.approx(4.2 * 2 / (4 * 566), rel=1e-6)
    noiseless = dataclasses.replace(EUCLID, read_noise=0.0)
    electrons = 10 ** (0.4 * (25.72 - 22.3)) * 0.101**2 * 4 * 566
    assert noiseless.background_rms == pytest.approx(math.sqrt(electrons) / (4 * 566), rel=1e-12)
    assert EUCLID.background_rms == pytest.approx(math.hypot(dark.background_rms, noiseless.background_rms), rel=1e-6)


def test_four_times_the_exposures_halve_the_noise():
    longer = dataclasses.replace(EUCLID, exposures=16)
    image = np.array([0.0, 0.5, 10.0])
    assert_allclose(longer.noise_rms(image), EUCLID.noise_rms(image) / 2, rtol=1e-12)


@every_instrument
@pytest.mark.parametrize("flux", [0.0, 0.02, 5.0])
def test_recorded_images_have_the_mean_and_the_noise_that_is_promised(instrument, flux):
    image = np.full((300, 300), flux)
    recorded = ccd_image(image, instrument, np.random.default_rng(0))
    sigma = instrument.noise_rms(image)[0, 0]
    assert recorded.mean() == pytest.approx(flux, abs=4.5 * sigma / 300)
    assert recorded.var() == pytest.approx(sigma**2, rel=4.5 * math.sqrt(2) / 300)


def test_three_percent_more_read_noise_would_show():
    worse = dataclasses.replace(EUCLID, sky_brightness=99.0, read_noise=4.2 * 1.03)
    recorded = ccd_image(np.zeros((300, 300)), worse, np.random.default_rng(0))
    promised = dataclasses.replace(worse, read_noise=4.2).background_rms
    assert recorded.var() != pytest.approx(promised**2, rel=4.5 * math.sqrt(2) / 300)


def test_faint_light_is_counted_photon_by_photon():
    """Without readout noise and sky the electrons are whole."""
    ideal = dataclasses.replace(EUCLID, read_noise=0.0, sky_brightness=99.0)
    electrons = ccd_image(np.full((50, 50), 1e-3), ideal, np.random.default_rng(0)) * ideal.total_exposure
    assert_allclose(electrons, np.rint(electrons), atol=1e-9)
    assert 1.9 < electrons.mean() < 2.7
    assert electrons.min() > -1e-9


def test_negative_flux_counts_as_none():
    recorded = ccd_image(np.full((200, 200), -1.0), EUCLID, np.random.default_rng(0))
    assert recorded.mean() == pytest.approx(0, abs=4.5 * EUCLID.background_rms / 200)
    assert EUCLID.noise_rms(np.array([-1.0])) == pytest.approx(EUCLID.background_rms)


@every_instrument
def test_named_instruments_are_of_this_world(instrument):
    assert 0.01 < instrument.pixel_scale <= 0.2
    assert 0.3 < instrument.psf.fwhm / instrument.pixel_scale < 5
    assert 20 < instrument.sky_brightness < 24 < instrument.zero_point + 1e-9 < 29
    assert 300 < instrument.total_exposure < 20_000
    assert isinstance(instrument.psf, GaussianPSF)


def test_an_unknown_instrument_is_refused_with_the_nearest():
    with pytest.raises(UsageError, match="did you mean 'euclid_vis'"):
        named_instrument("euclid_viz")
