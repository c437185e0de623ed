"""The fused kernel beside its plain twin."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lensym.physics.kernels import lensed_image_kernel
from lensym.physics.light import R_SMOOTH, sersic_b, sersic_quadratic_form
from lensym.physics.observe import gaussian_taps
from lensym.physics.raytrace import (
    MacroLens,
    PointMasses,
    SersicSource,
    lensed_image,
    macro_source_plane,
    pixel_axis,
    pixel_grid,
)
from lensym.physics.substructure import vortex_points

SIZE, SCALE, SIGMA, TRUNCATION = 40, 0.12, 0.09, 3.0


def fast_image(lens, perturbers, source):
    beta_x, beta_y = macro_source_plane(*pixel_grid(SIZE, SCALE), lens)
    shape = (
        sersic_b(source.n_sersic),
        1 / source.n_sersic,
        source.center_x,
        source.center_y,
        (R_SMOOTH / source.R_sersic) ** 2,
    )
    return lensed_image_kernel(
        pixel_axis(SIZE, SCALE),
        beta_x,
        beta_y,
        perturbers.x,
        perturbers.y,
        perturbers.theta_E**2,
        sersic_quadratic_form(source.R_sersic, source.e1, source.e2),
        shape,
        source.amplitude * SCALE**2,
        gaussian_taps(SIGMA / SCALE, TRUNCATION),
    )


def plain_image(lens, perturbers, source):
    return lensed_image(SIZE, SCALE, lens, perturbers, source, SIGMA, TRUNCATION)


def random_scene(seed, n_sersic, masses):
    rng = np.random.default_rng(seed)
    lens = MacroLens(rng.uniform(0.8, 1.6), *rng.uniform(-0.2, 0.2, 2), *rng.uniform(-0.08, 0.08, 2))
    source = SersicSource(20.0, rng.uniform(0.1, 0.4), n_sersic, *rng.uniform(-0.3, 0.3, 4))
    perturbers = PointMasses(*rng.uniform(-2, 2, (2, masses)), rng.uniform(0.005, 0.1, masses))
    return lens, perturbers, source


def largest_difference(scene, twin_scene):
    fast, plain = fast_image(*scene), plain_image(*twin_scene)
    return np.abs(fast - plain).max() / plain.max()


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.sampled_from([1.0, 0.5, 1.7, 2.5, 4.0]), st.integers(0, 31))
def test_the_kernel_is_the_plain_formula(seed, n_sersic, masses):
    scene = random_scene(seed, n_sersic, masses)
    assert largest_difference(scene, scene) < 1e-10


def test_a_wrong_mass_would_show():
    lens, perturbers, source = random_scene(1, 1.0, 10)
    radii = perturbers.theta_E.copy()
    radii[3] *= 1 + 1e-6
    planted = dataclasses.replace(perturbers, theta_E=radii)
    assert largest_difference((lens, planted, source), (lens, perturbers, source)) > 1e-9


@pytest.mark.parametrize("name", ["theta_E", "e1", "e2", "gamma1", "gamma2"])
def test_a_wrong_lens_would_show(name):
    lens, perturbers, source = random_scene(2, 1.0, 3)
    planted = dataclasses.replace(lens, **{name: getattr(lens, name) + 1e-6})
    assert largest_difference((planted, perturbers, source), (lens, perturbers, source)) > 1e-9


def test_a_perturber_in_the_middle_of_a_pixel_is_finite():
    lens, _, source = random_scene(3, 1.0, 0)
    middle = pixel_axis(SIZE, SCALE)[[12]]
    perturbers = PointMasses(middle, middle, np.array([0.1]))
    image = fast_image(lens, perturbers, source)
    assert np.isfinite(image).all()
    np.testing.assert_allclose(image, plain_image(lens, perturbers, source), atol=1e-10 * image.max())


def test_a_string_of_masses_is_the_plain_formula_too_and_a_mass_astray_would_show():
    lens, _, source = random_scene(4, 1.0, 0)
    string = PointMasses(*vortex_points(1.2, 0.7, 100), np.full(100, 0.02))
    assert largest_difference((lens, string, source), (lens, string, source)) < 1e-10
    x = string.x.copy()
    x[40] += 1e-5
    astray = dataclasses.replace(string, x=x)
    assert largest_difference((lens, astray, source), (lens, astray, source)) < 1e-10
    assert largest_difference((lens, astray, source), (lens, string, source)) > 1e-8
