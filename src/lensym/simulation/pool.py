"""Tasks over processes, which end with this one whatever ends it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, as_completed, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import Connection
from types import ModuleType
from typing import Protocol, TypeVar, runtime_checkable

from lensym.errors import OutputError

T = TypeVar("T")
R = TypeVar("R")

_LEFT_TO_PARENT = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)
"""Signals that a whole group of processes gets."""


_AHEAD = 3
"""Tasks for each worker, so that it has one to go on with while this process makes one."""


@runtime_checkable
class Executor(Protocol):
    """What carries out tasks."""

    def __call__(self, make: Callable[[T], R], tasks: Sequence[T], /) -> Generator[R, None, None]:
        """Yield ``make(task)`` of every task as they come; closing the iterator ends the work."""
        ...


def available_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run_tasks(
    make: Callable[[T], R], tasks: Sequence[T], workers: int, take_part: bool = False
) -> Generator[R, None, None]:
    """Yield ``make(task)`` of every task as they come, from this process if one worker is enough.

    ``make`` must be importable, not of the main module. Closing the iterator ends the workers. With ``take_part`` this
    process is one of the workers: for tasks that need much to be loaded, which it has loaded.

    Raises
    ------
    OutputError
        If a worker dies.
    """
    workers = min(workers, len(tasks))
    if workers <= 1:
        yield from map(make, tasks)
        return
    context = multiprocessing.get_context("spawn")
    watched, held = context.Pipe(duplex=False)
    started = workers - 1 if take_part else workers
    pool = ProcessPoolExecutor(started, context, initializer=_end_with_parent, initargs=(watched,))
    try:
        if take_part:
            yield from _shared(make, tasks, pool, _AHEAD * started)
        else:
            yield from (future.result() for future in as_completed(_submit(pool, make, tasks)))
    except BrokenProcessPool:
        raise worker_died() from None
    finally:
        held.close()
        pool.shutdown(cancel_futures=True)
        watched.close()


def _shared(make: Callable[[T], R], tasks: Sequence[T], pool: ProcessPoolExecutor, ahead: int) -> Iterator[R]:
    """Results as they come, while ``ahead`` tasks are with the workers and this process makes the next one itself.

    No task is given to the workers and taken back: a pool that breaks with such a one never says so.
    """
    waiting, given = deque(tasks), set[Future[R]]()
    while waiting or given:
        begun = [waiting.popleft() for _ in range(min(ahead - len(given), len(waiting)))]
        given.update(_submit(pool, make, begun))
        if waiting:
            yield make(waiting.popleft())
        done = {f for f in given if f.done()} if waiting else wait(given, return_when=FIRST_COMPLETED).done
        given -= done
        yield from (future.result() for future in done)


def _submit(pool: ProcessPoolExecutor, make: Callable[[T], R], tasks: Sequence[T]) -> list[Future[R]]:
    """Submit every task; at the first the workers start."""
    with starting_workers():
        return [pool.submit(make, task) for task in tasks]


@contextmanager
def starting_workers() -> Iterator[None]:
    """Let processes that are spawned meanwhile be workers of this one.

    They inherit a mask that leaves it to this process to answer Ctrl-C and what a batch system sends, and see an empty
    main module: a worker would run the caller's script again otherwise, which fails for one without a guard or from
    standard input.
    """
    former = signal.pthread_sigmask(signal.SIG_BLOCK, _LEFT_TO_PARENT)
    main, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
        signal.pthread_sigmask(signal.SIG_SETMASK, former)


def _end_with_parent(watched: Connection) -> None:
    """Let this worker end as soon as the other end of the pipe is closed, by will or by the parent's death."""

    def watch() -> None:
        watched.poll(None)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def worker_died() -> OutputError:
    """Error for work that ended with its worker."""
    return OutputError(
        "every worker process must live until its work is done",
        "a worker that died (killed, or out of memory)",
        "run the same command again to go on, with fewer workers if memory is short",
    )
