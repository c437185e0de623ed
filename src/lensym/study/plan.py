"""What a study is to do: every training run of it, and where each stands in the study's folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from lensym.simulation.recipe import Recipe
from lensym.train.options import TrainOptions

OPTIONS = (
    "width",
    "init",
    "epochs",
    "batch_size",
    "learning_rate",
    "weight_decay",
    "augment",
    "jitter",
    "stretch",
    "normalise",
)
"""Training options that may differ from network to network; the others are the study's own."""


@dataclass(frozen=True)
class StudyRecipe:
    """A recipe under the label that it has on the page."""

    label: str
    recipe: Recipe


@dataclass(frozen=True)
class StudyModel:
    """A network with its training options, under the label that it has on the page.

    ``own_epochs`` says that its ``options.epochs`` stand in the YAML and come before the study's.
    """

    label: str
    options: TrainOptions
    own_epochs: bool = False


@dataclass(frozen=True)
class Study:
    """A checked STUDY.yaml; numbers of images are for each class.

    Of ``epochs`` (passes over the training images) and ``presentations`` (images of a class that are shown altogether,
    whatever the size of the set) one is None.
    """

    recipes: tuple[StudyRecipe, ...]
    models: tuple[StudyModel, ...]
    sizes: tuple[int, ...]
    seeds: tuple[int, ...]
    epochs: int | None
    presentations: int | None
    val: int
    test: int
    turned: bool

    def epochs_of(self, model: StudyModel, size: int) -> int:
        """Passes of a network over ``size`` images a class."""
        if model.own_epochs:
            return model.options.epochs
        return self.epochs or max(1, round((self.presentations or 0) / size))

    def runs(self, test_seed: int) -> list[PlannedRun]:
        """Every run, the smallest sets first, so that a first page comes early."""
        return [
            PlannedRun(recipe, model, size, seed, self.epochs_of(model, size), self._tests(test_seed), self.val)
            for size in sorted(self.sizes)
            for seed in self.seeds
            for recipe in self.recipes
            for model in self.models
        ]

    def _tests(self, test_seed: int) -> Tests:
        return Tests(self.test, self.turned, test_seed)


@dataclass(frozen=True)
class Tests:
    """The test images of a recipe, which all of its runs share: ``count`` a class, on request turned as well."""

    count: int
    turned: bool
    seed: int

    @property
    def names(self) -> tuple[str, ...]:
        """Test sets."""
        return ("upright", "turned") if self.turned else ("upright",)


@dataclass(frozen=True)
class PlannedRun:
    """One training run: a network, on ``size`` images a class of a recipe, from a seed."""

    recipe: StudyRecipe
    model: StudyModel
    size: int
    seed: int
    epochs: int
    tests: Tests
    val: int

    @property
    def name(self) -> str:
        """What it is called in lines of progress."""
        return f"{self.recipe.label}, {self.model.label}, {self.size} a class, seed {self.seed}"

    @property
    def folder(self) -> str:
        """Its folder in the study's."""
        return f"runs/{self.recipe.label}/{self.model.label}/{self.size}-{self.seed}"

    @property
    def data(self) -> str:
        """Folder of its training and validation images in the study's."""
        return f"data/{self.recipe.label}/train-{self.size}-{self.seed}"

    def test_data(self, test: str) -> str:
        """Folder of a test set in the study's."""
        return f"data/{self.recipe.label}/{test}"

    def asked(self) -> dict[str, Any]:
        """All that its result depends on, as plain data."""
        options = asdict(self.model.options)
        return {
            "recipe": self.recipe.recipe.to_dict(),
            "options": {key: options[key] for key in ("model", *OPTIONS)} | {"epochs": self.epochs},
            "size": self.size,
            "seed": self.seed,
            "val": self.val,
            "test": asdict(self.tests),
        }

    def task(self, version: str) -> dict[str, Any]:
        """What the process that carries it out has to know; folders are relative to the study's."""
        tests: Mapping[str, str] = {test: self.test_data(test) for test in self.tests.names}
        return {"asked": self.asked(), "data": self.data, "tests": tests, "lensym_version": version}
