"""A small untrained network with a fitted shift detector, and images for it."""

from pathlib import Path

import numpy as np
import pytest
import torch

from lensym.apply.predictor import load
from lensym.conventions import CLASSES
from lensym.models.checkpoint import build_model, save_model
from lensym.models.model_config import ModelConfig
from lensym.store import Manifest, ShardRecord, write_manifest, write_shard

SIZE = 32
SCALE = 0.1


def rings(count: int, seed: int, size: int = SIZE) -> np.ndarray:
    """Noisy rings about the middle, (count, 1, size, size) counts."""
    rng = np.random.default_rng(seed)
    axis = np.arange(size) - (size - 1) / 2
    radius = np.hypot(axis, axis[:, None])
    model = 200 * np.exp(-0.5 * ((radius - rng.uniform(7, 9, (count, 1, 1))) / 1.5) ** 2)
    return rng.poisson(model + rng.uniform(0, 2, model.shape))[:, None].astype(np.uint16)


def save(folder: Path, seed: int | None = None, **splits: np.ndarray) -> Path:
    """A data set of the images of each split, (3 n, 1, SIZE, SIZE), n of a class after those of the one before."""
    folder.mkdir()
    records = []
    for split, images in splits.items():
        each = len(images) // len(CLASSES)
        for k, name in enumerate(CLASSES):
            path = folder / f"{split}-{name}.h5"
            part = images[k * each : (k + 1) * each]
            digest = write_shard(path, part, np.full(each, k, np.uint8), {"x": np.zeros(each)})
            records.append(ShardRecord(path.name, split, name, 0, each, path.stat().st_size, digest))
    dtype = next(iter(splits.values())).dtype.name
    counts = {split: dict.fromkeys(CLASSES, len(images) // len(CLASSES)) for split, images in splits.items()}
    shape = (1, SIZE, SCALE, dtype, seed, counts, {}, "0", tuple(records))
    write_manifest(folder, Manifest("elsewhere", "x", CLASSES, *shape))
    return folder


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = build_model("lensnet", SIZE, 1, 3)
    images = torch.from_numpy(rings(120, 1).astype(np.float32))
    labels = torch.arange(120) % 3
    with torch.no_grad():
        model.network.train()(images[:32])  # running statistics
        features = model.eval().network.features(images)
        profiles = model.shift.profile(images)
        model.shift.fit(features[:80], profiles[:80], labels[:80])
        model.shift.calibrate(features[80:], profiles[80:])
    path = tmp_path_factory.mktemp("models") / "rings"
    save_model(model, ModelConfig("lensnet", "D4", CLASSES, SIZE, 1, SCALE, temperature=1.7), path, "# rings\n")
    return path


@pytest.fixture(scope="session")
def predictor(folder):
    return load(folder)
