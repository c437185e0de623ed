"""How often images that got some probability of a class were of it: the interval that stands beside a probability.

Validation images are counted by the probability that they got of each class. The interval of a probability is Wilson's,
at 95 %, of the share that was of the class among the images in the same part of `EDGES`: in one sentence, "of the
validation images that got a like probability of this class, so large a share was of it".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Float64, Int

from lensym.errors import IntegrityError
from lensym.evaluation.intervals import wilson

EDGES = (0.0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
"""Parts of the probability, finer where most answers lie; each but the last is without its upper end."""
_PARTS = len(EDGES) - 1
UNKNOWN = (0.0, 1.0)
"""The interval where no validation image got a like probability."""


@dataclass(frozen=True)
class Reliability:
    """Validation images by class and part of the probability.

    Parameters
    ----------
    images
        Number of images (K, parts) that got such a probability of the class.
    of_class
        Number of them (K, parts) that were of it.
    """

    images: Int[np.ndarray, "k parts"]
    of_class: Int[np.ndarray, "k parts"]

    @classmethod
    def count(cls, probabilities: Float[np.ndarray, "n k"], labels: Int[np.ndarray, " n"]) -> Reliability:
        """Count images with the probabilities that they got, and their labels.

        >>> sure = np.array([[0.97, 0.03]] * 20)
        >>> kept = Reliability.count(sure, np.repeat([0, 1], [19, 1]))
        >>> kept.intervals(np.array([[0.96, 0.04]])).round(2).tolist()
        [[[0.76, 0.99], [0.01, 0.24]]]
        """
        classes = probabilities.shape[1]
        images, of_class = np.zeros((classes, _PARTS), np.int64), np.zeros((classes, _PARTS), np.int64)
        for k in range(classes):
            part = _part(probabilities[:, k].astype(np.float64))
            images[k] = np.bincount(part, minlength=_PARTS)
            of_class[k] = np.bincount(part[labels == k], minlength=_PARTS)
        return cls(images, of_class)

    @classmethod
    def of(cls, kept: object, classes: int) -> Reliability:
        """What `plain` gave.

        Raises
        ------
        IntegrityError
            If it is something else.
        """
        shape = (classes, _PARTS)
        try:
            found = cls(*(np.array(kept[key]) for key in ("images", "of_class")))  # type: ignore[index]
        except (TypeError, KeyError, ValueError) as error:
            raise _no_record(shape, str(error)) from None
        whole = all(counts.shape == shape and counts.dtype == np.int64 for counts in (found.images, found.of_class))
        if not whole or (found.of_class < 0).any() or (found.of_class > found.images).any():
            raise _no_record(shape, "others")
        return found

    def plain(self) -> Mapping[str, Any]:
        """Plain data for JSON."""
        return {"images": self.images.tolist(), "of_class": self.of_class.tolist()}

    @property
    def validated_on(self) -> int:
        """Number of validation images."""
        return int(self.images[0].sum())

    def intervals(self, probabilities: Float64[np.ndarray, "n k"]) -> Float64[np.ndarray, "n k 2"]:
        """Lower and upper end for probabilities of each class."""
        pairs = zip(self.of_class.ravel().tolist(), self.images.ravel().tolist(), strict=True)
        table = np.array([wilson(hits, n) if n else UNKNOWN for hits, n in pairs]).reshape(*self.images.shape, 2)
        return np.stack([table[k, _part(column)] for k, column in enumerate(probabilities.T)], axis=1)


def _part(probabilities: Float64[np.ndarray, " n"]) -> Int[np.ndarray, " n"]:
    """Number of the part of `EDGES` that each lies in."""
    return np.minimum(np.searchsorted(EDGES, probabilities, side="right") - 1, _PARTS - 1)


def _no_record(shape: tuple[int, int], got: str) -> IntegrityError:
    needed = f"a config.json with counts of validation images of shape {shape}, or none"
    return IntegrityError(needed, got, "get the model folder again")
