"""``lensym predict``."""

from __future__ import annotations

import glob
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lensym.cli.common import Options, Parser, Verb, ignore, out_path, print_table, progress
from lensym.errors import UsageError, require_count

if TYPE_CHECKING:
    from lensym.apply.catalogue import Images, Reading
    from lensym.apply.files import FileFailure, FilePrediction
    from lensym.apply.predictor import Predictor
    from lensym.simulation.pool import Executor


def _arguments(parser: Parser) -> None:
    parser.add_argument("file", type=str, nargs="+", help="FITS, HDF5 or .npy files, folders, patterns or catalogues")
    parser.add_argument("--model", type=str, default="", help="packaged weights or a model folder; lensnet or --task's")
    parser.add_argument("--task", type=str, default="", help="classify, regress or anomaly: what the model must answer")
    parser.add_argument("--hdu", type=str, default=None, help="extension or data set, by name or number")
    parser.add_argument("--pixel-scale", type=float, default=None, help="arcsec per pixel, where the file says none")
    parser.add_argument("--center", type=str, default=None, help="where the lens is: X,Y in pixels, auto or fit")
    parser.add_argument("--mosaic", type=str, default=None, help="FITS file to cut the positions of a catalogue from")
    parser.add_argument("--out", type=str, default="", help="file for the answers: NAME.csv, .parquet or .vot")
    parser.add_argument("--workers", type=int, default=0, help="processes; 0: one a core where that is faster")
    parser.add_argument("--scheduler", type=str, default="", help="address of a Dask scheduler whose workers do it")
    parser.add_argument(
        "--explain",
        type=str,
        nargs="?",
        const="explanations",
        default=None,
        metavar="DIR",
        help="new folder for a figure an image of what the network looked at (explanations)",
    )
    parser.add_argument("--json", action="store_true", help="a JSON object a line")


def _run(options: Options) -> int:
    from lensym.apply.answers_table import WRITERS, require_replaceable, require_writer
    from lensym.apply.catalogue import Reading
    from lensym.apply.fitted_center import require_finder
    from lensym.apply.listing import as_seen_from_anywhere, listed_images
    from lensym.apply.predictor import load
    from lensym.data.center import ByFit, parse_center
    from lensym.models.packaged import usual_model

    out = out_path(options.out, *WRITERS)
    if out:
        require_writer(out.suffix.lower())
        require_replaceable(out, _inputs(options))
    reading = Reading(options.mosaic, options.hdu, options.pixel_scale, parse_center(options.center))
    model = options.model or usual_model(options.task or "classify")
    images = listed_images(options.file)
    if options.scheduler:  # its workers run in other folders
        reading = replace(reading, mosaic=options.mosaic and Path(options.mosaic).absolute())
        model, images = _from_anywhere(model), as_seen_from_anywhere(images)
    predictor = load(model, options.device)
    if isinstance(reading.center, ByFit):
        require_finder(predictor.config, predictor.name)
    if options.task:
        predictor.require_task(options.task)
    if options.explain is not None:
        return _explain(predictor, images, reading, out, options)
    return _answer(predictor, images, reading, out, options)


def _inputs(options: Options) -> Iterator[Path]:
    """The files that were given, each of a pattern's too."""
    for given in (*options.file, *([options.mosaic] if options.mosaic else [])):
        yield Path(given)
        yield from map(Path, glob.glob(given, recursive=True))  # noqa: PTH207  that of Path takes no absolute pattern


def _from_anywhere(model: str) -> str:
    """A model as workers in other folders find it: packaged ones by their name."""
    from lensym.models.packaged import packaged_models

    return model if model in packaged_models() else str(Path(model).absolute())


def _explain(predictor: Predictor, images: Images, reading: Reading, out: Path | None, options: Options) -> int:
    """Answer in this process, with a figure for each image."""
    from lensym.apply.catalogue import predict_images
    from lensym.apply.explanations import ExplanationFolder

    _require_alone(options, "--explain")
    answers = predict_images(predictor, images, reading, ExplanationFolder(predictor, Path(options.explain)))
    results = []
    with _counting(images) as count:
        for result in answers:
            _say(result, options)
            results.append(result)
            count(len(results), len(images))
    return _finish(results, out, options.json, predictor.columns)


def _answer(predictor: Predictor, images: Images, reading: Reading, out: Path | None, options: Options) -> int:
    """Answer part by part, in whatever process, and keep with ``--out`` what is answered."""
    from lensym.apply.answers_journal import AnswersJournal, asked
    from lensym.apply.batch import PartAnswerer, in_order, parts_of
    from lensym.apply.catalogue import require_mosaic

    require_mosaic(images, reading.mosaic)
    execute, answerer = _executor(options, images), PartAnswerer.like(predictor, reading)
    with ExitStack() as open_:
        journal = open_.enter_context(AnswersJournal(out, asked(images, answerer))) if out else None
        waiting = parts_of(images, journal.starts if journal else ())
        done = len(images) - sum(len(part.images) for part in waiting)
        count = open_.enter_context(_counting(images))
        count(done, len(images))
        parts = open_.enter_context(closing(execute(answerer, waiting)))
        results: list[FilePrediction | FileFailure] = []
        for part in parts if journal else in_order(parts, waiting):
            for result in part.results:
                _say(result, options)
            done += len(part.results)
            count(done, len(images))
            if journal:
                journal.note(part)
            else:
                results.extend(part.results)
        code = _finish(journal.results() if journal else results, out, options.json, predictor.columns)
        if journal:
            journal.remove()
    return code


def _executor(options: Options, images: Images) -> Executor:
    from lensym.apply.batch import on_this_machine

    if options.scheduler:
        from lensym.simulation.cluster import on_scheduler

        if options.workers:
            raise UsageError("--scheduler alone: it has workers of its own", "--workers beside it", "leave one out")
        return on_scheduler(options.scheduler)
    if options.workers:
        require_count("workers", options.workers)
    return on_this_machine(len(images), options.workers)


def _require_alone(options: Options, option: str) -> None:
    for name in ("workers", "scheduler"):
        if getattr(options, name):
            raise UsageError(f"{option} without --{name}: figures are drawn in one process", "both", "leave one out")


def _counting(images: Images) -> AbstractContextManager[Callable[[int, int], None]]:
    return progress("predict") if len(images) > 1 else nullcontext(ignore)


def _say(result: FilePrediction | FileFailure, options: Options) -> None:
    """What is said of one image as soon as it is answered."""
    from lensym.apply.files import FileFailure

    if isinstance(result, FileFailure):
        _complain(result, options.debug)
        return
    if options.json:
        print(json.dumps(result.to_dict(), ensure_ascii=False, allow_nan=False), flush=True)
    elif not options.out:
        _remark(result)


def _finish(
    results: Sequence[FilePrediction | FileFailure], out: Path | None, as_json: bool, names: Sequence[str]
) -> int:
    """Write or show the table of the answers; the exit code."""
    from lensym.apply.answers_table import table_bytes
    from lensym.apply.files import FilePrediction
    from lensym.atomic import write_atomically

    answered = [result for result in results if isinstance(result, FilePrediction)]
    if out:
        write_atomically(out, table_bytes(results, names, out.suffix.lower()))
        print(f"answers: {out}, {len(answered)} of {len(results)} images", file=sys.stderr)
    elif answered and not as_json:
        identified = any(result.id is not None for result in answered)
        columns = [*(["id"] if identified else []), "file", "hdu", *names, "ood score", "label"]
        print_table(columns, [_row(result, identified) for result in answered])
    _remark_on_known_lenses(answered)
    return max((result.error.exit_code for result in results if not isinstance(result, FilePrediction)), default=0)


def _remark_on_known_lenses(answered: Sequence[FilePrediction]) -> None:
    from lensym.data.known_lenses import INSTALL, catalogue_installed

    if any(result.ra is not None for result in answered) and not catalogue_installed():
        print(
            f"note: known lenses at these positions are not named without their catalogue: {INSTALL}", file=sys.stderr
        )


def _complain(failure: FileFailure, debug: bool) -> None:
    """Say why there is no answer on an image."""
    if debug:
        raise failure.error
    row = f"'{failure.id}': " if failure.id is not None else ""
    print(f"lensym: error: {row}{failure.error}", file=sys.stderr)


def _remark(result: FilePrediction) -> None:
    """What was done to the image, the reasons to doubt the answer, and where it is explained."""
    name = result.file if result.id is None else result.id
    figure = [f"explanation: {result.explanation}"] if result.explanation else []
    for line in (*result.steps, *(f"warning: {w}" for w in result.warnings), *figure):
        print(f"{name}: {line}", file=sys.stderr)


def _row(result: FilePrediction, identified: bool) -> list[str]:
    chances = [f"{p:.3f}" for p in result.numbers]
    unlike = "none: unlike the training images" if result.probabilities else "unlike the training images"
    answer = result.label or (unlike if result.ood_score > 1 else "none" if result.probabilities else "")
    name = [result.id or ""] if identified else []
    return [*name, result.file, result.hdu or "", *chances, f"{result.ood_score:.2f}", answer]


VERB = Verb("predict", "Classify a telescope's files.", _arguments, _run)
