"""``lensym doctor``."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import platform
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from lensym.cli.common import Options, Parser, Verb, print_table
from lensym.errors import LensymError

PACKAGES = ("lensym", "torch", "lightning", "numpy", "numba", "h5py", "astropy", "scikit-learn", "safetensors")
MALICIOUS = {("lightning", "2.6.2"), ("lightning", "2.6.3")}
OLDEST_TORCH, FIRST_UNCHECKED_TORCH = (2, 10), (2, 14)
LEAST_FREE = 2e9
SELF_TEST_IMAGES = 3


def _arguments(parser: Parser) -> None:
    del parser  # doctor has no options of its own


def _run(options: Options) -> int:
    checks: list[tuple[str, Callable[[], str]]] = [
        ("python", _python),
        *((name, lambda name=name: _version(name)) for name in PACKAGES),
        ("torch build", _torch_build),
        ("torchvision", _torchvision),
        ("devices", _devices),
        ("disk", _disk),
        ("weights", lambda: _weights(options.device)),
        ("self-test", lambda: _self_test(options.device)),
    ]
    rows, failed = [], False
    for name, check in checks:
        try:
            rows.append([name, "ok", check()])
        except Exception as error:  # noqa: BLE001  whatever is broken, the other checks still tell something
            failed = True
            rows.append([name, "FAILED", " ".join(str(error).split())])
    print_table(["check", "", "found"], rows)
    return 1 if failed else 0


def _python() -> str:
    return f"{platform.python_version()} on {platform.system()} {platform.machine()}"


def _version(name: str) -> str:
    version = importlib.metadata.version(name)
    if (name, version) in MALICIOUS:
        raise LensymError(
            f"a trustworthy release of {name}", f"{version}, which was malicious", "uninstall it, change your secrets"
        )
    return version


def _torch_build() -> str:
    """What torch was built for, and whether this lensym was checked with it."""
    import torch

    release = tuple(int(part) for part in torch.__version__.split("+")[0].split(".")[:2])
    if not OLDEST_TORCH <= release < FIRST_UNCHECKED_TORCH:
        low, high = (".".join(map(str, bound)) for bound in (OLDEST_TORCH, FIRST_UNCHECKED_TORCH))
        raise LensymError(
            f"torch from {low} to before {high}", torch.__version__, f"pip install 'torch>={low},<{high}'"
        )
    return f"CUDA {torch.version.cuda}" if torch.version.cuda else "for processors"


def _torchvision() -> str:
    """lensym does not need it, but torchmetrics imports it where it is installed, and one of another torch fails."""
    if importlib.util.find_spec("torchvision") is None:
        return "none, and none is needed"
    try:
        importlib.import_module("torchvision")
    except Exception as error:  # noqa: BLE001  it fails with a RuntimeError of torch's, or any other
        raise LensymError(
            "a torchvision of the same release as torch, or none",
            f"one that cannot be imported ({' '.join(str(error).split())})",
            "pip uninstall torchvision, or install the one of your torch",
        ) from None
    return importlib.metadata.version("torchvision")


def _devices() -> str:
    import torch

    gpus = [torch.cuda.get_device_name(k) for k in range(torch.cuda.device_count())]
    return f"CPU with {torch.get_num_threads()} threads" + (f", {', '.join(gpus)}" if gpus else ", no GPU")


def _disk() -> str:
    free = shutil.disk_usage(Path.cwd()).free
    if free < LEAST_FREE:
        raise LensymError("2 GB of free disk for a data set", f"{free / 1e9:.1f} GB here", "work on another disk")
    return f"{free / 1e9:.0f} GB free here"


def _weights(device: str) -> str:
    from lensym.apply.predictor import load
    from lensym.models.packaged import packaged_models

    names = packaged_models()
    if not names:
        raise LensymError("weights in the package", "none", "install lensym again")
    hashes = [f"{name} {load(name, device).config.weights_sha256[:12]}" for name in names]
    return ", ".join(hashes)


def _self_test(device: str) -> str:
    """Simulate some images of each class and classify them with the packaged network."""
    from lensym.apply.predictor import load
    from lensym.simulation.memory import simulate

    start = time.perf_counter()
    simulation = simulate("model_1", SELF_TEST_IMAGES, seed=20260101)
    answers = load("lensnet", device).predict(simulation.images).argmax(1)
    right = int((answers == simulation.labels).sum())
    total = len(simulation.labels)
    if right < 2 * total / 3:
        raise LensymError(
            f"most of {total} simulated images classified rightly", f"{right}", "install lensym and torch again"
        )
    took = time.perf_counter() - start
    return f"{right} of {total} simulated images classified rightly, in {took:.0f} s"


VERB = Verb("doctor", "Check this installation: versions, devices, disk, weights, a short self-test.", _arguments, _run)
