"""``lensym residual``."""

from __future__ import annotations

from lensym.cli.common import Options, Parser, Verb, progress


def _arguments(parser: Parser) -> None:
    parser.add_argument("data", type=str, help="folder of a simulated data set")
    parser.add_argument("out", type=str, help="folder of the new data set; one begun earlier is finished")
    parser.add_argument("--workers", type=int, default=0, help="processes; 0: one a core")


def _run(options: Options) -> int:
    from lensym.data.residual import fit_to_folder

    with progress("residual") as report:
        manifest = fit_to_folder(options.data, options.out, options.workers or None, report)
    images = sum(sum(counts.values()) for counts in manifest.splits.values())
    print(f"{options.out}: {images} images of {manifest.recipe}, each with what a smooth lens leaves of it")
    return 0


VERB = Verb(
    "residual", "Fit a smooth lens to each image of a data set: a second channel for networks.", _arguments, _run
)
