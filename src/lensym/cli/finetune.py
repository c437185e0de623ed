"""``lensym finetune``."""

from __future__ import annotations

from dataclasses import fields

from lensym.cli.common import Options, Parser, Verb, add_options
from lensym.train.options import FinetuneOptions


def _arguments(parser: Parser) -> None:
    parser.add_argument("model", type=str, help="packaged weights by name, or a model folder")
    parser.add_argument("data", type=str, help="folder of a data set with splits train and val")
    parser.add_argument("run", type=str, help="folder of the run: config, curves, checkpoints, model")
    parser.add_argument("--resume", action="store_true", help="go on with a run that was stopped")
    add_options(parser, FinetuneOptions)


def _run(options: Options) -> int:
    from lensym.cli.train import say_result
    from lensym.train.finetune import finetune

    chosen = FinetuneOptions(**{f.name: options[f.name] for f in fields(FinetuneOptions)})
    config = finetune(options.model, options.data, options.run, chosen, options.resume)
    kept = "a new one" if config.training["options"]["new_head"] else f"that of {options.model}"
    print(f"encoder: {options.model}   head: {kept}")
    say_result(config, options.run, options.data)
    return 0


VERB = Verb("finetune", "Go on with trained weights on a data set of your own.", _arguments, _run)
