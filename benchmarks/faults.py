"""Faults that must cost nothing: commands killed, disks that refuse, bits that flip; the count of each.

    python benchmarks/faults.py --kills 100 --out benchmarks/results/faults.json

Each command runs in a fork of this process, fails in one way, and is given again; what it made then must be, byte for
byte, what it makes without a fault.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import yaml

import lensym.apply.answers_journal
import lensym.evaluation.figures
import lensym.train.run  # imported here once, and not in each of the processes
from flips import count_flips
from kills import begin, ended, stop_after
from lensym.atomic import is_temporary, write_atomically
from lensym.cli import main as lensym
from lensym.simulation.recipe import load_recipe
from lensym.train.checkpoints import read_checkpoint
from machine import processor, versions

NOBODY = 65534
CLASSES = ("no_sub", "cdm", "axion")
FLIPS = "flips"
PARTS = ("simulate", "import", "train", "predict", FLIPS)


@dataclass(frozen=True)
class Case:
    """A command, the folder for what it makes left out, and what of that folder no fault may change."""

    name: str
    command: tuple[str, ...]
    essence: Callable[[Path], dict[str, bytes]]
    makes_folder: bool = True
    """Whether the command makes the folder itself."""

    def run(self, out: Path, before: Callable[[], None] = lambda: None) -> int:
        """Begin the command in a process of its own, which does something else before; the process's number."""

        def work() -> int:
            if not self.makes_folder:
                out.mkdir(exist_ok=True)
            before()
            return lensym([word.replace("OUT", str(out)) for word in self.command])

        return begin(work, log_of(out))


def log_of(out: Path) -> Path:
    """Where the words of a command go."""
    return out.parent / f"{out.name}.log"


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file of a data set, or the table of answers and what should not be beside it."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def weights_of(run: Path) -> dict[str, bytes]:
    """Every tensor of a run's checkpoints, the optimizer's too, and the file of its weights."""
    found = {"model": (run / "model" / "model.safetensors").read_bytes()}
    for name in ("last", "best"):
        content = read_checkpoint(run / "checkpoints" / f"{name}.ckpt")
        state = content["optimizer_states"][0]["state"]
        tensors = [*content["state_dict"].values(), *(t for part in state.values() for t in part.values())]
        found[name] = b"".join(tensor.numpy().tobytes() for tensor in tensors)
    return found


def cases(root: Path) -> list[Case]:
    """A small one of each command, and what they read."""
    recipe = root / "recipe.yaml"
    plain = load_recipe("model_1").to_dict() | {"image": {"size": 32, "pixel_scale": 0.2}}
    recipe.write_text(yaml.safe_dump(plain, sort_keys=False))
    make_source(root / "Model_I", 100)
    split = "train=.5,val=.25,test=.25"
    simulate = ("simulate", str(recipe), "--count", "40", "--split", split, "--seed", "5", "--workers", "1")
    data = root / "data"
    if lensym([*simulate[:2], str(data), *simulate[2:]]):
        raise RuntimeError("no data to train on")
    cutouts = make_cutouts(root / "cutouts", 400)
    train = ("--model", "cnn", "--epochs", "2", "--batch-size", "20", "--threads", "1", "--resume")
    return [
        Case("simulate", (*simulate[:2], "OUT", *simulate[2:], "--shard-images", "5"), files_of),
        Case("import", ("import", str(root / "Model_I"), "OUT", "--shard-images", "10"), files_of),
        Case("train", ("train", str(data), "OUT", *train), weights_of),
        Case("predict", ("predict", str(cutouts), "--out", "OUT/answers.csv", "--workers", "1"), files_of, False),
    ]


def make_source(folder: Path, count: int) -> None:
    """So many images a class in a layout that ``import`` knows."""
    rng = np.random.default_rng(0)
    for name in CLASSES:
        (folder / name).mkdir(parents=True)
        for number in range(count):
            np.save(folder / name / f"{number}.npy", rng.poisson(20, (32, 32)))


def make_cutouts(folder: Path, count: int) -> Path:
    """So many images as the packaged network takes them, of noise alone."""
    rng = np.random.default_rng(1)
    folder.mkdir()
    for number in range(count):
        np.save(folder / f"{number:03d}.npy", rng.poisson(20, (150, 150)).astype(np.uint16))
    return folder


@dataclass
class Tally:
    """Faults of one kind: how many, how many ended as they must, how many results are those without a fault."""

    faults: int = 0
    clean: int = 0
    equal: int = 0

    def add(self, clean: bool, equal: bool) -> None:
        """Count one."""
        self.faults, self.clean, self.equal = self.faults + 1, self.clean + clean, self.equal + equal


@dataclass(frozen=True)
class Bench:
    """A case, what it makes without a fault, and how long that takes in seconds."""

    case: Case
    root: Path
    reference: dict[str, bytes]
    seconds: float

    @classmethod
    def of(cls, case: Case, root: Path) -> Bench:
        """Run a case once, without a fault, after a first time that warms up."""
        for name in ("first", "whole"):
            out, start = root / f"{case.name}-{name}", time.monotonic()
            if ended(case.run(out)):
                raise RuntimeError(log_of(out).read_text())
            seconds = time.monotonic() - start
        return cls(case, root, case.essence(out), seconds)

    def finishes(self, out: Path) -> bool:
        """Give the command again without a fault, and compare; what is not as it must be is kept to be looked at."""
        good = ended(self.case.run(out)) == 0 and self.case.essence(out) == self.reference
        good = good and not any(map(is_temporary, out.rglob("*")))
        if good:
            shutil.rmtree(out)
            log_of(out).unlink()
        return good

    def fresh(self, what: str, number: int) -> Path:
        """A folder that is not there yet."""
        return self.root / f"{self.case.name}-{what}-{number}"


def kills(bench: Bench, count: int, rng: random.Random) -> Tally:
    """SIGKILL at random moments; a command that was faster than the moment is not counted."""
    tally = Tally()
    for number in range(20 * count):
        out = bench.fresh("kill", number)
        status = stop_after(bench.case.run(out), rng.uniform(0, bench.seconds))
        good = bench.finishes(out)
        if status == -signal.SIGKILL:
            tally.add(True, good)
        if tally.faults == count:
            break
    return tally


def refused_cleanly(out: Path, status: int) -> bool:
    """Whether a command that failed left one line with the reason, and no torn file under a name of its own."""
    words = log_of(out).read_text()
    return status == 1 and "Traceback" not in words and words.splitlines()[-1].startswith("lensym: error: ")


def failing_writes(bench: Bench) -> Tally:
    """The n-th write fails as on a full disk, for every n until the command gets through."""
    tally = Tally()
    for n in range(1, 10_000):
        out = bench.fresh("write", n)
        status = ended(bench.case.run(out, partial(fail_at, n)))
        clean = refused_cleanly(out, status) if status else True
        good = bench.finishes(out)
        if not status:
            return tally
        tally.add(clean, good)
    return tally


def fail_at(n: int) -> None:
    """Let the n-th write of this process fail: each ends with a sync."""
    original, calls = os.fsync, iter(range(1, 100_000))

    def fsync(descriptor: int) -> None:
        if next(calls) == n:
            raise OSError(28, os.strerror(28))
        original(descriptor)

    os.fsync = fsync  # type: ignore[assignment]


def file_limits(bench: Bench) -> Tally:
    """The system itself refuses to write beyond so many bytes of a file."""
    tally = Tally()
    largest = max(map(len, bench.reference.values()))
    for number, limit in enumerate(largest * part // 10 for part in range(1, 10)):
        out = bench.fresh("limit", number)
        status = ended(bench.case.run(out, partial(resource.setrlimit, resource.RLIMIT_FSIZE, (limit, limit))))
        tally.add(refused_cleanly(out, status), bench.finishes(out))
    return tally


def read_only(bench: Bench, rng: random.Random) -> Tally:
    """A command is killed, given again where it may not write, and given once more where it may."""
    tally = Tally()
    for number in range(10):
        out = bench.fresh("shut", number)
        stop_after(bench.case.run(out), rng.uniform(0.2, 0.9) * bench.seconds)
        out.mkdir(exist_ok=True)
        with shut(out):
            status = ended(bench.case.run(out, lambda: os.setuid(NOBODY)))
        tally.add(refused_cleanly(out, status), bench.finishes(out))
    return tally


class shut:  # noqa: N801  a context, used as a function
    """A folder and those in it that nobody but root may write to, while the context lasts."""

    def __init__(self, folder: Path) -> None:
        self.folders = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
        self.log = log_of(folder)

    def __enter__(self) -> None:
        self.log.chmod(0o666)
        for folder in self.folders:
            folder.chmod(0o555)

    def __exit__(self, *error: object) -> None:
        for folder in self.folders:
            folder.chmod(0o755)


def measure(root: Path, name: str, count: int, flips: int) -> Iterator[tuple[str, str, dict[str, int]]]:
    """(kind of fault, command or file, counts) of all that is done to one command, or to files."""
    rng = random.Random(f"2026 {name}")
    benches = {case.name: Bench.of(case, root) for case in cases(root) if name in (case.name, FLIPS)}
    if name == FLIPS:
        for file, counts in count_flips(root / "import-whole", root / "train-whole", root / "data", flips, rng):
            yield FLIPS, file, counts
        return
    bench = benches[name]
    yield "kills", name, vars(kills(bench, count, rng))
    yield "writes", name, vars(failing_writes(bench))
    yield "limits", name, vars(file_limits(bench))
    yield "read_only", name, vars(read_only(bench, rng))


def note(out: Path, what: str, name: str, counts: dict[str, int]) -> None:
    """Put counts into the file, beside what it has of others."""
    found: dict[str, Any] = json.loads(out.read_text("utf-8")) if out.exists() else {}
    processors = {*found.get("cpu", processor()).split(", "), processor()}
    found |= {
        "cpu": ", ".join(sorted(processors)),
        "versions": versions(("lensym", "lightning", "torch", "numpy", "h5py")),
    }
    found.setdefault(what, {})[name] = counts
    write_atomically(out, f"{json.dumps(found, indent=1)}\n".encode())


def main() -> int:
    """Measure, print, write; the exit code is 1 where anything is not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20, help="of each command")
    parser.add_argument("--flips", type=int, default=40, help="of each kind of file")
    parser.add_argument("--only", choices=PARTS, nargs="+", default=PARTS, help="some of the parts")
    parser.add_argument("--out", type=Path, help="JSON file for the counts")
    options = parser.parse_args()
    whole = True
    for name in options.only:
        root = Path(tempfile.mkdtemp(prefix="faults-"))
        root.chmod(0o755)
        good = True
        for what, place, counts in measure(root, name, options.kills, options.flips):
            print(what, place, counts, flush=True)
            good = good and len(set(counts.values())) == 1
            if options.out:
                note(options.out, what, place, counts)
        if good:
            shutil.rmtree(root)
        else:
            print(f"not all is as it must be: look into {root}")
        whole = whole and good
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
