import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lensym.physics.mass import axis_ratio_and_angle
from lensym.physics.raytrace import MacroLens
from lensym.simulation.distributions import Distribution
from lensym.simulation.draw import Draws, draw_ellipticity, draw_lens, draw_position, draw_setting
from lensym.simulation.parts import AlongMass, AxisRatio, Components, Place, PolarPlace
from lensym.simulation.recipe import load_recipe


def constant(value):
    return Distribution("constant", (float(value),))


def drawn(value):
    """Nearly always the same, but drawn."""
    return Distribution("uniform", (value, value + 1e-9))


def draws(seed=0):
    return Draws(np.random.default_rng(seed))


LENS = MacroLens(1.2, 0.1, -0.2, 0.0, 0.0)


def test_a_constant_takes_its_number_too():
    free, fixed = Distribution("uniform", (0.0, 1.0)), constant(0.5)
    first, second = draws(), draws()
    assert first.one(free) != second.one(fixed)
    assert [first.one(free) for _ in range(200)] == [second.one(free) for _ in range(200)]


def test_ellipticity_by_components():
    assert draw_ellipticity(Components(constant(0.1), constant(-0.3)), draws()) == (0.1, -0.3)


@given(st.floats(-5, 5), st.floats(-5, 5))
def test_a_far_draw_of_components_keeps_its_direction_and_is_cut(e1, e2):
    found = draw_ellipticity(Components(drawn(e1), drawn(e2)), draws())
    assert math.hypot(*found) <= 0.8 + 1e-12
    assert found[0] * e2 == pytest.approx(found[1] * e1, abs=1e-7)
    if math.hypot(e1, e2) <= 0.8 - 1e-7:
        assert found == pytest.approx((e1, e2), abs=1e-8)


def test_an_ellipticity_that_is_always_the_same_is_as_it_was_asked_for():
    assert draw_ellipticity(Components(constant(0.0), constant(0.9)), draws()) == (0.0, 0.9)


@given(st.floats(0.1, 0.99), st.floats(-89, 89))
def test_ellipticity_by_axis_ratio_and_angle(q, angle):
    e1, e2 = draw_ellipticity(AxisRatio(constant(q), constant(angle)), draws())
    found_q, found_angle = axis_ratio_and_angle(e1, e2)
    assert (found_q, math.degrees(found_angle)) == (pytest.approx(q), pytest.approx(angle, abs=1e-6))


@given(st.floats(-80, 80), st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
def test_ellipticity_along_the_mass(turn, e1, e2):
    lens = MacroLens(1.2, e1, e2, 0.0, 0.0)
    found = draw_ellipticity(AlongMass(constant(turn)), draws(), lens)
    assert math.hypot(*found) == pytest.approx(math.hypot(e1, e2))
    cos, sin = math.cos(2 * math.radians(turn)), math.sin(2 * math.radians(turn))
    assert found == pytest.approx((e1 * cos - e2 * sin, e1 * sin + e2 * cos), abs=1e-12)


def test_places():
    assert draw_position(Place(constant(0.1), constant(-2)), 1.5, draws()) == (0.1, -2.0)
    polar = PolarPlace(constant(0.4), constant(30))
    assert draw_position(polar, 1.5, draws()) == pytest.approx((0.4 * math.cos(math.pi / 6), 0.2))
    in_theta_E = PolarPlace(constant(0.4), constant(90), "theta_E")
    assert draw_position(in_theta_E, 1.5, draws()) == pytest.approx((0, 0.6), abs=1e-12)


def lens_of(*changes, seed=0):
    recipe = load_recipe("model_1", changes=changes)
    numbers = draws(seed)
    return draw_lens(recipe.lens, draw_setting(recipe, recipe.lens, numbers), numbers)


NO_MASS = "lens.mass=null"


def test_the_three_ways_to_say_a_strength():
    assert lens_of().theta_E == pytest.approx(1.28, abs=0.005)
    assert lens_of("cosmology.distance=angular").theta_E == pytest.approx(1.66, abs=0.005)
    assert lens_of(NO_MASS, "lens.theta_E=1.1").theta_E == 1.1
    assert lens_of(NO_MASS, "lens.velocity_dispersion=260").theta_E == pytest.approx(0.84, abs=0.005)


def test_a_shear_by_strength_and_direction():
    lens = lens_of("lens.shear={gamma: 0.1, angle: 30}")
    assert (lens.gamma1, lens.gamma2) == pytest.approx((0.05, 0.1 * math.sin(math.pi / 3)))


@pytest.mark.parametrize("slope", [1.8, 2.0, 2.3])
def test_every_deflection_is_scaled_from_the_redshift_that_the_strength_refers_to(slope):
    from lensym.physics.raytrace import macro_source_plane

    same = (NO_MASS, "lens.theta_E=1.2", f"lens.slope={slope}", "lens.a4=0.02")
    stated, scaled = lens_of(*same), lens_of(*same, "lens.z_source_convention=2.5")
    x, y = np.random.default_rng(0).uniform(-2, 2, (2, 50))
    alphas = [np.stack([x, y]) - np.stack(macro_source_plane(x, y, lens)) for lens in (stated, scaled)]
    if slope == 2.0:  # else the isothermal multipoles go another way
        np.testing.assert_allclose(alphas[1], 0.6337 * alphas[0], rtol=1e-3)
    assert (scaled.theta_E / stated.theta_E) ** (slope - 1) == pytest.approx(0.6337, rel=1e-4)


def test_multipoles_are_in_units_of_the_einstein_radius():
    lens = lens_of(NO_MASS, "lens.theta_E=1.5", "lens.a3=0.01", "lens.a4=-0.02")
    assert (lens.a3, lens.a4) == pytest.approx((0.015, -0.03))


def settings(*changes, count=300):
    recipe = load_recipe("model_1", changes=changes)
    return [draw_setting(recipe, recipe.lens, draws(seed)) for seed in range(count)]


def test_the_source_is_behind_the_lens_by_the_gap():
    far = settings("z_lens={uniform: [0.3, 0.9]}", "z_source={uniform: [0.5, 2.0]}", "z_gap=0.3")
    gaps = [s.z_source - s.z_lens for s in far]
    assert min(gaps) >= 0.3 - 1e-12
    assert max(s.z_source for s in far) <= 2.0


def test_a_source_far_behind_every_lens_is_left_where_it_was_drawn():
    gapped, free = (settings("z_source={uniform: [1.0, 2.0]}", f"z_gap={gap}", count=20) for gap in (0.3, 0))
    assert [s.z_source for s in gapped] == [s.z_source for s in free]


def test_settings_of_equal_numbers_are_one():
    recipe = load_recipe("model_2")
    first, second = itertools.islice((draw_setting(recipe, recipe.lens, draws(k)) for k in range(2)), 2)
    assert first is second
    assert first.scale == pytest.approx(0.6337, rel=1e-4)
