"""A benchmark of many runs: each in a process of its own, all figures in one file, to go on from when stopped."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from lensym.atomic import write_atomically


def complete(out: Path, facts: Mapping[str, Any], planned: Mapping[str, Sequence[str]], workers: int = 1) -> None:
    """Run what ``out`` does not have yet, or has only as an error, and write it after each run.

    ``planned`` has the Python command of each run, which prints the run's figures as JSON, by the run's name. So many
    runs go on at once as there are ``workers``.
    """
    runs: dict[str, Any] = json.loads(out.read_text("utf-8"))["runs"] if out.exists() else {}
    missing = {name: command for name, command in planned.items() if "error" in runs.get(name, {"error": "not done"})}
    pool = ThreadPoolExecutor(workers)
    try:
        names = {pool.submit(apart, command): name for name, command in missing.items()}
        for done in as_completed(names):
            name = names[done]
            runs[name] = done.result()
            text = json.dumps({**facts, "runs": runs}, indent=1, ensure_ascii=False)
            write_atomically(out, f"{text}\n".encode())
            print(name, runs[name].get("error", "done"), flush=True)
    finally:
        pool.shutdown(cancel_futures=True)  # so that a stopped benchmark does not begin the others


def apart(command: Sequence[str]) -> dict[str, Any]:
    """Figures of one run, on one thread; where it fails, the last line that it said."""
    threads = {"OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, env=os.environ | threads)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [""])[-1]
        return {"error": last or f"exit status {done.returncode}"}
    found: dict[str, Any] = json.loads(done.stdout)
    return found
