"""A STUDY.yaml: what it becomes, and what is refused before any work."""

from pathlib import Path

import pytest
import yaml

from lensym.errors import InputError, UsageError
from lensym.study.read import parse_study, read_study

CONFIG = Path(__file__).parents[2] / "configs" / "study_small.yaml"
SMALL = {"name": "model_1", "set": {"image.size": 16, "image.pixel_scale": 0.45}, "label": "small"}
PLAIN = {"recipes": [SMALL], "models": ["cnn"], "sizes": [20], "epochs": 1}


def test_the_ready_study_is_read_whole():
    study = read_study(CONFIG)
    assert [model.label for model in study.models] == ["lensnet", "cnn", "cnn-plain"]
    assert [model.options.augment for model in study.models] == [True, True, False]
    runs = study.runs(test_seed=3)
    assert len(runs) == len({run.folder for run in runs}) == 12
    assert [run.size for run in runs] == sorted(run.size for run in runs)
    assert {run.tests.seed for run in runs} == {3}


def test_the_documented_study_is_the_ready_one():
    page = (CONFIG.parents[1] / "docs" / "study.md").read_text("utf-8")
    block = page.partition("```yaml\n")[2].partition("```")[0]
    assert yaml.safe_load(block) == yaml.safe_load(CONFIG.read_text())


def test_presentations_are_the_same_number_of_images_at_every_size():
    own = {"model": "cnn", "epochs": 3, "label": "own"}
    asked = {**PLAIN, "models": ["cnn", own], "sizes": [3000, 300], "presentations": 12000}
    del asked["epochs"]
    study = parse_study(asked)
    assert study.sizes == (300, 3000)
    assert [study.epochs_of(study.models[0], size) for size in study.sizes] == [40, 4]
    assert [study.epochs_of(study.models[1], size) for size in study.sizes] == [3, 3]


def test_a_recipe_is_changed_and_labelled_by_its_variant():
    physical = {"name": "model_2", "variant": "physical"}
    study = parse_study({**PLAIN, "recipes": [SMALL, physical], "models": ["cnn"]})
    assert [part.label for part in study.recipes] == ["small", "model_2-physical"]
    assert study.recipes[0].recipe.image_size == 16


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"modles": ["cnn"]}, "a known key of a study is needed; got 'modles'; did you mean 'models'"),
        ({"models": None}, "models must be a list of one entry or more; got None"),
        ({"models": []}, r"models must be a list of one entry or more; got \[\]"),
        ({"models": ["lensnt"]}, "a known model is needed; got 'lensnt'"),
        ({"models": [{"augment": False}]}, r"models\[0\] must be a name, or a mapping with the key 'model'"),
        ({"models": ["cnn", {"model": "cnn"}]}, "a label of its own for each of the models; got 'cnn' 2 times"),
        ({"models": [{"model": "cnn", "seed": 3}]}, r"a known key in models\[0\] is needed; got 'seed'"),
        ({"models": [{"model": "cnn", "augment": 1}]}, r"models\[0\].augment must be true or false; got 1"),
        ({"models": [{"model": "cnn", "width": True}]}, r"models\[0\].width must be a number; got True"),
        ({"models": [{"model": "cnn", "learning_rate": 2}]}, "--learning-rate between 0 and 1; got 2.0"),
        ({"models": [{"model": "cnn", "label": "../x"}]}, r"models\[0\].label of at most 60 letters.*; got '../x'"),
        ({"recipes": ["model_i"]}, "a known recipe is needed; got 'model_i'"),
        ({"recipes": [{"name": "model_2", "variant": "stress"}]}, "of two classes or more"),
        ({"recipes": [{"name": "model_1", "set": {"image.size": 4}}]}, "image.size"),
        ({"recipes": [{"name": "model_1", "set": ["a=1"]}]}, r"recipes\[0\].set must be a mapping"),
        ({"sizes": [0]}, r"sizes\[0\] must be a whole number of at least 1; got 0"),
        ({"sizes": [20, 20]}, "each of the sizes once; got '20' 2 times"),
        ({"sizes": 20}, "sizes must be a list"),
        ({"seeds": [True]}, r"seeds\[0\] must be a whole number from 0"),
        ({"seeds": [-1]}, r"seeds\[0\] must be a whole number from 0"),
        ({"test": 1}, "test must be a whole number of at least 2; got 1"),
        ({"turned": "yes"}, "turned must be true or false; got 'yes'"),
        ({"presentations": 10}, "one of the keys 'epochs' and 'presentations'; got both"),
    ],
)
def test_what_is_wrong_is_named(changes, message):
    with pytest.raises(UsageError, match=message):
        parse_study({**PLAIN, **changes})


@pytest.mark.parametrize("missing", ["recipes", "models", "sizes"])
def test_a_missing_key_is_named(missing):
    with pytest.raises(UsageError, match=f"a study needs the key '{missing}'"):
        parse_study({key: value for key, value in PLAIN.items() if key != missing})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sizes: [1]\nsizes: [2]\n", "the key 'sizes' twice"),
        ("sizes: [", "a study in valid YAML"),
        ("a: !!python/object:os.system {}", "a study in valid YAML"),
        ("[" * 3000, "a study in valid YAML"),
    ],
)
def test_yaml_that_is_none_is_refused_in_one_line(text, message, tmp_path):
    path = tmp_path / "study.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        read_study(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("plain", [[], "models", 3, None])
def test_a_study_is_a_mapping(plain, tmp_path):
    path = tmp_path / "study.yaml"
    path.write_text(yaml.safe_dump(plain))
    with pytest.raises(UsageError, match="a study as a mapping"):
        read_study(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match="a readable study file"):
        read_study(tmp_path / "none.yaml")
