"""``lensym study``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from lensym.cli.common import Options, Parser, Verb, print_table
from lensym.errors import UsageError

if TYPE_CHECKING:
    from lensym.simulation.pool import Executor


def _arguments(parser: Parser) -> None:
    parser.add_argument("study", type=str, help="YAML file: recipes, models, sizes, seeds")
    parser.add_argument("out", type=str, help="folder of the study; one begun earlier is finished")
    parser.add_argument("--workers", type=int, default=0, help="runs at a time; 0: one a core, or one a GPU")
    parser.add_argument("--scheduler", type=str, default="", help="address of a Dask scheduler whose workers do them")
    parser.add_argument("--seed", type=int, default=0, help="seed of the test images")


def _executor(options: Options) -> Executor | None:
    if options.workers < 0:
        raise UsageError("--workers of at least 0", str(options.workers), "mend the option")
    if not options.scheduler:
        return None
    if options.workers:
        raise UsageError("--scheduler alone: it has workers of its own", "--workers beside it", "leave one out")
    from lensym.simulation.cluster import on_scheduler

    return on_scheduler(options.scheduler)


def _run(options: Options) -> int:
    from lensym.simulation.scene import check_seed
    from lensym.study.study import run_study

    results = run_study(
        options.study,
        options.out,
        check_seed(options.seed),
        options.workers or None,
        _executor(options),
        options.device,
        say=lambda line: print(line, file=sys.stderr, flush=True),
    )
    print_table(
        ["recipe", "network", "images a class", "seeds", "macro AUC", "band", "GFLOP"],
        [
            [
                point["recipe"],
                point["model"],
                str(point["size"]),
                str(point["seeds"]),
                f"{point['upright']['mean']:.4f}",
                "{:.4f} to {:.4f}".format(*point["upright"]["band"]),
                f"{point['gflop']:.3g}",
            ]
            for point in results["points"]
        ],
    )
    failed = [run for run in results["runs"] if run["error"]]
    for run in failed:
        print(f"failed: {run['recipe']}, {run['model']}, {run['size']}, seed {run['seed']}: {run['error']}")
    print(f"{options.out}/report.html")
    return 1 if failed else 0


VERB = Verb("study", "Train networks on several sizes, seeds and recipes, and compare them.", _arguments, _run)
