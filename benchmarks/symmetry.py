"""What the symmetry layers cost: time of a training step, and memory, beside plain convolutions and e2cnn.

    python benchmarks/symmetry.py [--rounds N] [--json benchmarks/results/symmetry.json]

One thread. The two sides of a row take turns in a process of their own, and the time of each is the least of the
rounds, of processor time, so that other work on the machine changes little. Memory is what the largest moment of a
training step takes beyond the module and its input. The rows beside e2cnn need it: pip install 'lensym[oracle]'.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import re
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from lensym.symmetry import (
    FieldBatchNorm,
    FieldSequential,
    FieldType,
    Group,
    GroupConv,
    PointwiseConv,
    PointwiseNonlinearity,
    SeparableSteerableConv,
    SteerableConv,
    fold,
    regular_type,
    trivial_type,
)
from machine import processor, versions

PACKAGES = ("lensym", "torch", "numpy")
BATCH, SIZE = 8, 32
AT_LEAST = 5.0
"""Seconds of processor time that a row is measured for, however many rounds that are."""


@dataclass(frozen=True)
class Case:
    """One of our modules beside another, for maps of ``channels``, and the largest ratio of times aimed at."""

    figure: str
    what: str
    ours: Callable[[], nn.Module]
    beside: str
    other: Callable[[], nn.Module]
    channels: int
    aim: float
    size: int = SIZE
    train: bool = True
    memory: bool = False


def dense(name: str, fields: int, kernel: int, layer: type[SteerableConv | GroupConv]) -> Case:
    """A dense convolution of regular fields, and the plain one of the same channels."""
    kind = regular_type(Group.parse(name), fields)
    return Case(
        "dense",
        f"{layer.__name__}, {name}, {fields} fields, {kernel} px",
        lambda: layer(kind, kind, kernel, padding=kernel // 2),
        "the plain convolution",
        lambda: nn.Conv2d(kind.size, kind.size, kernel, padding=kernel // 2),
        kind.size,
        aim=1.05,
    )


def separable(fields: int, kernel: int) -> Case:
    """The separable block of C8, and e2cnn's dense convolution of the same fields."""
    kind = regular_type(Group.parse("C8"), fields)
    return Case(
        "separable",
        f"SeparableSteerableConv, C8, {fields} fields, {kernel} px",
        lambda: SeparableSteerableConv(kind, kind, kernel, padding=kernel // 2),
        "e2cnn, dense",
        lambda: E2cnnConv(fields, kernel),
        kind.size,
        aim=0.2,
        memory=True,
    )


def pointwise(name: str, aim: float, fields: int = 64) -> Case:
    """A pointwise convolution between irreducible parts, and one by the matrix of all channels."""
    kind = regular_type(Group.parse(name), fields)
    return Case(
        "pointwise",
        f"PointwiseConv, {name}, {fields} fields",
        lambda: PointwiseConv(kind, kind),
        "the plain convolution",
        lambda: nn.Conv2d(kind.size, kind.size, 1),
        kind.size,
        aim,
        size=SIZE // 2,
    )


def folded(name: str, fields: int) -> Case:
    """A folded network, and a plain one of the same shape."""
    kind = regular_type(Group.parse(name), fields)

    def plain() -> nn.Module:
        return nn.Sequential(
            nn.Conv2d(1, kind.size, 5, padding=2), nn.ReLU(), nn.Conv2d(kind.size, kind.size, 5, padding=2), nn.ReLU()
        )

    return Case(
        "folded",
        f"two layers, {name}, {fields} fields, 5 px",
        lambda: fold(steerable_network(kind)),
        "the plain network",
        plain,
        channels=1,
        aim=1.05,
        train=False,
    )


def steerable_network(kind: FieldType) -> FieldSequential:
    """Two convolutions with their normalisations and nonlinearities."""
    return FieldSequential(
        SteerableConv(trivial_type(kind.group, 1), kind, 5, padding=2),
        FieldBatchNorm(kind),
        PointwiseNonlinearity(kind),
        SteerableConv(kind, kind, 5, padding=2),
        FieldBatchNorm(kind),
        PointwiseNonlinearity(kind),
    )


class E2cnnConv(nn.Module):
    """e2cnn's convolution of regular fields of C8, from tensor to tensor."""

    def __init__(self, fields: int, kernel: int) -> None:
        super().__init__()
        from e2cnn import gspaces
        from e2cnn import nn as enn

        space = gspaces.Rot2dOnR2(8)
        self.kind = enn.FieldType(space, fields * [space.regular_repr])
        self.conv = enn.R2Conv(self.kind, self.kind, kernel, padding=kernel // 2)
        self.wrap = enn.GeometricTensor

    def forward(self, x: Tensor) -> Tensor:
        """Features of features."""
        return self.conv(self.wrap(x, self.kind)).tensor


CASES: tuple[Case, ...] = (
    dense("C8", 8, 5, SteerableConv),
    dense("C8", 16, 5, SteerableConv),
    dense("D4", 8, 5, SteerableConv),
    dense("D4", 8, 5, GroupConv),
    *(separable(fields, kernel) for kernel in (5, 7) for fields in (8, 16, 24)),
    pointwise("D4", aim=1 / 2.5),
    pointwise("D16", aim=1 / 6),
    folded("C8", 8),
)


def work(case: Case, module: nn.Module, batch: int = BATCH, size: int | None = None) -> Callable[[], object]:
    """A training step's gradients, or an inference, for random maps."""
    x = torch.randn(batch, case.channels, size or case.size, size or case.size, requires_grad=case.train)
    if not case.train:
        return torch.no_grad()(lambda: module.eval()(x))
    wanted, direction = [x, *module.parameters()], torch.randn_like(module(x))
    return lambda: torch.autograd.grad(module(x), wanted, direction)


def times(case: Case, rounds: int) -> tuple[float, float]:
    """Seconds of processor time of ours and the other, the least of the rounds, in turns."""
    ours, other = (work(case, build()) for build in (case.ours, case.other))
    found: list[tuple[float, float]] = []
    while len(found) < rounds or sum(map(sum, found)) < AT_LEAST:
        found.append((seconds(ours), seconds(other)))
    first, second = zip(*found, strict=True)
    return min(first), min(second)


def seconds(run: Callable[[], object]) -> float:
    """Processor time of one run."""
    start = time.process_time()
    run()
    return time.process_time() - start


def apart(index: int, what: str, rounds: int) -> Any:
    """A measurement of one case in a fresh process: ``times``, or the memory of ``ours`` or of the ``other``."""
    command = [sys.executable, __file__, "--rounds", str(rounds), "--of", str(index), what]
    # for memory: what is freed goes back at once, so that it is not taken for free the next time
    settings = {} if what == "times" else {"MALLOC_MMAP_THRESHOLD_": "65536"}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ | settings)
    return json.loads(done.stdout)


def measure_memory(case: Case, side: str) -> float:
    """Mebibytes that a training step takes, from the module and its input up to the highest moment."""
    module = getattr(case, side)()
    work(case, module, batch=1, size=8)()  # what libraries set up once
    step = work(case, module)
    Path("/proc/self/clear_refs").write_text("5")  # forget the highest moment so far
    before = resident("VmRSS")
    step()
    return (resident("VmHWM") - before) / 1024


def resident(entry: str) -> int:
    """Kibibytes of memory that this process holds, or has held at most."""
    found = re.search(rf"{entry}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) if found else 0


def row(index: int, case: Case, rounds: int) -> dict[str, Any]:
    """All figures of one case, printed as well."""
    ours, other = apart(index, "times", rounds)
    found: dict[str, Any] = {
        "figure": case.figure,
        "what": case.what,
        "beside": case.beside,
        "ours_ms": 1e3 * ours,
        "other_ms": 1e3 * other,
        "ratio": ours / other,
        "aim": case.aim,
    }
    if case.memory:
        mine, theirs = (apart(index, side, rounds) for side in ("ours", "other"))
        found |= {"ours_mib": mine, "other_mib": theirs, "memory_ratio": mine / theirs}
    mib = f"{found['ours_mib']:9.1f} {found['other_mib']:9.1f}" if case.memory else ""
    print(
        f"{case.what:46} {case.beside:22} {found['ours_ms']:9.1f} {found['other_ms']:9.1f} {found['ratio']:7.3f} "
        f"{case.aim:6.3f} {mib}",
        flush=True,
    )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--of", nargs=2, metavar=("CASE", "WHAT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    warnings.simplefilter("ignore")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    if options.of:
        case, what = CASES[int(options.of[0])], options.of[1]
        print(json.dumps(times(case, options.rounds) if what == "times" else measure_memory(case, what)))
        return
    packages = versions((*PACKAGES, *(["e2cnn"] if importlib.util.find_spec("e2cnn") else [])))
    print(f"{'':46} {'beside':22} {'ours ms':>9} {'its ms':>9} {'ratio':>7} {'aim':>6} {'ours MiB':>9} {'its MiB':>9}")
    wanted = [(i, case) for i, case in enumerate(CASES) if "e2cnn" in packages or "e2cnn" not in case.beside]
    rows = [row(index, case, options.rounds) for index, case in wanted]
    print(f"{processor()}; {', '.join(f'{name} {version}' for name, version in packages.items())}")
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        result = {"cpu": processor(), "versions": packages, "batch": BATCH, "rounds": options.rounds, "rows": rows}
        options.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
