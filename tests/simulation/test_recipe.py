"""Recipes read from files, changed from the command line, and written down again."""

import pickle

import pytest
import yaml

from lensym.errors import InputError, UsageError
from lensym.physics.psf import GaussianPSF, MoffatPSF
from lensym.simulation.parts import VARIANTS, CcdNoise, LinePopulation, Noiseless, NoSubstructure, PointMassPopulation
from lensym.simulation.recipe import available_recipes, load_recipe, parse_recipe
from lensym.simulation.scene import draw_scene

ALL = [(name, variant) for name in available_recipes() for variant in VARIANTS]


def test_all_recipes_are_there():
    assert available_recipes() == ("model_1", "model_2", "model_3", "model_4", "model_a", "model_b")


@pytest.mark.parametrize(("name", "variant"), ALL)
def test_a_recipe_is_what_is_stored_of_it(name, variant):
    recipe = load_recipe(name, variant)
    classes = ("no_sub",) if variant == "stress" else ("no_sub", "cdm", "axion")
    assert (recipe.name, recipe.variant, recipe.classes) == (name, variant, classes)
    assert parse_recipe(recipe.to_dict(), "stored") == recipe
    assert pickle.loads(pickle.dumps(recipe)) == recipe
    assert parse_recipe(yaml.safe_load(yaml.safe_dump(recipe.to_dict())), "file") == recipe


@pytest.mark.parametrize(("name", "variant"), ALL)
def test_published_recipes_list_their_quirks_and_physical_ones_have_none(name, variant):
    assert bool(load_recipe(name, variant).quirks) == (variant == "published")


def test_what_is_taken_out_of_a_recipe_does_not_change_it():
    recipe = load_recipe("model_1")
    recipe.to_dict()["lens"]["mass"] = 0
    assert recipe.to_dict()["lens"]["mass"] == 1e12


@pytest.mark.parametrize("name", available_recipes())
def test_a_stress_set_is_the_physical_recipe_with_multipoles_and_one_class(name):
    stress, physical = (load_recipe(name, variant).to_dict() for variant in ("stress", "physical"))
    assert (stress.pop("variant"), physical.pop("variant")) == ("stress", "physical")
    assert stress["lens"].pop("a3") == stress["lens"].pop("a4") == {"normal": [0.0, 0.01]}
    assert set(physical["classes"]) - set(stress["classes"]) == {"cdm", "axion"}
    assert stress == physical | {"classes": {"no_sub": {"kind": "none"}}}


def test_scenes_of_a_stress_set_are_the_physical_ones_but_for_their_multipoles():
    stress, physical = (
        draw_scene(load_recipe("model_2", variant), "no_sub", "test", 3, seed=1).truth
        for variant in ("stress", "physical")
    )
    assert {key for key in stress if stress[key] != physical[key]} == {"a3", "a4"}
    assert abs(stress["a3"]) < 0.05


# changes


def changed(*changes, name="model_1", variant="published"):
    return load_recipe(name, variant, changes)


def test_a_nested_key():
    recipe = changed("lens.shear.gamma1={uniform: [0.0, 0.1]}", "source.R_sersic = 0.3")
    assert recipe.lens.shear.gamma1.values == (0.0, 0.1)
    assert recipe.source.R_sersic.values == (0.3,)
    assert recipe.to_dict()["lens"]["shear"] == {"gamma1": {"uniform": [0.0, 0.1]}, "gamma2": 0.0}


def test_the_last_change_of_a_key_counts_and_either_spelling_is_the_same_key():
    recipe = changed("classes.axion.length_at_1e-22=0.05", "classes.axion.length_at_1e_22=0.04")
    assert recipe.populations["axion"].length_at_1e_22 == 0.04
    assert "length_at_1e_22" not in recipe.to_dict()["classes"]["axion"]


def test_a_list():
    recipe = changed("source.magnitude=[21, 20, {uniform: [19, 20]}]", name="model_4")
    assert [m.values for m in recipe.source.magnitude] == [(21.0,), (20.0,), (19.0, 20.0)]


def test_nothing_instead_of_lights():
    recipe = changed("neighbours=null", "lens_light=[]", "source.clumps=null", variant="physical")
    assert (recipe.neighbours, recipe.lens_light, recipe.source.clumps) == (None, (), None)


def test_a_population_of_another_kind():
    recipe = changed(
        "classes.cdm={kind: point_masses, count: 5, mass: 1e9, place: {radius: 1, angle: {uniform: [0, 360]}}}",
        variant="physical",
    )
    assert isinstance(recipe.populations["cdm"], PointMassPopulation)
    assert isinstance(recipe.populations["axion"], LinePopulation)
    assert isinstance(changed("classes.cdm={kind: none}").populations["cdm"], NoSubstructure)


def test_only_the_kind_changed_leaves_keys_that_are_refused():
    with pytest.raises(UsageError, match=r"a known key in classes\.cdm is needed; got '(count|mass|place)'"):
        changed("classes.cdm.kind=none")


def test_a_section_that_was_not_there():
    assert changed("lens_of_class.cdm.theta_E=1.3").lens_of_class["cdm"].theta_E.values == (1.3,)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("lens.theta_E", r"a change of the form key\.path=value; got 'lens\.theta_E'"),
        ("=3", r"a change of the form key\.path=value; got '=3'"),
        ("lens.mass.value=3", r"a key that has keys below it in 'lens\.mass\.value'; got 'mass', a value"),
        ("lens_light.magnitude=3", r"got 'lens_light', a value"),
        ("lens.mass=[1", r"a value in YAML for lens\.mass; got '\[1'"),
        ("lens.mas=1e12", r"a known key in lens is needed; got 'mas'; did you mean 'mass'"),
        (
            "lens.theta_E=1.3",
            r"lens must be given exactly one of theta_E, mass, velocity_dispersion; got 'theta_E, mass'",
        ),
        ("lens=null", r"lens must be a mapping"),
        ("classes=null", r"a recipe needs the key 'classes'"),
        ("classes={}", r"a recipe needs the key 'classes'"),
        ("classes.dark={kind: none}", r"a known class is needed; got 'dark'"),
        ("classes.vortex={kind: none}", r"each class of classes once; got no_sub, cdm, axion, vortex"),
        ("populations.cdm={kind: none}", r"a known key of a recipe is needed; got 'populations'"),
        ("plain={}", r"a known key of a recipe is needed; got 'plain'"),
        (
            "lense.mass=1",
            r"got 'lense'; did you mean 'lens'\? \(known: classes, compensated, cosmology, image, lens, .*, z_",
        ),
    ],
)
def test_a_wrong_change_is_refused(change, message):
    with pytest.raises(UsageError, match=message):
        load_recipe("model_1" if "lens_light" not in change else "model_a", changes=[change])


# instruments


def test_an_instrument_stands_for_psf_zero_point_and_noise():
    observation = changed(
        "observation={instrument: euclid_vis}", "source.amplitude=null", "source.magnitude=20"
    ).observation
    assert observation.psf == GaussianPSF(0.16)
    assert observation.zero_point == 25.72
    assert observation.noise == CcdNoise(4.2, 3.1, 22.3, 566.0, 4)


def test_what_is_said_beside_an_instrument_wins():
    beside = (
        "observation={instrument: euclid_vis, zero_point: 24, psf: {truncation: 3}, noise: {kind: ccd, exposures: 9}}"
    )
    observation = changed(beside).observation
    assert (observation.psf, observation.zero_point) == (GaussianPSF(0.16, 3.0), 24.0)
    assert observation.noise == CcdNoise(4.2, 3.1, 22.3, 566.0, 9)
    assert changed("observation={instrument: euclid_vis, noise: {kind: none}}").observation.noise == Noiseless()


def test_a_psf_of_another_form_replaces_the_instruments():
    recipe = changed("observation={instrument: euclid_vis, psf: {fwhm: 0.5, beta: 3}}")
    assert recipe.observation.psf == MoffatPSF(0.5, 3.0)
    assert parse_recipe(recipe.to_dict(), "stored") == recipe


def test_an_unknown_instrument():
    with pytest.raises(UsageError, match="a known instrument is needed; got 'euclid_vs'; did you mean 'euclid_vis'"):
        changed("observation={instrument: euclid_vs}")


# files


def test_a_recipe_of_ones_own_states_its_variant(tmp_path):
    plain = load_recipe("model_2", "physical").to_dict() | {"name": "mine"}
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(plain))
    recipe = load_recipe(path, changes=["lens.a3=0.01"])
    assert (recipe.name, recipe.variant, recipe.lens.a3.values) == ("mine", "physical", (0.01,))


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (None, InputError, r"a readable recipe file; got .*mine\.yaml: No such file"),
        ("lens: [1", InputError, r"a recipe in valid YAML; got .*mine\.yaml: "),
        (b"\xff\xfe\x00", InputError, r"a recipe in valid YAML"),
        ("", UsageError, r"mine\.yaml must be a mapping of keys to values; got None"),
        ("- 1", UsageError, r"mine\.yaml must be a mapping of keys to values; got \[1\]"),
        ("name: x", UsageError, r"a recipe needs the key 'classes'"),
        ("classes: {cdm: {kind: none}}", UsageError, r"a recipe needs the key 'name'"),
    ],
)
def test_a_file_that_is_no_recipe(tmp_path, content, error, message):
    path = tmp_path / "mine.yaml"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(error, match=message) as caught:
        load_recipe(path)
    assert "\n" not in str(caught.value)


def test_unknown_names():
    with pytest.raises(UsageError, match="did you mean 'model_1'"):
        load_recipe("model1")
    with pytest.raises(UsageError, match="did you mean 'physical'"):
        load_recipe("model_1", "phsical")
    for part in ("base", "stress"):
        with pytest.raises(UsageError, match=f"a known recipe is needed; got '{part}'"):
            load_recipe(part, "physical")


def test_a_recipe_may_be_changed_after_it_was_loaded():
    changes = ["lens.theta_E=1.3", "lens.mass=null"]
    changed = load_recipe(load_recipe("model_1"), changes=changes)
    assert changed == load_recipe("model_1", changes=changes) != load_recipe("model_1")


def test_the_instrument_of_a_loaded_recipe_stays():
    """Its numbers stand in the recipe, and would win over those of another."""
    loaded, change = load_recipe("model_2", "physical"), "observation.instrument=rubin_i"
    assert load_recipe("model_2", "physical", [change]).observation.psf != loaded.observation.psf
    with pytest.raises(UsageError, match="'model_2' as it was loaded, euclid_vis; got rubin_i; give the recipe's name"):
        load_recipe(loaded, changes=[change])
