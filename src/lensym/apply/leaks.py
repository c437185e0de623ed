"""Images that are in a test set and elsewhere too, as they are, turned or mirrored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lensym.apply.pieces import CHUNK, chunkwise
from lensym.data.importing.checks import canonical_digest
from lensym.errors import InputError
from lensym.evaluation.wording import count
from lensym.models.model_config import ModelConfig
from lensym.store import DatasetFolder, SplitView, manifest_digest

_WAYS = "as they are, turned or mirrored"
_MIDDLE = 48
"""Pixels a side of the middle that tells most images apart."""

_MIX = np.uint64(0x9E3779B97F4A7C15)
"""2^64 over the golden ratio: multiplying by it spreads a number's bits."""


def find_leaks(config: ModelConfig, folder: DatasetFolder, view: SplitView, trained_on: str | Path | None) -> list[str]:
    """A sentence for each place where tested images are found again.

    Parameters
    ----------
    config
        Of the tested model.
    folder, view
        The data set and its tested split; its other splits are looked through.
    trained_on
        Another data set to look through, the one that the model was trained on.

    Raises
    ------
    InputError
        If ``trained_on`` is no data set, or one of other images.
    """
    places = [(f"the split '{name}'", folder.split(name)) for name in folder.splits if name != view.name]
    found = [_unseen_doubt(config, folder)] if trained_on is None else []
    if trained_on is not None:
        other = _training_set(trained_on, view)
        found.append(_other_set_doubt(config, other))
        places += [(f"the split '{n}' of '{other.path.name}'", other.split(n)) for n in other.splits if n != "test"]
    keys = _keys(view)
    for place, split in places:
        if len(split) and (shared := shared_images(view, keys, split)):
            found.append(f"{count(shared)} of {count(len(view))} tested images are in {place} too, {_WAYS}.")
    if copies := _copies(view, keys):
        sentence = f"{count(copies)} of {count(len(view))} tested images are copies of others among them, {_WAYS}"
        found.append(f"{sentence}: the intervals are too narrow.")
    return [sentence for sentence in found if sentence]


def _training_set(path: str | Path, view: SplitView) -> DatasetFolder:
    folder = DatasetFolder.open(path)
    if folder.manifest.smooth_fit and view.image_shape[0] == 1:
        raise InputError(
            "a training set of images alone, as the tested ones are",
            f"'{path}', which has what smooth lenses leave as a second channel",
            "give the data set that it was made from, or test images with the channel",
        )
    shape = (folder.manifest.channels, folder.manifest.image_size, folder.manifest.image_size)
    if shape != view.image_shape:
        raise InputError(f"a training set of images {view.image_shape}", f"{shape} in '{path}'", "choose another")
    return folder


def _unseen_doubt(config: ModelConfig, folder: DatasetFolder) -> str:
    """Where both came from elsewhere, nothing but the images themselves tells them apart."""
    trained = config.data
    if folder.manifest.seed is not None or trained.get("seed") is not None:
        return ""
    if trained.get("manifest_sha256") == manifest_digest(folder.path):
        return ""
    return (
        "The training images are not in this data set: whether tested ones are among them is not known (--trained-on)."
    )


def _other_set_doubt(config: ModelConfig, other: DatasetFolder) -> str:
    if manifest_digest(other.path) in (config.data.get("manifest_sha256"), config.data.get("smooth_fit")):
        return ""
    return f"The model says that it was trained on another data set than '{other.path.name}'."


def shared_images(view: SplitView, keys: NDArray[np.uint64], other: SplitView) -> int:
    """How many images of a split, whose `_keys` are given, are in another one too."""
    theirs = _keys(other)
    mine, held = np.flatnonzero(np.isin(keys, theirs)), np.flatnonzero(np.isin(theirs, keys))
    known = set(_digests(other, held))
    return sum(digest in known for digest in _digests(view, mine))


def _copies(view: SplitView, keys: NDArray[np.uint64]) -> int:
    """How many images of a split are copies of an earlier one."""
    _, place, times = np.unique(keys, return_inverse=True, return_counts=True)
    digests = list(_digests(view, np.flatnonzero(times[place] > 1)))
    return len(digests) - len(set(digests))


def _keys(view: SplitView) -> NDArray[np.uint64]:
    """A number of each image that is the same for its turned and mirrored copies: a sum over its middle's mixed pixels.

    Images of other numbers differ; of those of one number the whole is compared.
    """
    return chunkwise(_key, view, np.arange(len(view)))


def _key(images: NDArray[Any]) -> NDArray[np.uint64]:
    edge = max(0, (images.shape[-1] - _MIDDLE) // 2)
    middle = images[..., edge : images.shape[-2] - edge, edge : images.shape[-1] - edge]
    pixels = middle.reshape(len(images), -1).astype(np.float64) + 0.0  # turns -0 into 0, which equals it
    mixed = pixels.view(np.uint64) * _MIX
    mixed ^= mixed >> np.uint64(32)
    mixed *= _MIX
    total: NDArray[np.uint64] = mixed.sum(axis=1)
    return total


def _digests(view: SplitView, rows: NDArray[np.int64]) -> Iterator[str]:
    for start in range(0, len(rows), CHUNK):
        for image in view.images(rows[start : start + CHUNK]):
            yield canonical_digest(image, "float64")
