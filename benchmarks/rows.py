"""A row of a benchmark of networks: a network of the registry at a width."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from lensym.models.classifier import Classifier
from lensym.models.cost import gflop
from lensym.models.registry import create
from lensym.train.options import TrainOptions

CONFIGS = Path(__file__).parents[1] / "configs"


@dataclass(frozen=True)
class Row:
    """A network, and whether it is shown turned and flipped training images."""

    name: str
    width: float = 1.0
    augment: bool = True

    def __str__(self) -> str:
        return f"{self.name} x{self.width:g}" + ("" if self.augment else " upright")

    def build(self, image_size: int, classes: int) -> Classifier:
        """The network with random weights."""
        return create(self.name, image_size, 1, classes, self.width)

    def options(self, seed: int) -> TrainOptions:
        """Learning rate and weight decay are those of the network's experiment in configs/, if it has one."""
        config = CONFIGS / f"{self.name}_model_1.yaml"
        given = yaml.safe_load(config.read_text()) if config.exists() else {}
        wanted = {key: given[key] for key in ("learning_rate", "weight_decay") if key in given}
        return TrainOptions(self.name, self.width, augment=self.augment, seed=seed, **wanted)


def narrowed(row: Row, image_size: int, heavy: float, limit: float) -> Row:
    """The network, or, above ``heavy`` GFLOP, at the largest width of 1/2, 1/4, ... that costs at most ``limit``."""
    if gflop(row.build(image_size, classes=3)) <= heavy:
        return row
    while gflop(row.build(image_size, classes=3)) > limit:
        row = replace(row, width=row.width / 2)
    return row
