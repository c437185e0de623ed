import numpy as np
import pytest

import lensym
from lensym.errors import UsageError
from lensym.simulation.images import simulate_block
from lensym.simulation.memory import simulate
from lensym.simulation.recipe import load_recipe


def test_images_labels_and_truth_class_by_class():
    sim = lensym.simulate("model_1", 3, seed=7)
    assert sim.images.shape == (9, 1, 150, 150)
    assert sim.images.dtype == np.float32
    assert sim.labels.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert sim.classes == ("no_sub", "cdm", "axion")
    assert len(sim) == len(sim.truth) == 9
    assert np.isnan(sim.truth["log10_axion_mass"][:6]).all()
    assert ((sim.truth["log10_axion_mass"][6:] >= -24) & (sim.truth["log10_axion_mass"][6:] <= -22)).all()


def test_same_seed_same_images_and_more_images_begin_with_the_same():
    few, more = simulate("model_1", 2, seed=7), simulate("model_1", 3, seed=7)
    for label in range(3):
        np.testing.assert_array_equal(few.images[few.labels == label], more.images[more.labels == label][:2])
    assert (simulate("model_1", 2, seed=8).images != few.images).any(axis=(1, 2, 3)).all()


def test_never_the_images_of_a_data_set_on_disk():
    recipe = load_recipe("model_1")
    ours = simulate("model_1", 1, seed=7, classes=["cdm"]).images
    for split in ("train", "val", "test"):
        assert (simulate_block(recipe, "cdm", split, 0, 1, 7).images != ours).any()


def test_chosen_classes_keep_the_recipes_order():
    sim = simulate("model_1", 1, classes=("axion", "no"))
    assert sim.classes == ("no_sub", "axion")
    assert sim.labels.tolist() == [0, 1]
    assert set(sim.truth["log10_axion_mass"][:1]) != set(sim.truth["log10_axion_mass"][1:])


def test_truth_is_read_by_column_and_says_what_it_has():
    truth = simulate("model_1", 2, classes=["cdm"]).truth
    assert repr(truth) == (
        "TruthTable with 2 rows: z_lens, z_source, theta_E, slope, e1, e2, gamma1, gamma2, lens_x, lens_y, a3, a4, "
        "source_x, source_y, source_R_sersic, source_n_sersic, source_e1, source_e2, source_amplitude, exposure, "
        "subhalo_mass (x 25), subhalo_x (x 25), subhalo_y (x 25)"
    )
    assert list(truth) == list(dict(truth))
    assert "exposure" in truth
    with pytest.raises(UsageError, match="did you mean 'source_y'"):
        truth["source_z"]


def test_a_recipe_that_was_loaded_is_that_of_its_name():
    by_name = simulate("model_2", 1, seed=3, variant="physical", classes="axion")
    loaded = simulate(load_recipe("model_2", "physical"), 1, seed=3, classes="axion")
    np.testing.assert_array_equal(loaded.images, by_name.images)
    assert loaded.classes == ("axion",)


@pytest.mark.parametrize("recipe", ["model_1", load_recipe("model_1")])
def test_values_are_put_in_place_of_the_recipes(recipe):
    sim = simulate(recipe, 2, classes=["cdm"], changes=["classes.cdm.count=3", "z_lens=0.4"])
    assert sim.truth["subhalo_mass"].shape == (2, 3)
    assert (sim.truth["z_lens"] == 0.4).all()
    one = simulate(recipe, 1, classes=["cdm"], changes="z_lens=0.4")
    assert one.truth["z_lens"] == [0.4]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"recipe": "model1"}, "did you mean 'model_1'"),
        ({"count": 0}, "count must be a whole number above 0; got 0"),
        ({"variant": "fantasy"}, "variant"),
        ({"seed": -1}, "a seed from 0"),
        ({"seed": None}, "a whole number as a seed .*; got None; choose another seed"),
        ({"seed": 1.5}, "a whole number as a seed .*; got 1.5"),
        ({"count": None}, "count must be a whole number above 0; got None"),
        ({"recipe": 4}, "a recipe, its name or its YAML file; got 4 of type int"),
        ({"changes": "lens.mass"}, "a change of the form key.path=value; got 'lens.mass'"),
        ({"classes": ["dark"]}, "a known class is needed"),
    ],
)
def test_wrong_arguments(wrong, message, unchecked):
    with unchecked(), pytest.raises(UsageError, match=message):
        simulate(**({"recipe": "model_1", "count": 1} | wrong))
