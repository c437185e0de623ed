"""Runs in processes of their own: one that fails, or is killed, leaves the others alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lensym.models.device import resolve_device
from lensym.simulation.pool import available_cores
from lensym.study.worker import TASK

LOG = "log.txt"
_POLL = 0.1
"""Seconds between looks at the processes."""


@dataclass(frozen=True)
class Outcome:
    """How a run ended: ``error`` is the reason where it failed, else empty."""

    folder: str
    error: str = ""


@dataclass(frozen=True)
class Launcher:
    """Starts the process of a run; called, it waits for its end, as a worker of a cluster does.

    Parameters
    ----------
    out
        Folder of the study, as an absolute path.
    device
        auto, cpu or cuda.
    """

    out: Path
    device: str
    environment: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, folder: str) -> Outcome:
        """Carry out the run in ``folder`` (relative to the study's)."""
        if not (self.out / folder / TASK).is_file():
            return Outcome(folder, f"'{self.out}' is not seen by every worker: choose a folder on a shared disk")
        process = self.start(folder)
        try:
            process.wait()
        finally:
            end(process)
        return self.outcome(folder, process)

    def command(self, place: Path) -> list[str]:
        """What is started for the run in the folder ``place``."""
        return [sys.executable, "-m", "lensym.study.worker", str(self.out), str(place), self.device]

    def start(self, folder: str) -> subprocess.Popen[bytes]:
        """The process, begun."""
        place = self.out / folder
        environment = {**os.environ, "OMP_NUM_THREADS": "1", **self.environment}
        with (place / LOG).open("wb") as log:
            # a session of its own: Ctrl-C is answered by the parent, with whose end of the pipe the child ends
            return subprocess.Popen(
                self.command(place),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=environment,
                start_new_session=True,
            )

    def outcome(self, folder: str, process: subprocess.Popen[bytes]) -> Outcome:
        """How a process that ended did so."""
        log = self.out / folder / LOG
        if process.returncode == 0:
            log.unlink(missing_ok=True)
            return Outcome(folder)
        if process.returncode == -signal.SIGKILL:
            return Outcome(folder, "ended by signal 9 (killed, or out of memory)")
        lines = log.read_text("utf-8", errors="replace").split("\n")
        said = [line.strip() for line in lines if line.strip()]
        return Outcome(folder, said[-1] if said else f"ended with code {process.returncode}")


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process that may run still, and close its pipe; what it finished is kept."""
    process.kill()
    process.wait()
    if process.stdin:
        process.stdin.close()


def run_here(launchers: Sequence[Launcher], folders: Sequence[str]) -> Generator[Outcome, None, None]:
    """Yield how each run ended, as they end; at most one at a time for each launcher. Closing it ends them all."""
    waiting, free = deque(folders), list(launchers)
    running: list[tuple[subprocess.Popen[bytes], str, Launcher]] = []
    try:
        while waiting or running:
            while waiting and free:
                launcher, folder = free.pop(0), waiting.popleft()
                running.append((launcher.start(folder), folder, launcher))
            time.sleep(_POLL)
            for entry in [entry for entry in running if entry[0].poll() is not None]:
                process, folder, launcher = entry
                running.remove(entry)
                end(process)
                free.append(launcher)
                yield launcher.outcome(folder, process)
    finally:
        for process, _, _ in running:
            end(process)


def launchers_here(out: Path, device: str, workers: int | None) -> list[Launcher]:
    """One for each GPU where it computes on GPUs, else one for each core, at most ``workers``."""
    if resolve_device(device).type == "cuda":
        visible = [{"CUDA_VISIBLE_DEVICES": name} for name in _visible_gpus()]
        return [Launcher(out, "cuda", chosen) for chosen in visible[:workers]]
    return [Launcher(out, "cpu")] * (workers or available_cores())


def _visible_gpus() -> list[str]:
    """Names of the GPUs that this process may use, as CUDA_VISIBLE_DEVICES has them."""
    import torch

    named = [name.strip() for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name.strip()]
    return named or [str(k) for k in range(torch.cuda.device_count())]
