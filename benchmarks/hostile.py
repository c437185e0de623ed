"""Hostile files, given to the command that would read them: what each was answered, in what time and memory.

    python benchmarks/hostile.py [--out benchmarks/results/hostile.json] [--every N]

Each command runs in a fork of this process, which has everything imported, in a folder of its own. A file that wants to
run code tries to leave a mark there; whatever else appears beside the file and the command's own output counts as well.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import lensym.data.importing.run  # imported here once, and not in each of the processes
import lensym.train.run
from hostile_files import Hostile, corpus
from kills import begin, ended
from lensym.atomic import write_atomically
from lensym.cli import main as lensym
from machine import processor, versions

SECONDS, MEBIBYTES = 2.0, 200.0
"""What a refusal may take."""


@dataclass(frozen=True)
class Outcome:
    """What became of one: the exit status, what it said, seconds, mebibytes more than before, and strange files."""

    status: int
    said: str
    seconds: float
    mebibytes: float
    strange: list[str]

    def faults(self) -> list[str]:
        """Everything that is not as it must be."""
        lines = [line for line in self.said.splitlines() if line.strip()]
        wrong = {
            f"exit status {self.status}": self.status not in (1, 2),
            "no error line": not lines or not lines[-1].startswith("lensym: error: "),
            "more than that": any("rror" in line for line in lines[:-1]) or "unexpected" in self.said,
            f"{self.seconds:.1f} s": self.seconds > SECONDS,
            f"{self.mebibytes:.0f} MiB": self.mebibytes > MEBIBYTES,
            f"left {self.strange}": bool(self.strange),
        }
        return [words for words, is_so in wrong.items() if is_so]


def given(hostile: Hostile, root: Path) -> Outcome:
    """Give a file to its command, in a new folder."""
    home = Path(tempfile.mkdtemp(dir=root))
    path, log = home / hostile.name, root / f"{home.name}.log"
    hostile.write(path)
    before = {p.relative_to(home) for p in home.rglob("*")}
    words = [{"FILE": str(path), "OUT": str(home / "out")}.get(word, word) for word in hostile.command]
    figures = root / f"{home.name}.json"

    def work() -> int:
        os.chdir(home)
        start, least = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        code = lensym(words)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - least) / 1024
        figures.write_text(json.dumps([time.monotonic() - start, grown]))
        return code

    status = ended(begin(work, log))
    seconds, mebibytes = json.loads(figures.read_text()) if figures.exists() else (float("inf"), float("inf"))
    strange = sorted(str(p) for p in ({q.relative_to(home) for q in home.rglob("*")} - before) if p.parts[0] != "out")
    said = log.read_text("utf-8", "replace") if log.exists() else ""
    return Outcome(status, said, seconds, mebibytes, strange)


def measure(files: list[Hostile], root: Path) -> Iterator[tuple[Hostile, Outcome]]:
    """Each file and what became of it."""
    for hostile in files:
        yield hostile, given(hostile, root)


def main() -> int:
    """Measure, print, write; the exit code is 1 where anything is not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="JSON file for the counts")
    parser.add_argument("--every", type=int, default=1, help="take only every so manieth file")
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    slowest, largest = 0.0, 0.0
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
        for hostile, outcome in measure(corpus()[:: options.every], Path(folder)):
            counts[hostile.kind] += 1
            refused[hostile.kind] += not outcome.faults()
            slowest, largest = max(slowest, outcome.seconds), max(largest, outcome.mebibytes)
            if outcome.faults():
                print(f"{hostile.kind}: {hostile.name}: {', '.join(outcome.faults())}: {outcome.said.strip()[-300:]}")
    found = {
        "cpu": processor(),
        "versions": versions(("lensym", "numpy", "astropy", "h5py", "safetensors", "PyYAML")),
        "files": dict(counts),
        "refused": dict(refused),
        "slowest_s": slowest,
        "largest_mib": largest,
    }
    print(json.dumps({key: found[key] for key in ("files", "refused", "slowest_s", "largest_mib")}, indent=1))
    if options.out:
        write_atomically(options.out, f"{json.dumps(found, indent=1)}\n".encode())
    return 0 if counts == refused else 1


if __name__ == "__main__":
    sys.exit(main())
