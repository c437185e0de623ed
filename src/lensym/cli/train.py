"""``lensym train``."""

from __future__ import annotations

from dataclasses import fields

from lensym.cli.common import Options, Parser, Verb, add_options
from lensym.train.options import TrainOptions


def _arguments(parser: Parser) -> None:
    parser.add_argument("data", type=str, help="folder of a data set with splits train and val")
    parser.add_argument("run", type=str, help="folder of the run: config, curves, checkpoints, model")
    parser.add_argument("--resume", action="store_true", help="go on with a run that was stopped")
    add_options(parser, TrainOptions)


def _run(options: Options) -> int:
    from lensym.train.run import train

    chosen = TrainOptions(**{f.name: options[f.name] for f in fields(TrainOptions)})
    config = train(options.data, options.run, chosen, options.resume)
    validation = config.training["validation"]
    print(f"validation: macro AUC {validation['macro_auc']:.4f}, accuracy {validation['accuracy']:.3f}")
    print(f"model: {options.run}/model   next: lensym evaluate {options.run}/model {options.data} --out DIR")
    return 0


VERB = Verb("train", "Train a network on a data set.", _arguments, _run)
