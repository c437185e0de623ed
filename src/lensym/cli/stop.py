"""Signals by which a batch system ends a job: answered as Ctrl-C is."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

EXIT_CODE = 75
"""Of a command that was stopped and can go on: EX_TEMPFAIL of sysexits.h."""

SIGNALS = (signal.SIGTERM, signal.SIGUSR1)


class Stopped(KeyboardInterrupt):
    """A stop by a signal, whose name it bears."""


@contextmanager
def signals_stop() -> Iterator[None]:
    """While the context lasts, each of SIGNALS raises `Stopped` in the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = {number: signal.signal(number, _stop) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def stopped_in_words(stop: KeyboardInterrupt) -> str:
    """What a user is told.

    >>> stopped_in_words(Stopped("SIGTERM"))
    'stopped by SIGTERM; what is finished is kept, and the same command goes on (train: with --resume)'
    """
    by = f"by {stop}" if isinstance(stop, Stopped) else "from the keyboard"
    return f"stopped {by}; what is finished is kept, and the same command goes on (train: with --resume)"


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped(signal.Signals(number).name)
