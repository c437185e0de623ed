"""Values that no scene can have are refused before any work, with the key's path."""

import copy
import re

import pytest

from lensym.errors import UsageError
from lensym.simulation.recipe import load_recipe, parse_recipe


def changed(key, value):
    """Model I with the value at a dotted path replaced."""
    plain = copy.deepcopy(load_recipe("model_1").to_dict())
    *sections, name = key.split(".")
    section = plain
    for part in sections:
        section = section[part]
    section[name] = value
    return plain


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("z_source", 0.4),
        ("cosmology.H0", 0.0),
        ("cosmology.Om0", 0.0),
        ("cosmology.Om0", 1.1),
        ("cosmology.distance", "proper"),
        ("lens.mass", -1.0),
        ("source.amplitude", 0.0),
        ("source.R_sersic", 0.0),
        ("source.n_sersic", 0.2),
        ("classes.cdm.mass", 0.0),
        ("classes.cdm.mass", {"uniform": [-1.0, 1.0]}),
        ("classes.cdm.place.radius", {"uniform": [-0.1, 2.0]}),
        ("classes.axion.total_mass", 0.0),
        ("image.size", 15),
        ("image.size", 4097),
        ("image.pixel_scale", 0.0),
        ("observation.psf.fwhm", 0.0),
        ("observation.psf.truncation", 0.0),
        ("observation.noise.exposure", 0.0),
        ("observation.noise.exposure", {"uniform": [-1.0, 1000.0]}),
        ("observation.noise.exposure", {"log10_uniform": [-400.0, 3.0]}),
        ("observation.noise.background_rms", -0.01),
        ("lens.slope", 3.0),
        ("lens.slope", {"normal": [2.0, 0.2]}),
        ("sersic", "other"),
        ("variant", "other"),
        ("z_source", {"uniform": [0.5, 1.0]}),
        ("image.pixel_scale", -1.0),
        ("classes.axion.layout", "other"),
        ("classes.cdm.place.unit", "kpc"),
        ("classes.cdm.count", {"uniform": [-2.0, 30.0]}),
        ("classes.cdm.count", 2.5),
        ("lens.z_source_convention", 0.4),
    ],
)
def test_an_impossible_value_is_refused_with_its_key(key, value):
    with pytest.raises(UsageError, match=rf"^{re.escape(key)} must be .*; got {re.escape(repr(value))}; mend this key"):
        parse_recipe(changed(key, value), "changed")


PLACE = "{radius: 0.1, angle: 0, unit: kpc}"
LINE = "classes.axion={kind: line, mass_fraction: 0.01, log10_axion_mass: -23, mass: "


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ([f"lens.center={PLACE}"], r"lens\.center\.unit must be 'arcsec' or 'theta_E'; got 'kpc'"),
        ([f"source.center={PLACE}"], r"source\.center\.unit must be"),
        (
            [f"lens_light=[{{amplitude: 1, R_sersic: 1, n_sersic: 1, center: {PLACE}}}]"],
            r"lens_light\[0\]\.center\.unit",
        ),
        (["source.center={radius: -0.1, angle: 0}"], r"source\.center\.radius must be 0 or more"),
        (["lens.ellipticity={angle_to_mass: 0}"], r"lens\.ellipticity must have the keys \(e1, e2\) or \(q, angle\)"),
        (["lens.ellipticity={q: 1.1, angle: 0}"], r"lens\.ellipticity\.q must be above 0, to 1"),
        (
            ["classes.cdm.mass=null", "classes.cdm.theta_E=0.01", "classes.cdm.mass_fraction=0.01"],
            r"classes\.cdm\.mass_fraction must be given with mass, and only with it; got 0\.01",
        ),
        (["classes.cdm.theta_E=0.01"], r"classes\.cdm must be given exactly one of mass, theta_E; got 'mass, theta_E'"),
        (
            ["classes.axion.log10_axion_mass=null"],
            r"classes\.axion\.log10_axion_mass must be given with length_at_1e-22",
        ),
        ([LINE + "1e8}"], r"classes\.axion\.mass must be a power_law of masses above 0; got 1"),
        ([LINE + "{uniform: [1, 2]}}"], r"classes\.axion\.mass must be a power_law"),
        (["lens_of_class.cdm={theta_E: -1}"], r"lens_of_class\.cdm\.theta_E must be above 0"),
        (["classes={cdm: {kind: none}}", "lens_of_class.axion.theta_E=1"], r"lens_of_class must be 'cdm'; got 'axion'"),
        (["source.amplitude=null"], r"source must be given exactly one of amplitude, magnitude; got 'none of them'"),
        (
            ["source.amplitude=null", "source.magnitude=20"],
            r"observation\.zero_point must be given, where there are magn",
        ),
        (["image.bands=3"], r"source\.amplitude must be a magnitude for each band instead"),
        (["observation.scaled=true"], r"observation\.scaled must be false, where counts are stored"),
    ],
)
def test_what_does_not_go_together_is_refused(changes, message):
    with pytest.raises(UsageError, match=message):
        load_recipe("model_1", changes=changes)


@pytest.mark.parametrize("section", ["lens", "source"])
def test_an_ellipticity_of_modulus_one_is_refused(section):
    plain = changed(f"{section}.ellipticity", {"e1": 0.6, "e2": 0.8})
    key = rf"{section}\.ellipticity"
    message = rf"{key}\.e1, {key}\.e2 must be an ellipticity with a modulus below 1; got \(0\.6, 0\.8\)"
    with pytest.raises(UsageError, match=message):
        parse_recipe(plain, "changed")


def test_a_power_of_ten_that_overflows_is_refused():
    with pytest.raises(UsageError, match=r"observation\.noise\.exposure\.log10_uniform needs a finite 10\^high"):
        parse_recipe(changed("observation.noise.exposure", {"log10_uniform": [3.0, 400.0]}), "changed")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("cosmology.Om0", 1.0),
        ("classes.cdm.place.radius", 0.0),
        ("image.size", 16),
        ("observation.noise.exposure", {"uniform": [1.0, 2.0]}),
        ("observation.noise.background_rms", 0.0),
    ],
)
def test_the_ends_of_what_is_possible_are_taken(key, value):
    assert parse_recipe(changed(key, value), "changed").name == "model_1"
