"""The command line: one verb a stage.

``lensym VERB ...``; exit code 0, 1 (failed), 2 (wrong usage) or 75 (stopped, and can go on), errors in one line.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

VERBS: dict[str, str] = {
    "simulate": "simulate lensed images of a recipe into a data set",
    "import": "import a data set from elsewhere",
    "residual": "fit smooth lenses to simulated images, for what they leave",
    "export": "write a data set in a layout of others",
    "train": "train a network on a data set",
    "finetune": "go on with trained weights on a data set of your own",
    "evaluate": "test a model on a data set and write a report",
    "audit": "measure how far a model's answer changes when the image is turned",
    "predict": "classify a telescope's files",
    "info": "say what is inside a data set, a model or a file",
    "models": "list the networks",
    "recipes": "list the simulation recipes",
    "sensitivity": "measure what a survey can see of a recipe's classes",
    "study": "train networks on several sizes, seeds and recipes, and compare them",
    "app": "open the web page on this machine: classify a file, simulate images",
    "doctor": "check this installation",
}
"""Verbs and what they do; each lives in the module of its name in this folder."""
_SPIN_COUNT = "20000"
"""How long torch's threads wait awake for each other (GNU's OpenMP). Its own 300000 is for cores that run nothing else:
beside busy programs the waiting threads keep the working ones from the cores, and training takes several times as long.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in arguments
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", _SPIN_COUNT)  # read when torch is imported, which no verb has done yet
    from lensym.cli.stop import EXIT_CODE, signals_stop, stopped_in_words
    from lensym.errors import LensymError

    try:
        with signals_stop():
            code = _dispatch(arguments)
        sys.stdout.flush()  # so that a reader who has left is noticed here
        return code
    except LensymError as error:
        if debug:
            raise
        return _fail(str(error), error.exit_code)
    except BrokenPipeError:
        # the reader of our output has left (lensym ... | head): nothing more to say
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt as stop:
        return _fail(stopped_in_words(stop), EXIT_CODE)
    except Exception as error:  # the last net: a user gets a line, a developer --debug
        if debug:
            raise
        name = type(error).__name__
        line = " ".join(str(error).split())
        return _fail(f"unexpected {name}: {line}; run again with --debug and report what it shows", 1)


def _dispatch(arguments: list[str]) -> int:
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        print(_help())
        return 0 if arguments else 2
    if arguments[0] in {"-V", "--version"}:
        import lensym

        print(f"lensym {lensym.__version__}")
        return 0
    if arguments[0] == "--completion":
        from lensym.cli.completion import completion

        print(completion(arguments[1] if len(arguments) > 1 else ""))
        return 0
    from lensym.errors import unknown_name

    name, *rest = arguments
    if name not in VERBS:
        raise unknown_name("verb", name, VERBS)
    import importlib

    verb = importlib.import_module(f"lensym.cli.{name}").VERB
    try:
        options = verb.parser().parse_args(rest)
    except SystemExit as stop:  # --help and --print_config leave this way
        return int(stop.code or 0)
    code: int = verb.run(options)
    return code


def _help() -> str:
    lines = [
        "usage: lensym VERB ... | lensym VERB --help | lensym --version",
        "Dark matter substructure in strong lenses: simulate, train, evaluate, classify a telescope's files.",
        "",
        *(f"  {name:<11} {summary}" for name, summary in VERBS.items()),
        "first steps:",
        "  lensym predict FILE.fits --hdu NAME             an answer with the weights that come with the package",
        "  lensym simulate model_1 data --count 1000       a data set",
        "  lensym train data run                           a network of your own",
        "  lensym evaluate run/model data --out result     its test, with report.html",
    ]
    return "\n".join(lines)


def _fail(message: str, code: int) -> int:
    print(f"lensym: error: {message}", file=sys.stderr)
    return code
