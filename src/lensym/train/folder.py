"""The run's folder: begun with one request, and gone on with the same one only."""

from __future__ import annotations

import json
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import yaml

from lensym.atomic import is_temporary, output_errors, remove_temporaries, write_atomically
from lensym.errors import InputError, OutputError, UsageError
from lensym.simulation.recipe import Recipe
from lensym.store.lock import LOCK_NAME
from lensym.train.options import TrainOptions

CONFIG_NAME, CHECKPOINTS, MODEL = "config.yaml", "checkpoints", "model"
INPUTS_NAME, RECIPE_NAME = f"{CHECKPOINTS}/inputs.json", "recipe.yaml"
_BEGINNING = {LOCK_NAME, CHECKPOINTS, INPUTS_NAME, RECIPE_NAME}
FREE = frozenset({"device", "threads", "workers"})
"""Options that may differ when a run goes on: they say where it computes, not what."""


def is_begun(run: Path) -> bool:
    """Whether a run began here: it has its options."""
    return (run / CONFIG_NAME).is_file()


def begin_run(
    run: Path, source: dict[str, str], options: TrainOptions, inputs: dict[str, str], recipe: Recipe | None = None
) -> None:
    """Write config.yaml into a new or empty folder, and the hashes of what goes in beside the checkpoints.

    The recipe, where images are simulated, becomes recipe.yaml. The caller holds the folder's lock. What a beginning
    that was killed left is no obstacle.
    """
    with output_errors(run):
        (run / INPUTS_NAME).parent.mkdir(exist_ok=True)
    write_atomically(run / INPUTS_NAME, json.dumps(inputs, indent=1).encode())
    if recipe is not None:
        write_atomically(run / RECIPE_NAME, yaml.safe_dump(recipe.to_dict(), sort_keys=False).encode())
    config = {**source, **asdict(options)}
    write_atomically(run / CONFIG_NAME, yaml.safe_dump(config, sort_keys=False).encode())


def require_new(run: Path, resume: bool) -> None:
    """Refuse a folder with anything in it that does not come from the beginning of a run."""
    if run.exists() and not run.is_dir():
        raise OutputError("a folder for the run", f"the file {run}", "choose another RUN")
    if not run.is_dir() or all(_is_of_beginning(path, run) for path in run.rglob("*")):
        return
    if resume and not is_begun(run):
        raise InputError("a run folder to resume", f"{run} without its config.yaml", "choose the RUN of lensym train")
    remedy = "choose another RUN or --resume, from Python resume=True"
    raise OutputError("an empty folder for the run", f"{run} with files in it", remedy)


def clear_remains(run: Path) -> None:
    """Remove what a killed writer left; the caller holds the folder's lock."""
    for folder in (run, run / CHECKPOINTS, run / MODEL):
        if folder.is_dir():
            remove_temporaries(folder)


def _is_of_beginning(path: Path, run: Path) -> bool:
    return is_temporary(path) or path.relative_to(run).as_posix() in _BEGINNING


def resumed_options(run: Path, asked: TrainOptions) -> TrainOptions:
    """The options a run was begun with; an option asked for that says something else is refused."""
    former = _read(run)
    begun = TrainOptions(**{f.name: former[f.name] for f in fields(TrainOptions) if f.name in former})
    for f in fields(TrainOptions):
        wanted, stored = getattr(asked, f.name), getattr(begun, f.name)
        if f.name not in FREE and wanted not in (stored, f.default):
            raise UsageError(
                f"the option that the run was begun with (--{f.name.replace('_', '-')} {stored})",
                str(wanted),
                "leave it out, or start a new RUN",
            )
    return replace(begun, **{name: getattr(asked, name) for name in FREE})


def check_inputs(run: Path, inputs: dict[str, str]) -> None:
    """Refuse to go on with other data or other first weights than the run was begun with."""
    path = run / INPUTS_NAME
    begun = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    for name, sha256 in inputs.items():
        if begun.get(name) != sha256:
            raise UsageError(
                f"the {name} that the run was begun with (sha256 {str(begun.get(name))[:12]})",
                f"sha256 {sha256[:12]}",
                "give what the run was begun with, or start a new RUN",
            )


def _read(run: Path) -> dict[str, Any]:
    path = run / CONFIG_NAME
    content = yaml.safe_load(path.read_text("utf-8")) if path.is_file() else None
    if not isinstance(content, dict):
        raise InputError("a run folder to resume", f"{run} without its config.yaml", "choose the RUN of lensym train")
    return content
