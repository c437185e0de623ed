"""``lensym predict``."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from lensym.cli.common import Options, Parser, Verb, print_table

if TYPE_CHECKING:
    from lensym.apply.files import FilePrediction


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
    code, rows = 0, []
    for result in predict_files(predictor, options.file, options.hdu, options.pixel_scale, center):
        if isinstance(result, FileFailure):
            if options.debug:
                raise result.error
            code = max(code, result.error.exit_code)
            print(f"lensym: error: {result.error}", file=sys.stderr)
        elif options.json:
            print(json.dumps(result.to_dict(), ensure_ascii=False, allow_nan=False), flush=True)
        else:
            rows.append(_row(result))
            for line in (*result.steps, *(f"warning: {w}" for w in result.warnings)):
                print(f"{result.file}: {line}", file=sys.stderr)
    if rows:
        print_table(["file", "hdu", *predictor.classes, "ood score", "label"], rows)
    return code


def _row(result: FilePrediction) -> list[str]:
    chances = [f"{p:.3f}" for p in result.probabilities.values()]
    answer = result.label or "none: unlike the training images"
    return [result.file, result.hdu or "", *chances, f"{result.ood_score:.2f}", answer]


VERB = Verb("predict", "Classify a telescope's files.", _arguments, _run)
