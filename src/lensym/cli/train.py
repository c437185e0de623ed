"""``lensym train``."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from lensym.cli.common import Options, Parser, Verb, add_options
from lensym.errors import UsageError
from lensym.train.options import TrainOptions

if TYPE_CHECKING:
    from lensym.models.model_config import ModelConfig
    from lensym.simulation.recipe import Recipe


def _arguments(parser: Parser) -> None:
    parser.add_argument("data", type=str, help="data set (train and val); not with --recipe")
    parser.add_argument("run", type=str, nargs="?", help="folder of the run: config, curves, checkpoints, model")
    parser.add_argument("--resume", action="store_true", help="go on with a run that was stopped")
    parser.add_argument("--recipe", type=str, default="", help="simulate images of it meanwhile, instead of DATA")
    parser.add_argument("--variant", type=str, default="published", help="published or physical")
    parser.add_argument(
        "--set", type=str, nargs="+", default=[], help="values in place of the recipe's: key.path=value"
    )
    add_options(parser, TrainOptions)


def _run(options: Options) -> int:
    data, run = _data_and_run(options)
    from lensym.train.run import train

    chosen = TrainOptions(**{f.name: options[f.name] for f in fields(TrainOptions)})
    config = train(data, run, chosen, options.resume)
    if options.recipe:
        seed = config.data["seed"]
        print(f"a test set: lensym simulate {run}/recipe.yaml DATA --split test=1 --seed {seed}")
        data = "DATA"
    say_result(config, run, str(data))
    return 0


def say_result(config: ModelConfig, run: str, data: str) -> None:
    """Figures on the validation images, where the model is, and what to do next."""
    found = {key: value for key, value in config.training["validation"].items() if isinstance(value, float)}
    figures = ", ".join(f"{key.replace('_', ' ')} {value:.4g}" for key, value in found.items())
    print(f"validation: {figures.replace('macro auc', 'macro AUC')}")
    print(f"model: {run}/model   next: lensym evaluate {run}/model {data} --out DIR")


def _data_and_run(options: Options) -> tuple[str | Recipe, str]:
    """What to train on, and the folder of the run, which the parser takes for the data where it stands alone."""
    if options.recipe:
        if options.run:
            raise UsageError(
                "RUN alone with --recipe", f"'{options.data}' and '{options.run}'", "leave out one of them"
            )
        from lensym.simulation.recipe import load_recipe

        return load_recipe(options.recipe, options.variant, options.set), options.data
    if not options.run:
        missing = f"'{options.data}' alone"
        raise UsageError("a data set and a folder for the run", missing, "give DATA RUN, or RUN with --recipe NAME")
    if options.set or options.variant != "published":
        raise UsageError("--variant and --set with --recipe", f"the data set '{options.data}'", "leave them out")
    return options.data, options.run


VERB = Verb("train", "Train a network on a data set, or on a recipe's images.", _arguments, _run)
