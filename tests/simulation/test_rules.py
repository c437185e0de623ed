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
        ("lens.z_source_convention", 0.4),
    ],
)
def test_an_impossible_value_is_refused_with_its_key(key, value):
    with pytest.raises(UsageError, match=rf"^{re.escape(key)} must be .*; got {re.escape(repr(value))}; mend this key"):
        parse_recipe(changed(key, value), "changed")


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
