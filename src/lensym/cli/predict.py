"""``lensym predict``."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from lensym.cli.common import Options, Parser, Verb, csv_path, ignore, print_table, progress

if TYPE_CHECKING:
    from lensym.apply.files import FileFailure, FilePrediction


def _arguments(parser: Parser) -> None:
    parser.add_argument("file", type=str, nargs="+", help="FITS, HDF5 or .npy files, or catalogues of images")
    parser.add_argument("--model", type=str, default="lensnet", help="packaged weights or a model folder")
    parser.add_argument("--hdu", type=str, default=None, help="extension or data set, by name or number")
    parser.add_argument("--pixel-scale", type=float, default=None, help="arcsec per pixel, where the file says none")
    parser.add_argument("--center", type=str, default=None, help="where the lens is: X,Y in pixels, or auto")
    parser.add_argument("--mosaic", type=str, default=None, help="FITS file to cut the positions of a catalogue from")
    parser.add_argument("--out", type=str, default="", help="CSV file for the answers, one row an image")
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
    from lensym.apply.catalogue import listed_images, predict_images
    from lensym.apply.explanations import ExplanationFolder
    from lensym.apply.predictor import load
    from lensym.data.center import parse_center

    out, center = csv_path(options.out), parse_center(options.center)
    predictor = load(options.model, options.device)
    figures = None if options.explain is None else ExplanationFolder(predictor, Path(options.explain))
    images = listed_images(options.file)
    answers = predict_images(predictor, images, options.mosaic, options.hdu, options.pixel_scale, center, figures)
    results = []
    with progress("predict") if len(images) > 1 else nullcontext(ignore) as count:
        for done, result in enumerate(answers):
            count(done, len(images))
            _say(result, options)
            results.append(result)
    return _finish(results, out, options.json, predictor.classes)


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
    results: Sequence[FilePrediction | FileFailure], out: Path | None, as_json: bool, classes: Sequence[str]
) -> int:
    """Write or show the table of the answers; the exit code."""
    from lensym.apply.answers_table import answers_table
    from lensym.apply.files import FilePrediction
    from lensym.atomic import write_atomically

    answered = [result for result in results if isinstance(result, FilePrediction)]
    if out:
        write_atomically(out, answers_table(results, classes).encode())
        print(f"answers: {out}, {len(answered)} of {len(results)} images", file=sys.stderr)
    elif answered and not as_json:
        identified = any(result.id is not None for result in answered)
        columns = [*(["id"] if identified else []), "file", "hdu", *classes, "ood score", "label"]
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
    chances = [f"{p:.3f}" for p in result.probabilities.values()]
    answer = result.label or "none: unlike the training images"
    name = [result.id or ""] if identified else []
    return [*name, result.file, result.hdu or "", *chances, f"{result.ood_score:.2f}", answer]


VERB = Verb("predict", "Classify a telescope's files.", _arguments, _run)
