"""What a survey can see: recipes changed along an axis, points kept, the verb's table and figure."""

import json

import pytest

from lensym.cli import main
from lensym.errors import OutputError, UsageError
from lensym.simulation.recipe import load_recipe
from lensym.study import point
from lensym.study.figures import TITLES, sensitivity_figure
from lensym.study.point import Training, run_point
from lensym.study.sensitivity import AXES, multiplied, scaled, sensitivity

SMALL = ["image.size=16", "image.pixel_scale=0.45"]
TRAINING = Training(model="cnn", count=20, epochs=1)


@pytest.fixture(scope="module")
def recipe():
    return load_recipe("model_1", changes=SMALL)


@pytest.mark.parametrize("variant", ["published", "physical"])
def test_mass_multiplies_all_substructure_and_nothing_else(variant):
    recipe = load_recipe("model_1", variant)
    before, after = recipe.to_dict(), scaled(recipe, "mass", 2.0).to_dict()
    cdm, axion = (after["classes"][name] for name in ("cdm", "axion"))
    if variant == "published":
        assert cdm["mass"] == {"power_law": [2e6, 2e10, -0.9]}
        assert axion["total_mass"] == 6e10
    else:
        assert cdm["mass_fraction"] == axion["mass_fraction"] == {"log_uniform": [0.006, 0.06]}
        assert cdm["mass"] == before["classes"]["cdm"]["mass"]
    assert {**after, "classes": 0} == {**before, "classes": 0}


def test_point_masses_of_one_einstein_radius_go_with_its_square():
    changed = scaled(load_recipe("model_a"), "mass", 4.0).to_dict()
    assert changed["classes"]["cdm"]["theta_E"] == changed["classes"]["axion"]["theta_E"] == 0.0096


def test_larger_pixels_keep_the_field_and_the_noise_of_an_area():
    recipe = scaled(load_recipe("model_1"), "pixels", 2.0)
    assert (recipe.image_size, recipe.pixel_scale) == (76, 0.1)
    assert recipe.to_dict()["observation"]["noise"]["background_rms"] == 0.02
    assert scaled(load_recipe("model_a"), "pixels", 2.0).to_dict()["observation"]["noise"]["sky"] == pytest.approx(0.4)


def test_psf_and_exposure():
    recipe = load_recipe("model_1")
    assert scaled(recipe, "psf", 3.0).observation.psf.fwhm == pytest.approx(0.261)
    exposure = scaled(recipe, "exposure", 10.0).to_dict()["observation"]["noise"]["exposure"]
    assert exposure == {"log10_uniform": [4.0, 4.5]}
    physical = scaled(load_recipe("model_2", "physical"), "exposure", 2.0)
    assert physical.to_dict()["observation"]["noise"]["exposure_time"] == 1132.0


def test_one_is_no_change():
    recipe = load_recipe("model_2", "physical")
    assert all(scaled(recipe, axis, 1.0).to_dict() == recipe.to_dict() for axis in AXES)


def test_a_normal_distribution_is_multiplied_whole():
    assert multiplied({"normal": [1.0, 0.5]}, 2) == {"normal": [2.0, 1.0]}
    assert multiplied(3, 2) == 6.0


def test_an_axis_that_a_recipe_has_not_is_left_out_and_said(tmp_path, monkeypatch):
    monkeypatch.setattr("lensym.study.sensitivity.run_point", lambda *arguments: {})
    said = []
    rows = sensitivity(load_recipe("model_2"), tmp_path, factors=[1.0], say=said.append)
    assert [row["axis"] for row in rows] == ["mass", "pixels", "psf"]
    assert said[0].startswith("without exposure: a recipe with noise for the axis")


def test_an_axis_alone_is_one_name(tmp_path):
    with pytest.raises(UsageError, match="a known axis is needed; got 'mas'; did you mean 'mass'"):
        sensitivity(load_recipe("model_2"), tmp_path / "out", axes="mas")


def test_a_recipes_name_is_no_recipe(tmp_path, unchecked):
    with unchecked(), pytest.raises(UsageError, match="a recipe; got 'model_2' of type str; load it"):
        sensitivity("model_2", tmp_path / "out")


def test_one_class_has_nothing_to_separate(tmp_path):
    with pytest.raises(UsageError, match=r"two classes or more.*; got 'model_2' \(stress\) with 'no_sub' alone"):
        sensitivity(load_recipe("model_2", "stress"), tmp_path / "study")
    assert not (tmp_path / "study").exists()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"axes": ["seeing"]}, "a known axis is needed; got 'seeing'"),
        ({"factors": [0.0, 1.0]}, "factors above 0; got"),
        ({"axes": ["exposure"]}, "a recipe with noise for the axis 'exposure'"),
        ({"axes": ["pixels"], "factors": [8.0]}, "image.size must be 16 or more; got 8"),
    ],
)
def test_wrong_requests_are_refused_before_any_work(wrong, message, tmp_path):
    with pytest.raises(UsageError, match=message):
        sensitivity(load_recipe("model_2"), tmp_path / "out", training=TRAINING, **wrong)
    assert not (tmp_path / "out").exists()


def test_a_point_is_kept_and_only_its_figures(recipe, tmp_path, monkeypatch):
    result = run_point(recipe, TRAINING, tmp_path / "point", workers=1)
    assert [path.name for path in (tmp_path / "point").iterdir()] == ["result.json"]
    assert result["images"] == {"train": 20, "val": 2, "test": 10}
    assert result["network"]["n"] == 30
    low, high = result["network"]["macro_auc_ci"]
    assert low <= result["network"]["macro_auc"] <= high
    monkeypatch.setattr(point, "_figures", None)  # nothing is computed again
    assert run_point(recipe, TRAINING, tmp_path / "point") == json.loads(json.dumps(result))
    with pytest.raises(OutputError, match="the study that was begun here"):
        run_point(recipe, Training(count=21), tmp_path / "point")


def test_a_point_stopped_in_training_goes_on(recipe, tmp_path, monkeypatch):
    def stop(*arguments, **options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(point, "evaluate", stop)
        with pytest.raises(KeyboardInterrupt):
            run_point(recipe, TRAINING, tmp_path / "point", workers=1)
    assert (tmp_path / "point" / "run" / "config.yaml").exists()
    again = run_point(recipe, TRAINING, tmp_path / "point", workers=1)
    assert again["network"] == run_point(recipe, TRAINING, tmp_path / "other", workers=1)["network"]


def test_the_verb_writes_table_and_figure(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = "sensitivity model_1 out --variant published --axes psf --factors 1 2 --model cnn --count 20 --epochs 1"
    assert main([*words.split(), "--workers", "1", "--set", *SMALL]) == 0
    rows = json.loads((tmp_path / "out" / "sensitivity.json").read_text())
    assert [(row["axis"], row["factor"], row["value"]) for row in rows] == [
        ("psf", 1.0, "0.087 arcsec FWHM"),
        ("psf", 2.0, "0.174 arcsec FWHM"),
    ]
    assert (tmp_path / "out" / "sensitivity.png").read_bytes().startswith(b"\x89PNG")
    assert "0.174 arcsec FWHM" in capsys.readouterr().out


def test_every_axis_has_a_title_and_a_panel():
    assert set(TITLES) == set(AXES)
    figures = {"macro_auc": 0.8, "macro_auc_ci": [0.7, 0.9]}
    rows = [
        {"axis": axis, "factor": factor, "network": figures, "baseline": figures} for axis in AXES for factor in (1, 2)
    ]
    assert [panel.get_title() for panel in sensitivity_figure(rows, "title").axes] == list(TITLES.values())
