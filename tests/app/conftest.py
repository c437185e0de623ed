"""Tiny models of other tasks, and a vortex as an upload."""

from pathlib import Path

import pytest

from lensym.app.networks import NETWORK, network
from lensym.app.simulator import simulated
from lensym.app.upload import Upload
from lensym.data.readers import Frame
from lensym.train.options import TrainOptions
from lensym.train.run import train


def trained(data_set, folder, **options) -> str:
    """A model folder after one short epoch."""
    train(data_set, folder, TrainOptions(width=0.25, epochs=1, batch_size=20, threads=1, workers=0, **options))
    return str(folder / "model")


@pytest.fixture(scope="session")
def anomaly_model(data_set, tmp_path_factory) -> str:
    return trained(data_set, tmp_path_factory.mktemp("app") / "anomaly", task="anomaly")


@pytest.fixture(scope="session")
def mass_model(data_set, tmp_path_factory) -> str:
    return trained(data_set, tmp_path_factory.mktemp("app") / "mass", task="regress", model="cnn")


@pytest.fixture(scope="session")
def angle_model(data_set, tmp_path_factory) -> str:
    return trained(data_set, tmp_path_factory.mktemp("app") / "angle", task="regress", target="vortex_angle")


def upload_of(kind: str) -> Upload:
    """A simulated lens of a kind."""
    pixels = simulated(kind, 12.0, 0.05, 0.25, 0.1, 0.05, 1.0, 7)
    return Upload(Frame(pixels, network(NETWORK).pixel_scale, None, Path("the example"), "npy"), (), None)
