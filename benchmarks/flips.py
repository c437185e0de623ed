"""One flipped bit in a file of a data set or a model: is it named, and refused by every command that reads the file?"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from lensym.apply.assess import evaluate
from lensym.apply.predictor import load
from lensym.cli.info import describe
from lensym.errors import LensymError
from lensym.train.checkpoints import read_checkpoint
from lensym.train.options import TrainOptions
from lensym.train.run import train

Command = Callable[[], object]


def count_flips(
    imported: Path, run: Path, data: Path, flips: int, rng: random.Random
) -> Iterator[tuple[str, dict[str, int]]]:
    """(file, counts) of each kind of file: bits flipped, named by ``info --verify``, refused by the other commands."""
    work = run.with_name("flips")
    model = run / "model"
    for name in ("manifest.json", "sources.csv", "train-cdm-000000.h5"):
        yield name, _count(imported / name, flips, rng, lambda: describe(str(imported), True), _on_data(imported, work))
    for name in ("model.safetensors", "config.json"):
        commands = [lambda: load(model), lambda: evaluate(model, data)]
        yield name, _count(model / name, flips, rng, lambda: describe(str(model), True), commands)
    for name in ("last.ckpt", "best.ckpt"):
        read = partial(read_checkpoint, run / "checkpoints" / name)
        yield name, _count(run / "checkpoints" / name, flips, rng, read, [read])  # as train --resume does


def _on_data(data: Path, work: Path) -> list[Command]:
    return [lambda: train(data, work, TrainOptions(model="cnn", epochs=1)), lambda: evaluate("cnn", data)]


def _count(path: Path, flips: int, rng: random.Random, verify: Command, commands: list[Command]) -> dict[str, int]:
    """Flip a bit in each of so many equal parts of a file, one at a time."""
    original = path.read_bytes()
    counts = {"flips": 0, "named": 0, "refused": 0}
    try:
        for part in range(flips):
            place = (part * len(original) + rng.randrange(len(original))) // flips
            content = bytearray(original)
            content[place] ^= 1 << rng.randrange(8)
            path.write_bytes(content)
            counts["flips"] += 1
            counts["named"] += path.name in _error(verify)
            counts["refused"] += all(map(_error, commands))
    finally:
        path.write_bytes(original)
    return counts


def _error(command: Command) -> str:
    """What a command is refused with; empty where it is not."""
    try:
        command()
    except LensymError as error:
        return str(error)
    return ""
