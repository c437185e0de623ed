"""Small data sets in the layouts of others."""

from pathlib import Path

import numpy as np
import pytest


def counts(seed: int, shape=(8, 8)) -> np.ndarray:
    """An image of whole numbers, another for each seed."""
    return np.random.default_rng(seed).poisson(20, shape).astype(np.int64)


def save(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, pixels)


def save_with_mass(path: Path, pixels: np.ndarray, mass: float) -> None:
    """As the axion files of DeepLense are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    array = np.empty(2, object)
    array[0], array[1] = pixels, mass
    np.save(path, array, allow_pickle=True)


def make_model_i(root: Path, train: int = 10, test: int = 3) -> None:
    seed = 0
    for folder, number in (("Model_I", train), ("Model_I_test", test)):
        for name in ("axion", "cdm", "no_sub"):
            for k in range(number):
                seed += 1
                path = root / folder / name / f"{name}_{k}.npy"
                if name == "axion":
                    save_with_mass(path, counts(seed), seed * 1e-24)
                else:
                    save(path, counts(seed))


@pytest.fixture
def model_i(tmp_path) -> Path:
    """Ten images a class in Model_I, three in Model_I_test."""
    make_model_i(tmp_path / "source")
    return tmp_path / "source"
