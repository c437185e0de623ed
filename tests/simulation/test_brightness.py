"""What shines: light by magnitude, clumps, pictures, the constants of the Sersic profile."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import gammaincinv

from lensym.physics.light import sersic, sersic_b, sersic_total_flux
from lensym.physics.raytrace import SersicSource
from lensym.simulation.brightness import draw_foreground, draw_source, series_to_linear
from lensym.simulation.draw import Draws
from lensym.simulation.recipe import load_recipe
from lensym.simulation.render import render
from lensym.simulation.scene import draw_scene

NO_LENS = ["lens.theta_E=1.0e-6", "lens.shear={gamma1: 0, gamma2: 0}", "lens.ellipticity={e1: 0, e2: 0}"]
ALONE = ["classes={no_sub: {kind: none}}", "compensated=false"]
FINE = ["image={size: 128, pixel_scale: 0.05, supersampling: 4}", "lens.center={x: 0, y: 0}"]


def image(*changes, name="model_1"):
    recipe = load_recipe(name, "physical", [*NO_LENS, *ALONE, *FINE, *changes])
    return render(recipe, draw_scene(recipe, "no_sub", "test", 0, seed=1))


ONLY_SOURCE = ["lens_light=[]", "neighbours=null", "source.center={x: 0, y: 0}"]


@pytest.mark.parametrize("clumps", ["null", "{count: 6, flux_fraction: 0.3, R_sersic: 0.05}"])
def test_an_unlensed_source_of_a_magnitude_has_its_flux(clumps):
    total = image(*ONLY_SOURCE, "source.magnitude=21.3", "source.n_sersic=1", f"source.clumps={clumps}").sum()
    assert total == pytest.approx(10 ** (-0.4 * (21.3 - 25.94)), rel=2e-3)


def test_lens_light_and_neighbours_of_a_magnitude_have_theirs():
    faint, place = "source.magnitude=40", "{x: 0, y: 0}"
    light = f"[{{magnitude: 19, R_sersic: 0.4, n_sersic: 1.5, center: {place}}}]"
    only_light = image(faint, f"lens_light={light}", "neighbours=null").sum()
    assert only_light == pytest.approx(10 ** (-0.4 * (19 - 25.94)), rel=2e-3)
    other = "{count: 3, light: {magnitude: 20, R_sersic: 0.2, n_sersic: 1, center: {x: 1, y: -1}}}"
    three = image(faint, "lens_light=[]", f"neighbours={other}").sum()
    assert three == pytest.approx(3 * 10 ** (-0.4 * (20 - 25.94)), rel=2e-3)


def test_a_picture_has_the_magnitude_of_each_band():
    galaxy = "{kind: galaxies, scale: 0.01, magnitude: [22, 21, 20], angle: 30, center: {x: 0.2, y: 0}}"
    fluxes = image("lens_light=[]", "neighbours=null", f"source={galaxy}", "image.bands=3", name="model_4").sum((1, 2))
    zero_point = load_recipe("model_4", "physical").observation.zero_point
    np.testing.assert_allclose(fluxes, 10 ** (-0.4 * (np.array([22, 21, 20]) - zero_point)), rtol=2e-3)


def drawn(*changes, variant="physical", name="model_1", seed=0):
    recipe = load_recipe(name, variant, changes)
    scene = draw_scene(recipe, recipe.classes[0], "test", seed, seed=1)
    return recipe, scene


@pytest.mark.parametrize("seed", range(5))
def test_clumps_take_their_light_from_the_smooth_source(seed):
    _, scene = drawn("source.clumps.count=7", "source.clumps.flux_fraction=0.25", seed=seed)
    smooth, *spots = scene.source[0]
    fluxes = [sersic_total_flux(light.amplitude, light.R_sersic, light.n_sersic) for light in (smooth, *spots)]
    assert len(spots) == 7
    assert sum(fluxes) == pytest.approx(10 ** (-0.4 * (scene.truth["source_magnitude"] - 25.94)))
    np.testing.assert_allclose(fluxes[1:], 0.25 / 7 * sum(fluxes))
    assert all((spot.e1, spot.e2, spot.n_sersic) == (0, 0, 1) for spot in spots)


def test_half_of_the_clumps_are_inside_the_sources_radius_and_in_every_direction():
    _, scene = drawn("source.clumps.count=4000")
    smooth, *spots = scene.source[0]
    dx, dy = (np.array([getattr(s, k) - getattr(smooth, k) for s in spots]) for k in ("center_x", "center_y"))
    assert (np.hypot(dx, dy) < smooth.R_sersic).mean() == pytest.approx(0.5, abs=0.04)
    assert abs(np.exp(2j * np.arctan2(dy, dx)).mean()) < 0.06


def test_no_clumps_leave_the_source_whole():
    _, scene = drawn("source.clumps.count=0", "source.clumps.flux_fraction=0.3")
    (smooth,) = scene.source[0]
    assert scene.truth["source_clumps"] == scene.truth["source_clump_fraction"] == 0
    flux = sersic_total_flux(smooth.amplitude, smooth.R_sersic, smooth.n_sersic)
    assert flux == pytest.approx(10 ** (-0.4 * (scene.truth["source_magnitude"] - 25.94)))


def test_places_are_counted_from_the_lens():
    changes = ["source.center={x: 0.1, y: 0}", "lens.center={x: 1, y: -2}", "neighbours.count=1"]
    _, scene = drawn(*changes, "neighbours.light.center={x: 0.5, y: 0.5}")
    light, neighbour = scene.foreground[0]
    places = [(s.center_x, s.center_y) for s in (scene.source[0][0], light, neighbour)]
    np.testing.assert_allclose(places, [(1.1, -2), (1, -2), (1.5, -1.5)])


def test_several_lens_lights_have_columns_of_their_own():
    _, scene = drawn(variant="published", name="model_4")
    assert scene.truth["light1_magnitude_2"] == 18.0
    assert scene.truth["light2_magnitude_3"] == 28.0
    assert len(scene.foreground) == 3
    assert [light.amplitude > 0 for band in scene.foreground for light in band] == [True] * 6


# the series of Ciotti & Bertin


@given(st.floats(1, 8), st.floats(0.1, 2), st.floats(0.05, 4))
def test_the_converted_profile_is_that_of_the_series(n, R, r):
    b = 2 * n - 1 / 3 + 4 / (405 * n) + 46 / (25515 * n**2) + 131 / (1148175 * n**3) - 2194697 / (30690717750 * n**4)
    expected = math.exp(-b * ((r / R) ** (1 / n) - 1))
    radius, factor = series_to_linear(R, n)
    ours = sersic(np.array([r]), np.zeros(1), factor, radius, n, 0.0, 0.0, 0.0, 0.0)[0]
    assert ours == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("n", [1.0, 1.5, 2.5, 4.0])
def test_the_series_is_nearly_the_constant_of_the_half_light_radius(n):
    _, factor = series_to_linear(1.0, n)
    series = math.log(factor) + sersic_b(n)
    assert series == pytest.approx(gammaincinv(2 * n, 0.5), abs=5e-5)
    assert abs(series - gammaincinv(2 * n, 0.5)) < abs(sersic_b(n) - gammaincinv(2 * n, 0.5))


def test_models_a_and_b_convert_and_say_the_published_numbers():
    _, scene = drawn(variant="published", name="model_a")
    (light,) = scene.foreground[0]
    assert (scene.truth["light_R_sersic"], scene.truth["light_amplitude"]) == (0.5, 480.0)
    assert (light.R_sersic, light.amplitude) == pytest.approx(
        (lambda r, f: (r, 480 * f))(*series_to_linear(0.5, 2.5)), rel=1e-12
    )


def test_a_magnitude_is_the_total_flux_with_either_constant():
    linear, series = (drawn(f"sersic={kind}")[1].foreground[0][0] for kind in ("linear", "series"))
    fluxes = [sersic_total_flux(s.amplitude, s.R_sersic, s.n_sersic) for s in (linear, series)]
    assert fluxes[0] == pytest.approx(fluxes[1])
    assert linear.R_sersic != series.R_sersic


def test_every_light_of_a_sersic_recipe_is_a_sersic_profile():
    recipe, scene = drawn()
    draws = Draws(np.random.default_rng(0))
    for bands in (draw_source(recipe, scene.lens, draws)[0], draw_foreground(recipe, scene.lens, draws)[0]):
        assert all(isinstance(light, SersicSource) for band in bands for light in band)
