"""Every experiment of configs/ is read by the verb it belongs to and runs, shrunk."""

from pathlib import Path

import pytest
import yaml

from lensym.cli import main
from lensym.cli.train import VERB
from lensym.models import available
from lensym.models.checkpoint import load_model

CONFIGS = sorted(
    path for path in (Path(__file__).parents[1] / "configs").glob("*.yaml") if not path.stem.startswith("study_")
)
"""Experiments of ``lensym train``; those of ``lensym study`` are in tests/study."""


def test_every_network_has_its_experiment_on_model_1():
    assert {path.stem for path in CONFIGS} >= {f"{name}_model_1" for name in available()}


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_an_experiment_is_read_whole_and_runs_shrunk(path, data_set, small_recipe, tmp_path):
    options = VERB.parser().parse_args(["run", "--config", str(path)])
    for key, value in yaml.safe_load(path.read_text()).items():
        assert options[key] == value
    assert f"--config configs/{path.name}" in path.read_text()
    run = tmp_path / "run"
    shrunk = ["--epochs", "1", "--batch-size", "20", "--width", "0.05"]
    data = [str(data_set)]
    if options.recipe:
        data = []
        shrunk += ["--recipe", str(small_recipe), "--images", "40", "--val-images", "15", "--workers", "0"]
    if options.adapt_to:
        shrunk += ["--adapt-to", str(data_set)]
    assert main(["train", *data, str(run), "--config", str(path), *shrunk]) == 0
    _, config = load_model(run / "model")
    assert config.training["options"]["seed"] == options.seed
    assert config.training["options"]["epochs"] == 1
