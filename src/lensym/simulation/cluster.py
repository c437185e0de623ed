"""Tasks over the workers of Dask distributed: those of a scheduler that runs, or of one started for the job.

The scheduler gives the tasks of a worker that died to others. Dask is an extra (``pip install 'lensym[dask]'``) and is
imported when it is used.
"""

from __future__ import annotations

import gc
import logging
import shutil
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, TypeVar

from lensym.errors import LensymError, OutputError, UsageError, require_count, unknown_name
from lensym.simulation.pool import Executor, available_cores, worker_died

if TYPE_CHECKING:
    from distributed import Client

T = TypeVar("T")
R = TypeVar("R")
Connect = Callable[[], AbstractContextManager["Client"]]

_PATIENCE = 10
"""Seconds to wait for a scheduler to answer."""

_JOB = {"cores": 1, "processes": 1, "memory": "4GB"}
"""A SLURM job where Dask's own configuration says nothing: one worker."""


def on_scheduler(address: str) -> Executor:
    """The workers of the Dask scheduler at ``address``, for instance ``tcp://host:8786``."""
    _require_package("distributed")
    return partial(_run_tasks, connect=partial(_existing, address))


def on_cluster(kind: str, workers: int | None = None) -> Executor:
    """``workers`` Dask workers of a cluster that is started for the job and ended with it.

    Parameters
    ----------
    kind
        ``local``: processes of this machine, one a core by default. ``slurm``: SLURM jobs, through dask-jobqueue, whose
        configuration (``~/.config/dask/jobqueue.yaml``) gives queue, account, memory and time.
    """
    if kind not in CLUSTERS:
        raise unknown_name("cluster", kind, CLUSTERS)
    count = None if workers is None else require_count("workers", workers)
    return partial(_run_tasks, connect=CLUSTERS[kind](count))


def _run_tasks(make: Callable[[T], R], tasks: Sequence[T], connect: Connect) -> Generator[R, None, None]:
    """Yield ``make(task)`` of every task as they come; closing the iterator takes back those that did not begin."""
    from distributed import KilledWorker, as_completed

    if not tasks:
        return
    with _quiet(), connect() as client:
        futures = client.map(partial(_attempt, make), tasks, pure=False)
        results = as_completed(futures, loop=client.loop, with_results=True)
        del futures
        try:
            for future, result in results:
                future.release()  # or a dying worker's finished tasks would be done again
                if isinstance(result, BaseException):
                    raise result if isinstance(result, LensymError) else _scheduler_gone()
                yield result
        except KilledWorker:
            raise worker_died() from None


@contextmanager
def _quiet() -> Iterator[None]:
    """Dask logs, with its traceback, what comes out as an error anyway."""
    loggers = [logging.getLogger(name) for name in ("distributed.client", "tornado.application")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _attempt(make: Callable[[T], R], task: T) -> R | LensymError:
    """A refusal travels as a result: Dask would log one that is raised, with its traceback."""
    try:
        return make(task)
    except LensymError as error:
        return error


def _scheduler_gone() -> OutputError:
    return OutputError(
        "the Dask scheduler must live until its work is done",
        "no answer from it any more",
        "start it again, then run the same command again to go on",
    )


@contextmanager
def _existing(address: str) -> Iterator[Client]:
    from distributed import Client

    reason = ""
    try:
        client = Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())
    if reason:
        gc.collect()  # a failed client closes itself when collected: in the middle of another's start it waits for ever
        remedy = "check the address, or start one with 'dask scheduler' and 'dask worker'"
        raise UsageError("a Dask scheduler that answers", f"'{address}': {reason}", remedy)
    with client:
        yield client


@contextmanager
def _local(workers: int) -> Iterator[Client]:
    from distributed import Client, LocalCluster

    quiet = {"dashboard_address": ":0", "silence_logs": logging.CRITICAL}
    with (
        LocalCluster(n_workers=workers, threads_per_worker=1, **quiet) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


@contextmanager
def _slurm(jobs: int) -> Iterator[Client]:
    import dask
    from dask_jobqueue import SLURMCluster
    from distributed import Client

    unsaid = {key: value for key, value in _JOB.items() if dask.config.get(f"jobqueue.slurm.{key}", None) is None}
    with SLURMCluster(**unsaid) as cluster, Client(cluster, set_as_default=False) as client:
        cluster.scale(jobs=jobs)
        yield client


def _start_local(workers: int | None) -> Connect:
    _require_package("distributed")
    return partial(_local, workers or available_cores())


def _start_slurm(workers: int | None) -> Connect:
    _require_package("distributed")
    _require_package("dask_jobqueue")
    if shutil.which("sbatch") is None:
        raise UsageError("the command sbatch for a SLURM cluster", "none here", "run this on a node that submits jobs")
    if workers is None:
        raise UsageError("a number of workers for a SLURM cluster, a job each", "none", "give --workers")
    return partial(_slurm, workers)


CLUSTERS: dict[str, Callable[[int | None], Connect]] = {"local": _start_local, "slurm": _start_slurm}
"""Kinds of clusters that can be started, and what starts them."""


def _require_package(name: str) -> None:
    if find_spec(name) is None:
        raise UsageError(f"the package '{name}' for work on a cluster", "none", "pip install 'lensym[dask]'")
