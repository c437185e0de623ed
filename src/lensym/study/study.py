"""A study carried out: data sets, runs, and the page of what came out."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from lensym import __version__
from lensym.atomic import output_errors, write_atomically
from lensym.errors import LensymError, OutputError, UsageError
from lensym.simulation.pool import Executor
from lensym.simulation.run import simulate_to_folder
from lensym.simulation.turned import turn_data_set
from lensym.store.lock import output_lock
from lensym.study.page import write_page
from lensym.study.plan import PlannedRun
from lensym.study.point import Say, kept_result
from lensym.study.processes import Launcher, Outcome, launchers_here, run_here
from lensym.study.read import read_study
from lensym.study.summary import summarise
from lensym.study.worker import TASK

STUDY = "study.yaml"


def run_study(
    path: str | Path,
    out: str | Path,
    test_seed: int = 0,
    workers: int | None = None,
    executor: Executor | None = None,
    device: str = "auto",
    say: Say = lambda line: None,
) -> dict[str, Any]:
    """Carry out the study of a YAML file in the folder ``out``, or finish what was begun there.

    Parameters
    ----------
    path
        STUDY.yaml; all of it is checked before any work.
    test_seed
        Seed of the test images, which all runs of a recipe share.
    workers
        Runs at a time: processes, or GPUs where it computes on them; None for one a core, or all GPUs.
    executor
        What carries out simulations and runs instead, as `lensym.simulation.cluster.on_scheduler`.
    device
        auto, cpu or cuda, of the runs.
    say
        Called with a line for each step.

    Returns
    -------
    The content of results.json. A run that failed has the reason in ``error``, and is tried again the next time.

    Raises
    ------
    UsageError
        If the YAML asks for something impossible.
    OutputError
        If ``out`` holds something else, or runs of the same labels with other settings.
    """
    study = read_study(path)
    folder = Path(out).resolve()
    runs = study.runs(test_seed)
    _require_same(folder, runs)
    launchers = [] if executor else launchers_here(folder, device, workers)
    if executor:
        _require_workers(executor)
    with output_lock(folder):
        write_atomically(folder / STUDY, Path(path).read_bytes())
        todo = [run for run in runs if kept_result(folder / run.folder) is None]
        errors = _make_data(folder, todo, workers, executor, say)
        ready = [run for run in todo if run.folder not in errors]
        for run in ready:
            _write_task(folder, run)
        outcomes = _carried_out(folder, ready, launchers, executor, device)
        errors |= _followed(folder, runs, ready, outcomes, say)
        kept = {run.folder: kept_result(folder / run.folder) for run in runs}
        results = {name: result for name, result in kept.items() if result is not None}
        found = summarise(study, runs, results, errors, folder)
        write_page(folder, found)
    return found


def _require_same(folder: Path, runs: Sequence[PlannedRun]) -> None:
    """Refuse a folder of something else, and a run that was begun with other settings."""
    if folder.exists() and not folder.is_dir():
        raise OutputError("a folder for the study", f"the file '{folder}'", "choose another OUT")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / STUDY).is_file():
        raise OutputError("a new or empty folder, or that of a study", f"'{folder}' with files", "choose another OUT")
    for run in runs:
        path = folder / run.folder / TASK
        if not path.is_file():
            continue
        begun, wanted = json.loads(path.read_text("utf-8"))["asked"], json.loads(json.dumps(run.asked()))
        for key in wanted:
            if begun.get(key) != wanted[key]:
                before, after = _difference(begun.get(key), wanted[key])
                raise OutputError(
                    f"the {key} that the run '{run.name}' was begun with ({before})",
                    after,
                    "give the changed entry another label, or choose another OUT",
                )


def _difference(begun: Any, wanted: Any) -> tuple[str, str]:
    """Two values in few words: of mappings, what differs."""
    if isinstance(begun, dict) and isinstance(wanted, dict):
        key = next(key for key in {**begun, **wanted} if begun.get(key) != wanted.get(key))
        before, after = _difference(begun.get(key), wanted.get(key))
        return f"{key}: {before}", f"{key}: {after}"
    return str(begun), str(wanted)


def _require_workers(executor: Executor) -> None:
    """Ask the cluster for something, so that an address at which there is none is refused before any work."""
    with closing(executor(_nothing, [None])) as answers:
        if list(answers) != [None]:
            raise UsageError("a cluster that answers", "another answer", "check its workers")


def _nothing(task: None) -> None:
    return task


def _make_data(
    folder: Path, runs: Sequence[PlannedRun], workers: int | None, executor: Executor | None, say: Say
) -> dict[str, str]:
    """Simulate what the runs need, each data set once; the reasons of runs whose images cannot be made."""
    reasons: dict[str, str] = {}  # by data set; empty where it is there
    errors: dict[str, str] = {}
    for run in runs:
        names = [*(run.test_data(test) for test in run.tests.names), run.data]
        for name in names:
            if name not in reasons:
                say(f"images: {name.removeprefix('data/')}")
                reasons[name] = _make(folder, name, run, workers, executor)
        if reason := next((reasons[name] for name in names if reasons[name]), ""):
            errors[run.folder] = reason
    return errors


def _make(folder: Path, name: str, run: PlannedRun, workers: int | None, executor: Executor | None) -> str:
    """Make one data set, or finish it; the reason where that failed, else empty."""
    recipe, place, tests = run.recipe.recipe, folder / name, run.tests
    total = run.size + run.val
    split = {"train": run.size / total, "val": run.val / total}
    try:
        if name == run.data:
            simulate_to_folder(recipe, place, total, split, run.seed, workers, executor=executor)
        elif name == run.test_data("upright"):
            simulate_to_folder(recipe, place, tests.count, {"test": 1.0}, tests.seed, workers, executor=executor)
        else:
            turn_data_set(folder / run.test_data("upright"), place, workers, executor=executor)
    except LensymError as error:
        return str(error)
    return ""


def _write_task(folder: Path, run: PlannedRun) -> None:
    place = folder / run.folder
    with output_errors(place):
        place.mkdir(parents=True, exist_ok=True)
    write_atomically(place / TASK, (json.dumps(run.task(__version__), indent=1) + "\n").encode())


def _carried_out(
    folder: Path, runs: Sequence[PlannedRun], launchers: Sequence[Launcher], executor: Executor | None, device: str
) -> Generator[Outcome, None, None]:
    names = [run.folder for run in runs]
    return run_here(launchers, names) if executor is None else executor(Launcher(folder, device), names)


def _followed(
    folder: Path,
    runs: Sequence[PlannedRun],
    todo: Sequence[PlannedRun],
    outcomes: Generator[Outcome, None, None],
    say: Say,
) -> dict[str, str]:
    """Say how each run ended; the reasons of those that failed."""
    names, errors = {run.folder: run.name for run in runs}, {}
    done = len(runs) - len(todo)
    if done:
        say(f"{done} of {len(runs)} runs are done already")
    with closing(outcomes) as ended:
        for k, outcome in enumerate(ended, start=done + 1):
            result = kept_result(folder / outcome.folder)
            if result is None:
                errors[outcome.folder] = outcome.error or "no result"
            said = f"failed: {errors[outcome.folder]}" if result is None else _auc_words(result)
            say(f"{k} of {len(runs)}: {names[outcome.folder]}: {said}")
    return errors


def _auc_words(result: Mapping[str, Any]) -> str:
    return ", ".join(f"{test} {found['macro_auc']:.4f}" for test, found in result["tests"].items())
