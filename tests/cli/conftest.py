"""Commands run in this process, and files to give them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from lensym.cli import main


@dataclass(frozen=True)
class Result:
    """What a command left: its exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def error(self) -> str:
        """The one line of a command that failed; progress lines may come before it."""
        *progress, line = self.err.splitlines()
        assert line.startswith("lensym: error: ")
        assert not any(other.startswith("lensym: error:") for other in progress)
        assert "Traceback" not in self.err
        return line.removeprefix("lensym: error: ")


@pytest.fixture
def lensym(capsys) -> Callable[..., Result]:
    def run(*arguments: object) -> Result:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        return Result(code, *capsys.readouterr())

    return run


@pytest.fixture(scope="session")
def telescope_file(data_set, tmp_path_factory) -> Path:
    """A test image as FITS with WCS, PSF and noise map."""
    from lensym.simulation.fits import write_fits
    from lensym.store import DatasetFolder

    image = DatasetFolder.open(data_set).split("test").images([4])[0, 0].astype(np.float32)
    path = tmp_path_factory.mktemp("fits") / "lens [1].fits"
    write_fits(path, image, 0.2, np.ones((3, 3)) / 9, np.sqrt(image + 1))
    return path
