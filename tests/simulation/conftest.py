"""Model I with images so small that hundreds take no time."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import jaxtyping
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


@pytest.fixture(scope="session")
def unchecked() -> Callable[[], AbstractContextManager[None]]:
    """Leaves out the check of every call's types, which takes ten times as long as drawing a scene."""

    @contextmanager
    def without() -> Iterator[None]:
        before = jaxtyping.config.jaxtyping_disable
        jaxtyping.config.update("jaxtyping_disable", True)
        try:
            yield
        finally:
            jaxtyping.config.update("jaxtyping_disable", before)

    return without
