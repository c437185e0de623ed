"""``lensym sensitivity``."""

from __future__ import annotations

import sys

from lensym.cli.common import Options, Parser, Verb, print_table


def _arguments(parser: Parser) -> None:
    parser.add_argument("recipe", type=str, help="name of a recipe (see lensym recipes) or a YAML file")
    parser.add_argument("out", type=str, help="folder of the study; one begun earlier is finished")
    parser.add_argument("--variant", type=str, default="physical", help="published or physical")
    parser.add_argument("--set", type=str, nargs="+", default=[], help="values of one's own: key.path=value")
    parser.add_argument("--axes", type=str, nargs="+", default=[], help="some of mass, pixels, psf, exposure; all")
    parser.add_argument(
        "--factors", type=float, nargs="+", default=[0.25, 0.5, 1.0, 2.0, 4.0], help="factors on each property"
    )
    parser.add_argument("--model", type=str, default="lensnet", help="network trained at each point")
    parser.add_argument("--count", type=int, default=2000, help="training images a class at each point")
    parser.add_argument("--epochs", type=int, default=4, help="passes over them")
    parser.add_argument("--workers", type=int, default=0, help="simulating processes; 0: one a core")


def _run(options: Options) -> int:
    import json
    from pathlib import Path

    from lensym.atomic import write_atomically
    from lensym.evaluation.figures import png_bytes
    from lensym.simulation.recipe import load_recipe
    from lensym.study.figures import sensitivity_figure
    from lensym.study.point import Training
    from lensym.study.sensitivity import sensitivity

    recipe = load_recipe(options.recipe, options.variant, options.set)
    rows = sensitivity(
        recipe,
        options.out,
        options.axes,
        options.factors,
        Training(options.model, options.count, options.epochs, options.seed),
        options.workers or None,
        say=lambda line: print(line, file=sys.stderr, flush=True),
    )
    out = Path(options.out)
    title = f"{recipe.name}, {recipe.variant}: {options.count} training images a class"
    write_atomically(out / "sensitivity.json", (json.dumps(rows, indent=1) + "\n").encode())
    write_atomically(out / "sensitivity.png", png_bytes(sensitivity_figure(rows, title)))
    print_table(
        ["property", "factor", "value", "network, macro AUC", "95 % interval", "radial profile"],
        [
            [
                row["axis"],
                f"{row['factor']:g}",
                row["value"],
                f"{row['network']['macro_auc']:.4f}",
                "{:.4f} to {:.4f}".format(*row["network"]["macro_auc_ci"]),
                f"{row['baseline']['macro_auc']:.4f}",
            ]
            for row in rows
        ],
    )
    print(f"{out}/sensitivity.json, {out}/sensitivity.png")
    return 0


VERB = Verb(
    "sensitivity", "Measure how well a recipe's classes separate as the survey or the sky changes.", _arguments, _run
)
