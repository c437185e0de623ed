"""Commands in processes of their own that are killed, for tests and benchmarks."""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

FAILED = 70
"""Exit status of a process whose work raised what it should not."""


def begin(work: Callable[[], int | None], log: Path) -> int:
    """Start ``work`` in a fork of this process, which has everything imported; its words go to ``log``."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    status = FAILED
    try:
        os.setpgid(0, 0)
        words = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(words, 1)
        os.dup2(words, 2)
        # a test runner has put others in the place of these
        sys.stdout, sys.stderr = (os.fdopen(number, "w", closefd=False) for number in (1, 2))
        status = work() or 0
    except BaseException:  # noqa: BLE001  whatever it is, the status tells
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def ended(pid: int) -> int:
    """Wait for a process: its exit status, or minus the number of the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def stop_after(pid: int, seconds: float, number: int = signal.SIGKILL) -> int:
    """Send a signal after some time, to a process that may have ended by itself then; what `ended` returns."""
    time.sleep(seconds)
    os.kill(pid, number)  # it is not waited for yet, so its number cannot be another's
    return ended(pid)
