"""Numbers that stand beside an array of images, one for each: labels, masses of axions, other columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lensym.data.importing.found import Found
from lensym.data.importing.labels import class_of_number
from lensym.data.importing.read import LARGEST_AXION_MASS
from lensym.errors import InputError

AXION = "axion"


@dataclass(frozen=True)
class Beside:
    """What is known of each image of an array.

    Parameters
    ----------
    classes
        Empty where nothing but the array's name says them.
    truth
        Numbers by their names.
    """

    classes: Sequence[str]
    truth: Mapping[str, NDArray[np.generic]]

    @property
    def count(self) -> int | None:
        """Number of images that it speaks of, None without any column."""
        counts = [len(self.classes), *map(len, self.truth.values())]
        return max(counts) or None

    def row(self, index: int) -> dict[str, float]:
        """The numbers of an image."""
        return {name: float(column[index]) for name, column in self.truth.items()}


def beside(images: Found, columns: Sequence[Found], labels: Sequence[str]) -> Beside:
    """What stands beside an array, in the same file or folder.

    Raises
    ------
    InputError
        If there are not as many labels or masses as images, or labels are numbers of unknown classes.
    """
    found = [column for column in columns if _belongs(column, images)]
    for column in found:
        _require_count(column, images)
    truth = {_truth_name(column): _values(column) for column in found if not _is_label(column)}
    classes = [
        class_of_number(value, labels) for column in found if _is_label(column) for value in _values(column).tolist()
    ]
    if not classes and images.name.class_name is None and "axion_mass" in truth:
        classes = [AXION] * len(truth["axion_mass"])
    return Beside(classes, truth)


def _belongs(column: Found, images: Found) -> bool:
    if (column.place, column.name.split) != (images.place, images.name.split):
        return False
    ours, theirs = images.name.class_name, column.name.class_name
    if column.name.kind == "mass":
        return ours == theirs or ours is None or (theirs is None and ours == AXION)
    if column.name.kind == "label":
        return ours is None
    return theirs in (None, ours) and images.shape[:1] == (len(_values(column)),)


def _require_count(column: Found, images: Found) -> None:
    count = len(_values(column))
    if not images.raw and not images.unreadable and images.shape[0] != count:
        raise InputError(
            f"as many numbers in '{column.full}' as images in '{images.full}'",
            f"{count} for {images.shape[0]}",
            "check the files",
        )


def _values(column: Found) -> NDArray[np.generic]:
    assert column.values is not None  # columns are arrays with values
    return column.values


def _is_label(column: Found) -> bool:
    values = _values(column)
    return column.name.kind == "label" and bool(np.array_equal(values, np.round(values)))


def _truth_name(column: Found) -> str:
    values = np.asarray(_values(column), np.float64)
    if column.name.kind and len(values) and bool(((values > 0) & (values < LARGEST_AXION_MASS)).all()):
        return "axion_mass"
    return column.name.kind or column.array.rpartition("/")[2]
