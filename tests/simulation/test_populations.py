import dataclasses
import math

import numpy as np
import pytest

from lensym.physics.cosmology import einstein_radius
from lensym.physics.enclosed import mass_inside
from lensym.physics.perturbers import Lines, Solitons, TruncatedHalos
from lensym.physics.raytrace import PointMasses
from lensym.simulation.recipe import load_recipe
from lensym.simulation.scene import draw_scene

TO_1E10 = "mass: {power_law: [1.0e+7, 1.0e+10, -1.9]}"


def scene_of(*changes, class_name="cdm", name="model_1", variant="published", index=0):
    return draw_scene(load_recipe(name, variant, changes), class_name, "test", index, seed=2)


def total(scene):
    """Mass of all perturbers, far from all of them, in solar masses."""
    z = scene.truth["z_lens"], scene.truth["z_source"]
    return sum(mass_inside(p, 0.0, 0.0, 1e5) for p in scene.perturbers) / einstein_radius(1.0, *z) ** 2


def test_point_masses_lie_about_the_lens():
    scene = scene_of("lens.center={x: 3, y: -1}")
    (points,) = scene.perturbers
    radius = np.hypot(points.x - 3, points.y + 1)
    assert radius.min() >= 0.25
    assert radius.max() <= 2
    assert np.array_equal(scene.truth["subhalo_x"], points.x)


def test_point_masses_in_units_of_the_einstein_radius():
    place = "{radius: 0.5, angle: {uniform: [0, 360]}, unit: theta_E}"
    scene = scene_of(f"classes.cdm.place={place}")
    (points,) = scene.perturbers
    np.testing.assert_allclose(np.hypot(points.x, points.y), 0.5 * scene.lens.theta_E)


def test_point_masses_of_one_einstein_radius():
    scene = scene_of(name="model_a")
    (points,) = scene.perturbers
    np.testing.assert_allclose(points.theta_E, 0.0048)
    np.testing.assert_allclose(einstein_radius(scene.truth["subhalo_mass"], 0.5, 1.0), 0.0048, rtol=1e-9)


def test_point_masses_scaled_to_a_fraction():
    scene = scene_of("classes.cdm.mass_fraction=0.04", name="model_b")
    (points,) = scene.perturbers
    assert (points.theta_E**2).sum() == pytest.approx(0.04 * 1.2**2)


def test_no_point_masses():
    scene = scene_of("classes.cdm.count=0", name="model_b")
    assert [p.x.size for p in scene.perturbers] == [0]
    assert scene.truth["subhalo_mass"].shape == (0,)


@pytest.mark.parametrize("class_name", ["cdm", "axion"])
def test_the_convention_scales_the_published_substructure_too(class_name):
    changes = "lens.z_source_convention=null", "source.center={x: 0, y: 0}"
    scaled, stated = (scene_of(*c, class_name=class_name, name="model_2") for c in (changes[1:], changes))
    (a,), (b,) = scaled.perturbers, stated.perturbers
    np.testing.assert_allclose(a.theta_E**2 / b.theta_E**2, 0.6337, rtol=1e-3)
    assert (a.x == b.x).all()


# the vortex of point masses


def test_a_centred_vortex():
    scene = scene_of("lens.center={x: 1, y: 2}", class_name="axion")
    (points,) = scene.perturbers
    assert (points.x.mean(), points.y.mean()) == pytest.approx((1, 2))
    ends = points.x[-1] - points.x[0], points.y[-1] - points.y[0]
    assert math.hypot(*ends) == pytest.approx(2 * scene.truth["vortex_half_length"])
    assert math.degrees(math.atan2(ends[1], ends[0])) % 360 == pytest.approx(scene.truth["vortex_angle"])


@pytest.mark.parametrize("index", range(5))
def test_the_vortex_of_models_a_and_b_mixes_degrees_and_radians_in_y_x(index):
    scene = scene_of(class_name="axion", name="model_a", index=index)
    (points,) = scene.perturbers
    step = np.array([np.diff(points.y), np.diff(points.x)])
    a = math.atan2(step[1, 0], step[0, 0]) % (2 * math.pi)  # the generator's angle, from +y
    np.testing.assert_allclose(np.hypot(*step), 1 / 25)
    assert points.y[0] == pytest.approx(-0.5 * math.cos(math.radians(a)))
    assert points.x[0] == pytest.approx(-0.5 * math.sin(math.radians(a)))
    assert points.y[0] < -0.49
    assert scene.truth["vortex_angle"] == pytest.approx((90 - math.degrees(a)) % 360)


def test_the_masses_of_a_vortex():
    for changes, name, expected in (
        ((), "model_1", None),
        ((), "model_a", 25 * 0.0048**2),
        (("classes.axion.mass_fraction=0.04",), "model_b", 0.04 * 1.44),
    ):
        (points,) = scene_of(*changes, class_name="axion", name=name).perturbers
        assert len(set(points.theta_E)) == 1
        if expected:
            assert (points.theta_E**2).sum() == pytest.approx(expected)


# subhalos, solitons and the line


@pytest.mark.parametrize(
    ("population", "kind"),
    [
        (f"{{kind: subhalos, mass_fraction: 0.02, {TO_1E10}}}", TruncatedHalos),
        (f"{{kind: subhalos, profile: point, mass_fraction: 0.02, {TO_1E10}}}", PointMasses),
        (f"{{kind: subhalos, truncation: 3.0, mass_fraction: 0.02, {TO_1E10}}}", TruncatedHalos),
        (f"{{kind: solitons, mass_fraction: 0.02, log10_axion_mass: -21, {TO_1E10}}}", Solitons),
        ("{kind: line, mass_fraction: 0.02, log10_axion_mass: -23}", Lines),
        (f"{{kind: line, mass_fraction: 0.02, log10_axion_mass: -23, {TO_1E10}}}", Lines),
    ],
)
def test_every_population_deflects_by_the_mass_in_the_truth(population, kind):
    scene = scene_of(f"classes.cdm={population}", variant="physical")
    assert [type(p) for p in scene.perturbers] == [kind]
    assert total(scene) == pytest.approx(scene.truth["substructure_mass"], rel=2e-3)


def test_a_line_without_a_mass_function_has_exactly_its_fraction():
    line = "classes.cdm={kind: line, mass_fraction: 0.02, log10_axion_mass: -23}"
    scene = scene_of(line, "compensated=false", variant="physical")
    lens, unit = scene.lens, einstein_radius(1.0, scene.truth["z_lens"], scene.truth["z_source"])
    inside = 2 ** (3 - lens.slope) * (lens.theta_E / unit) ** 2
    assert scene.truth["substructure_mass"] == pytest.approx(0.02 * inside)


def test_the_truth_of_a_line_is_the_line():
    scene = scene_of(class_name="axion", variant="physical")
    (line,), truth = scene.perturbers, scene.truth
    assert (line.x[0], line.y[0]) == (truth["vortex_x"], truth["vortex_y"])
    assert line.length[0] == pytest.approx(2 * truth["vortex_half_length"])
    assert math.degrees(line.angle[0]) == pytest.approx(truth["vortex_angle"])


def test_point_like_subhalos_weigh_as_much_as_extended_ones():
    """The same numbers are drawn, whatever the profile."""
    tnfw, point = (
        scene_of(f"classes.cdm.profile={profile}", "compensated=false", variant="physical")
        for profile in ("tnfw", "point")
    )
    assert np.array_equal(tnfw.truth["subhalo_mass"], point.truth["subhalo_mass"])
    assert np.array_equal(tnfw.perturbers[0].x, point.perturbers[0].x)


@pytest.mark.parametrize("profile", ["tnfw", "point"])
def test_no_subhalos_at_all(profile):
    changes = "classes.cdm.mass_fraction=1.0e-12", f"classes.cdm.profile={profile}"
    scene = scene_of(*changes, variant="physical")
    assert scene.truth["subhalo_count"] == scene.truth["substructure_mass"] == 0
    assert total(scene) == 0


def test_the_compensated_lens_is_lighter_by_what_was_added():
    kept, bare = (scene_of(f"compensated={flag}", variant="physical") for flag in ("true", "false"))
    assert dataclasses.replace(kept.lens, theta_E=0.0) == dataclasses.replace(bare.lens, theta_E=0.0)
    added = mass_inside(*bare.perturbers, bare.lens.x, bare.lens.y, bare.lens.theta_E) / bare.lens.theta_E**2
    assert added > 0.001
    assert (kept.lens.theta_E / bare.lens.theta_E) ** (bare.lens.slope - 1) == pytest.approx(1 - added)
    assert kept.truth["theta_E"] == kept.lens.theta_E


def test_substructure_as_heavy_as_the_lens_is_refused():
    from lensym.errors import UsageError

    changes = "classes.axion.mass_fraction=0.9", "classes.axion.mass=null", "classes.axion.log10_axion_mass=-22"
    with pytest.raises(UsageError, match="substructure that is lighter inside the Einstein radius than the lens"):
        scene_of(*changes, class_name="axion", variant="physical")
