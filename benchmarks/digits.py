"""Rotated digits: every network of the package, and e2cnn's documented ones, trained on the same few digits.

    python benchmarks/digits.py --digits FOLDER [--out FILE] [--seeds N] [--workers N] [--only ROW SEED]

FOLDER has the MNIST test set, t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz. Of its 10 000 digits 4 500 are
to train on, 500 to choose the state by and the last 5 000 to test, so that nothing here compares with figures of the
literature's 12 000 training digits. A test digit is turned once, by a random angle; a training digit by another angle
each time that it is shown. All turns are bilinear, from the upright digit. A network made for digits may see 150 000
images or take 15 minutes of processor time on one thread, whichever ends first, and the package's other networks 30 000
or 2 minutes: so many of them would take a day otherwise; those of more than one GFLOP a digit are narrowed. A network
too slow to be tested on all digits in 10 minutes is tested on the first of them.

Each run is a process of its own, and a stopped benchmark goes on from FILE. Needed: pip install 'lensym[oracle]'.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from budget import Budget, Labelled, affordable, make_plan, train_within
from e2cnn_example import EXAMPLES
from lensym.data.module import Batch
from lensym.errors import InputError
from lensym.models.angular_ensemble import turned
from lensym.models.cost import gflop, parameters
from lensym.models.registry import available, entry
from machine import processor, versions
from model_1 import logits_in
from resumable import complete
from rows import Row, narrowed
from steerable import DIGITS, EQUAL

SIZE, CLASSES = 28, 10
FIRST_VALIDATED, FIRST_TESTED = 4500, 5000
VAL_SEED, TEST_SEED = 21, 22
BUDGET = Budget(presentations=150_000, seconds=900.0, batch=64)
SHORT = Budget(presentations=30_000, seconds=120.0, batch=64)
"""Of networks that were not made for digits."""
NARROWED = (1 / 8, 1 / 4, 1.0)
"""Widths of e2cnn's networks: in the time their own see a digit about once (C8) or only a part of them (D8)."""
HEAVY, SMALL = 1.0, 1 / 3
"""GFLOP of a digit: a network of the package above the one is narrowed to at most the other."""
TEST_SECONDS, FEWEST_TESTED = 600.0, 50
"""Processor time that the test may take, but at least for so many digits of each of the ten."""
RESULTS = Path(__file__).parent / "results" / "digits.json"
PACKAGES = ("lensym", "torch", "numpy", "lightning", "e2cnn")


class TurningDigits(Labelled):
    """Digits that are turned by a new random angle each time that they are fetched."""

    def __getitems__(self, indices: Sequence[int]) -> Batch:
        """Images (n, 1, 28, 28) and labels (n,)."""
        images, labels = super().__getitems__(indices)
        return turned(images, 2 * math.pi * torch.rand(len(images))), labels


def read(folder: Path, name: str, header: int) -> NDArray[np.uint8]:
    """Bytes of one of the two files behind its header."""
    path = folder / name
    if not path.exists():
        raise InputError(f"the file '{path}'", "nothing there", "give --digits a folder with the MNIST test set")
    return np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8, offset=header)


def digits(folder: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The upright digits (10000, 1, 28, 28) and their labels."""
    images = read(folder, "t10k-images-idx3-ubyte.gz", header=16).reshape(-1, 1, SIZE, SIZE)
    return images, read(folder, "t10k-labels-idx1-ubyte.gz", header=8).astype(np.int64)


def turned_once(images: NDArray[np.uint8], labels: NDArray[np.int64], seed: int) -> Labelled:
    """Each digit at a random angle."""
    angles = 2 * math.pi * torch.rand(len(images), generator=torch.Generator().manual_seed(seed))
    return Labelled(turned(torch.from_numpy(images.astype(np.float32)), angles).numpy(), labels)


def rows() -> tuple[Row, ...]:
    """e2cnn's networks and the ones to beat them first, then the package's."""
    examples = [Row(name, width) for width in NARROWED for name in EXAMPLES]
    made = {*DIGITS, *EXAMPLES, *EQUAL}
    families = [narrowed(Row(name), SIZE, HEAVY, SMALL) for name in available() if name not in made]
    return (*map(Row, DIGITS), *examples, *sorted(families, key=_cost))


def _cost(row: Row) -> float:
    return gflop(row.build(SIZE, CLASSES))


def run(row: Row, seed: int, folder: Path) -> dict[str, Any]:
    """Train and test one row."""
    images, labels = digits(folder)
    train = TurningDigits(images[:FIRST_VALIDATED], labels[:FIRST_VALIDATED])
    val = turned_once(images[FIRST_VALIDATED:FIRST_TESTED], labels[FIRST_VALIDATED:FIRST_TESTED], VAL_SEED)
    test = turned_once(images[FIRST_TESTED:], labels[FIRST_TESTED:], TEST_SEED)
    torch.manual_seed(seed)
    network = row.build(SIZE, CLASSES)
    plan = make_plan(network, train, val, BUDGET if row.name in (*DIGITS, *EXAMPLES) else SHORT)
    options = replace(row.options(seed), augment=False)
    network, record = train_within(network, options, train, val, plan)
    tested = min(len(test), CLASSES * affordable(network, test, TEST_SECONDS, FEWEST_TESTED))
    said = logits_in(network, torch.float32)(test.images[:tested]).argmax(1)
    return {
        **asdict(row),
        "seed": seed,
        "group": entry(row.name).group,
        "parameters": parameters(network),
        "gflop": gflop(network),
        "learning_rate": options.learning_rate,
        "batch": plan.batch,
        "images": record.images,
        "seconds": record.seconds,
        "n": tested,
        "wrong": np.flatnonzero(said != test.labels.numpy()[:tested]).tolist(),
    }


def facts() -> dict[str, Any]:
    """What all runs share."""
    return {
        "split": {"train": FIRST_VALIDATED, "val": FIRST_TESTED - FIRST_VALIDATED, "test": 10_000 - FIRST_TESTED},
        "seeds": {"val": VAL_SEED, "test": TEST_SEED},
        "budget": {"made for digits": asdict(BUDGET), "others": asdict(SHORT)},
        "cpu": processor(),
        "versions": versions(PACKAGES),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--digits", type=Path, required=True, help="folder with the MNIST test set")
    parser.add_argument("--out", type=Path, default=RESULTS, help="file for the figures")
    parser.add_argument("--seeds", type=int, default=1, help="runs of each row (default 1)")
    parser.add_argument("--only", nargs=2, metavar=("ROW", "SEED"), help="print the figures of one run")
    parser.add_argument("--workers", type=int, default=1, help="runs at once (default 1)")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.only:
        row, seed = map(json.loads, options.only)
        print(json.dumps(run(Row(**row), seed, options.digits)))
        return
    digits(options.digits)  # so that a missing file is said at once
    given = [__file__, "--digits", str(options.digits), "--only"]
    planned_rows = rows()
    planned = {
        f"{row}, seed {seed}": [*given, json.dumps(asdict(row)), str(seed)]
        for seed in range(options.seeds)
        for row in planned_rows
    }
    complete(options.out, facts(), planned, options.workers)


if __name__ == "__main__":
    main()
