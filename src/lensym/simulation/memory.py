"""Simulated images in memory, for a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Int64
from numpy.typing import NDArray

from lensym.errors import require_count, unknown_name
from lensym.simulation.images import simulate_block
from lensym.simulation.plan import choose_classes
from lensym.simulation.recipe import Recipe, load_recipe
from lensym.store.folder import stack_tables

_SPLIT = "fresh"


class TruthTable:
    """A table with one row an image and one column a drawn parameter: ``table["source_x"]``.

    A column is (n,), or (n, k) where an image has ``k`` values; NaN where its class has no such parameter.

    >>> TruthTable({"x": np.array([0.5, 0.25])}, 2)
    TruthTable with 2 rows: x
    """

    def __init__(self, columns: Mapping[str, NDArray[np.generic]], rows: int) -> None:
        self._columns = dict(columns)
        self._rows = rows

    def __len__(self) -> int:
        return self._rows

    def __getitem__(self, name: str) -> NDArray[np.generic]:
        if name not in self._columns:
            raise unknown_name("column", name, self._columns)
        return self._columns[name]

    def __contains__(self, name: object) -> bool:
        return name in self._columns

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def keys(self) -> Iterable[str]:
        """Return the names of the columns; ``dict(table)`` makes a plain dictionary."""
        return self._columns.keys()

    def __repr__(self) -> str:
        names = (f"{name} (x {c.shape[1]})" if c.ndim > 1 else name for name, c in self._columns.items())
        return f"TruthTable with {len(self)} rows: {', '.join(names)}"


@dataclass(frozen=True, repr=False)
class Simulation:
    """Simulated images, class by class.

    Attributes
    ----------
    images
        (N, C, H, W), as a data set on disk holds them, in float32.
    labels
        (N,), the place of each image's class in ``classes``.
    classes
        Names, in the recipe's order.
    truth
        Every drawn parameter of every image.
    pixel_scale
        Arcsec per pixel.
    """

    images: Float32[np.ndarray, "n c h w"]
    labels: Int64[np.ndarray, " n"]
    classes: tuple[str, ...]
    truth: TruthTable
    pixel_scale: float

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        shape = " x ".join(map(str, self.images.shape[1:]))
        return f"Simulation: {len(self)} images of {shape}, classes {', '.join(self.classes)}"


def simulate(
    recipe: str | Path | Recipe,
    count: int,
    seed: int = 0,
    variant: str = "published",
    classes: Iterable[str] | None = None,
    changes: Iterable[str] = (),
) -> Simulation:
    """Simulate ``count`` images of each class.

    They are never those of a data set on disk, whatever the seed: they come from a stream of their own.

    Parameters
    ----------
    recipe
        Name of a recipe, the path of a YAML file, or what :func:`~lensym.simulation.recipe.load_recipe` gave; the last
        two state their variant themselves.
    classes
        Some of the recipe's classes; None for all.
    changes
        Values to put in place of the recipe's, each ``key.path=value``, as ``--set`` of ``lensym simulate``.

    Examples
    --------
    >>> simulate("model_1", count=2, classes=["cdm", "axion"])
    Simulation: 4 images of 1 x 150 x 150, classes cdm, axion
    >>> simulate("model_1", count=1, changes=["lens.theta_E=1.3", "lens.mass=null"]).truth["theta_E"]
    array([1.3, 1.3, 1.3])
    """
    loaded = load_recipe(recipe, variant, changes)
    names = choose_classes(loaded, classes)
    count = require_count("count", count)
    blocks = [simulate_block(loaded, name, _SPLIT, 0, count, seed) for name in names]
    truth = stack_tables([block.truth for block in blocks], [count] * len(blocks))
    return Simulation(
        images=np.concatenate([block.images for block in blocks], dtype=np.float32),
        labels=np.repeat(np.arange(len(names)), count),
        classes=names,
        truth=TruthTable(truth, count * len(names)),
        pixel_scale=loaded.pixel_scale,
    )
