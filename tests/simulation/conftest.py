"""Model I with images so small that hundreds take no time."""

from pathlib import Path

import pytest
import yaml

from lensym.simulation.recipe import Recipe, load_recipe


@pytest.fixture(scope="session")
def tiny_file(tmp_path_factory) -> Path:
    plain = load_recipe("model_1").to_dict()
    path = tmp_path_factory.mktemp("recipe") / "tiny.yaml"
    path.write_text(yaml.safe_dump(plain | {"image": {"size": 16, "pixel_scale": 0.45}}, sort_keys=False))
    return path


@pytest.fixture(scope="session")
def tiny(tiny_file) -> Recipe:
    return load_recipe(tiny_file)
