"""What the tests of several rooms share: a recipe of small images, a data set of it, and a run trained on that."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import jaxtyping
import pytest
import yaml
from hypothesis import settings

# one thread a process: pytest -n shares out the cores, and threads that wait for each other cost more than they give
os.environ["OMP_NUM_THREADS"] = "1"

# a busy machine is no failure, and a failure can be repeated
settings.register_profile("lensym", deadline=None, derandomize=True)
settings.load_profile("lensym")


@pytest.fixture(scope="session")
def unchecked() -> Callable[[], AbstractContextManager[None]]:
    """Leaves out the check of every call's types: it takes ten times as long as drawing a scene; users have none."""

    @contextmanager
    def without() -> Iterator[None]:
        before = jaxtyping.config.jaxtyping_disable
        jaxtyping.config.update("jaxtyping_disable", True)
        try:
            yield
        finally:
            jaxtyping.config.update("jaxtyping_disable", before)

    return without


@pytest.fixture(scope="session")
def small_recipe(tmp_path_factory) -> Path:
    """Model I with 32 px of 0.2 arcsec."""
    from lensym.simulation.recipe import load_recipe

    plain = load_recipe("model_1").to_dict() | {"image": {"size": 32, "pixel_scale": 0.2}}
    path = tmp_path_factory.mktemp("recipes") / "small.yaml"
    path.write_text(yaml.safe_dump(plain, sort_keys=False))
    return path


@pytest.fixture(scope="session")
def data_set(small_recipe, tmp_path_factory) -> Path:
    """40 images a class: 20 to train, 10 to validate, 10 to test. Not to be written to."""
    from lensym.simulation.recipe import load_recipe
    from lensym.simulation.run import simulate_to_folder

    folder = tmp_path_factory.mktemp("data") / "small"
    split = {"train": 0.5, "val": 0.25, "test": 0.25}
    simulate_to_folder(load_recipe(small_recipe), folder, 40, split, seed=5, workers=1)
    return folder


@pytest.fixture(scope="session")
def trained_run(data_set, tmp_path_factory) -> Path:
    """Two epochs of lensnet on `data_set`. Not to be written to."""
    from lensym.train.options import TrainOptions
    from lensym.train.run import train

    run = tmp_path_factory.mktemp("runs") / "lensnet"
    train(data_set, run, TrainOptions(epochs=2, batch_size=20, threads=1, seed=3))
    return run
