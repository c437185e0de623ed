"""``lensym models``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lensym.cli.common import Options, Parser, Verb, print_json, print_table

if TYPE_CHECKING:
    from lensym.models.model_config import ModelConfig


def _arguments(parser: Parser) -> None:
    parser.add_argument("--json", action="store_true", help="as JSON")


def _run(options: Options) -> int:
    from dataclasses import asdict

    from lensym.models.packaged import packaged_configs
    from lensym.models.registry import describe

    rows, packaged = describe(), packaged_configs()
    if options.json:
        names = {r.name: [name for name, config in packaged.items() if config.architecture == r.name] for r in rows}
        print_json([asdict(row) | {"weights": names[row.name]} for row in rows])
        return 0
    print_table(
        ["name", "group", "exact", "parameters", "GFLOP 64 px", "GFLOP 150 px", "reference"],
        [
            [
                r.name,
                r.group,
                "yes" if r.exact else "no",
                f"{r.parameters}",
                "refused" if r.gflop_64 is None else f"{r.gflop_64:.4f}",
                f"{r.gflop_150:.4f}",
                r.reference,
            ]
            for r in rows
        ],
    )
    print_table(
        ["weights in the package", "task", "network", "recipe", "sees", "training images", "on validation images"],
        [
            [
                name,
                config.task,
                config.architecture,
                _recipe(config),
                "image" if config.smooth_fit is None else "image, residual",
                str(sum(config.data["splits"]["train"].values())),
                _validation(config),
            ]
            for name, config in packaged.items()
        ],
    )
    return 0


def _recipe(config: ModelConfig) -> str:
    """What made the training images; which values were changed stands in the card."""
    changed = ", changed" if "changes" in config.data else ""
    return f"{config.data['recipe']} ({config.data['variant']}{changed})"


def _validation(config: ModelConfig) -> str:
    """What the weights were chosen or calibrated by."""
    found = config.training["validation"]
    if config.answer is None:
        return f"macro AUC {found['macro_auc']:.4f}"
    if "column" in config.answer:
        return f"mean error of {config.answer['column']} {found['mae']:.3g}"
    return f"one in a hundred above {found['threshold']:.3g}"


VERB = Verb("models", "List the networks: group, parameters, cost, reference.", _arguments, _run)
