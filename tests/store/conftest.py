"""A small finished data set for the tests of this room."""

from pathlib import Path

import numpy as np
import pytest

from lensym.store import Manifest, write_block, write_manifest

SPLITS = {"train": {"no_sub": 5, "cdm": 7}, "test": {"no_sub": 2, "cdm": 0}}


def pixel_values(split: str, class_name: str, start: int, count: int) -> np.ndarray:
    """Images whose every pixel tells which image it belongs to."""
    base = 1000 * list(SPLITS).index(split) + 100 * ("no_sub", "cdm").index(class_name) + start
    return np.arange(base, base + count, dtype=np.uint16)[:, None, None, None] * np.ones((1, 2, 4, 4), np.uint16)


def make_block(folder: Path, split: str, class_name: str, start: int, count: int):
    truth = {"index": np.arange(start, start + count), "x": np.linspace(0, 1, count)}
    if class_name == "cdm":
        truth["mass"] = np.full((count, 3), 1e8)
    label = ("no_sub", "cdm").index(class_name)
    return write_block(folder, split, class_name, start, pixel_values(split, class_name, start, count), label, truth)


def make_manifest(shards) -> Manifest:
    return Manifest(
        recipe="model_1",
        variant="published",
        classes=("no_sub", "cdm"),
        channels=2,
        image_size=4,
        pixel_scale=0.05,
        dtype="uint16",
        seed=3,
        splits=SPLITS,
        parameters={"lens": {"e1": 0.1}},
        lensym_version="0.1.0",
        shards=tuple(shards),
    )


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    folder = tmp_path / "set"
    folder.mkdir()
    blocks = [("train", "cdm", 4, 3), ("train", "no_sub", 0, 5), ("train", "cdm", 0, 4), ("test", "no_sub", 0, 2)]
    write_manifest(folder, make_manifest(make_block(folder, *block) for block in blocks))
    return folder
