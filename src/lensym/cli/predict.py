"""``lensym predict``."""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING

from lensym.cli.common import Options, Parser, Verb, ignore, print_table, progress

if TYPE_CHECKING:
    from lensym.apply.files import FileFailure, FilePrediction


def _arguments(parser: Parser) -> None:
    parser.add_argument("file", type=str, nargs="+", help="FITS, HDF5 or .npy files")
    parser.add_argument("--model", type=str, default="lensnet", help="packaged weights or a model folder")
    parser.add_argument("--hdu", type=str, default=None, help="extension or data set, by name or number")
    parser.add_argument("--pixel-scale", type=float, default=None, help="arcsec per pixel, where the file says none")
    parser.add_argument("--center", type=str, default=None, help="where the lens is: X,Y in pixels, or auto")
    parser.add_argument("--json", action="store_true", help="a JSON object a line")


def _run(options: Options) -> int:
    from lensym.apply.files import FileFailure, predict_files
    from lensym.apply.predictor import load
    from lensym.data.center import parse_center

    predictor = load(options.model, options.device)
    center = parse_center(options.center)
    code, rows, total = 0, [], len(options.file)
    results = predict_files(predictor, options.file, options.hdu, options.pixel_scale, center)
    with progress("predict") if total > 1 else nullcontext(ignore) as count:
        for done, result in enumerate(results):
            count(done, total)
            if isinstance(result, FileFailure):
                code = max(code, _complain(result, options.debug))
            elif options.json:
                print(json.dumps(result.to_dict(), ensure_ascii=False, allow_nan=False), flush=True)
            else:
                rows.append(_row(result))
                _explain(result)
    if rows:
        print_table(["file", "hdu", *predictor.classes, "ood score", "label"], rows)
    return code


def _complain(failure: FileFailure, debug: bool) -> int:
    """Say why there is no answer on a file; the exit code."""
    if debug:
        raise failure.error
    print(f"lensym: error: {failure.error}", file=sys.stderr)
    return failure.error.exit_code


def _explain(result: FilePrediction) -> None:
    """What was done to the image, and the reasons to doubt the answer."""
    for line in (*result.steps, *(f"warning: {w}" for w in result.warnings)):
        print(f"{result.file}: {line}", file=sys.stderr)


def _row(result: FilePrediction) -> list[str]:
    chances = [f"{p:.3f}" for p in result.probabilities.values()]
    answer = result.label or "none: unlike the training images"
    return [result.file, result.hdu or "", *chances, f"{result.ood_score:.2f}", answer]


VERB = Verb("predict", "Classify a telescope's files.", _arguments, _run)
