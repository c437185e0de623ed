"""The data set that an import is to reach, known before its first image is written."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from lensym import __version__
from lensym.data.importing.draft import Taken
from lensym.data.importing.item import Refused
from lensym.data.importing.options import ImportOptions
from lensym.data.importing.plan import Plan, in_order
from lensym.data.importing.report import example_in_words, grouped_reasons
from lensym.data.importing.sources import SOURCES_NAME, Blocks, in_blocks, sources_csv
from lensym.data.importing.split import divide
from lensym.data.importing.survey import Survey, one_dtype, one_pixel_scale, one_shape
from lensym.errors import InputError
from lensym.simulation.plan import DEFAULT_SPLIT, STORED_SPLITS
from lensym.store.manifest import Manifest

_SCALED_FORMATS = (".fits", ".fit", ".fits.gz", ".fits.fz", ".h5", ".hdf5")
"""Endings of files that may say their pixel scale."""


@dataclass(frozen=True)
class Goal:
    """A data set without its shards, the images of each of its parts, and those that it leaves out."""

    manifest: Manifest
    blocks: Blocks
    taken: tuple[Taken, ...]
    refused: tuple[Refused, ...]


def set_goal(found: Survey, plan: Plan, layout: str, options: ImportOptions) -> Goal:
    """The data set that follows from a survey.

    Raises
    ------
    InputError
        If no image can be taken, they are of several sizes, or nobody knows their pixel scale.
    """
    divided = divide(found.taken, options.split or DEFAULT_SPLIT, options.seed, options.split is not None)
    taken, refused = divided.taken, found.refused + divided.refused
    _require_any(taken, refused)
    channels, size, _ = one_shape(taken)
    classes = in_order(image.item.class_name for image in taken)
    splits = [split for split in STORED_SPLITS if any(image.item.split == split for image in taken)]
    blocks = in_blocks(taken, splits, classes)
    manifest = Manifest(
        recipe=layout,
        variant="imported",
        classes=classes,
        channels=channels,
        image_size=size,
        pixel_scale=_pixel_scale(taken, plan, options),
        dtype=one_dtype(taken),
        seed=None,
        splits={split: {name: len(blocks[split, name]) for name in classes} for split in splits},
        parameters=_parameters(refused, options),
        lensym_version=__version__,
        files={SOURCES_NAME: hashlib.sha256(sources_csv(blocks)).hexdigest()},
    )
    return Goal(manifest, blocks, taken, refused)


def require_scale(plan: Plan, options: ImportOptions) -> None:
    """Refuse at once what would be refused after hours of reading: images whose pixel scale nobody can know."""
    if plan.pixel_scale is None and options.pixel_scale is None:
        files = [item.file.lower() for item in plan.items]
        if files and not any(file.endswith(_SCALED_FORMATS) for file in files):
            raise _no_scale()


def _require_any(taken: tuple[Taken, ...], refused: tuple[Refused, ...]) -> None:
    if not taken and refused:
        first = refused[0]
        got = f"none of {len(refused)}: {first.reason} is needed, not {example_in_words(first)}"
        raise InputError("an image that can be taken", got, "mend the files, or check --layout")


def _pixel_scale(taken: tuple[Taken, ...], plan: Plan, options: ImportOptions) -> float:
    scale = options.pixel_scale or plan.pixel_scale or one_pixel_scale(taken)
    if scale is None:
        raise _no_scale()
    return scale


def _no_scale() -> InputError:
    return InputError("the pixel scale of the images", "a layout and files that say none", "give --pixel-scale ARCSEC")


def _parameters(refused: tuple[Refused, ...], options: ImportOptions) -> dict[str, Any]:
    """What the images depend on beside the source, and what was left out of it."""
    return {
        "split": dict(options.split) if options.split else None,
        "split_seed": options.seed,
        "refused": {reason: count for reason, count, _ in grouped_reasons(refused)},
    }
