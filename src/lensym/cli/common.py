"""What all verbs share: the parser, the common options, and how an error is shown."""

from __future__ import annotations

import argparse
import difflib
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, get_type_hints

import jsonargparse

from lensym.atomic import require_writable
from lensym.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Options = Any
"""The parsed options of a verb: a namespace."""


class HelpFormatter(jsonargparse.DefaultHelpFormatter):
    """Help with an option's default where it says something, and without its type: the placeholder shows numbers."""

    def _get_help_string(self, action: argparse.Action) -> str:
        text = super()._get_help_string(action)
        says_nothing = action.default is None or action.default is False or action.default in ("", [])
        for part in ["type: %(type)s"] + ["default: %(default)s"] * says_nothing:
            text = text.replace(f"({part}, ", "(").replace(f", {part})", ")").replace(f" ({part})", "")
        return text

    def _get_default_metavar_for_optional(self, action: argparse.Action) -> str:
        kind = self._get_type_str(action) or ""
        number = "N" if kind.startswith("int") else "X" if kind.startswith("float") else None
        return number or super()._get_default_metavar_for_optional(action)


class Parser(jsonargparse.ArgumentParser):
    """A parser whose errors are one line and exit code 2."""

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        """Raise the message as a usage error."""
        got, remedy = _in_one_line(message), f"see {self.prog} --help"
        known = [name for action in self._actions for name in action.option_strings]
        for word in re.findall(r"--[\w-]+", message) if "nrecognized" in message else ():
            near = difflib.get_close_matches(word, known, n=1)
            remedy = f"did you mean {near[0]}? {remedy}" if near else remedy
        raise UsageError(f"valid arguments for '{self.prog}'", got, remedy) from ex


def _in_one_line(message: str) -> str:
    """The parser's message in one line, with options and types as a user knows them.

    >>> _in_one_line("Parser key \\"batch_size\\": Expected a <class 'int'>. Got value: many")
    '--batch-size: Expected int. Got value: many'
    """
    line = re.sub(r'Parser key "(\w+)"', lambda key: "--" + key[1].replace("_", "-"), " ".join(message.split()))
    return re.sub(r"a <class '(\w+)'>", r"\1", line)


@dataclass(frozen=True)
class Verb:
    """One command: its summary, its arguments, and what it does (returning the exit code)."""

    name: str
    summary: str
    arguments: Callable[[Parser], None]
    run: Callable[[Options], int]

    def parser(self) -> Parser:
        """The verb's parser with the options that every verb has."""
        parser = Parser(
            prog=f"lensym {self.name}", description=self.summary, allow_abbrev=False, formatter_class=HelpFormatter
        )
        parser.add_argument("--config", action="config", help="YAML file with options of this verb")
        self.arguments(parser)
        known = {action.dest for action in parser._actions}
        if "seed" not in known:
            parser.add_argument("--seed", type=int, default=0, help="seed of every random choice")
        if "device" not in known:
            parser.add_argument("--device", type=str, default="auto", help="auto, cpu or cuda")
        parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
        return parser


def add_options(parser: Parser, kind: type[Any]) -> None:
    """One option for each field of a dataclass whose fields carry their help text."""
    for f, annotation in zip(fields(kind), get_type_hints(kind).values(), strict=True):
        parser.add_argument(
            f"--{f.name.replace('_', '-')}", type=annotation, default=f.default, help=f.metadata["help"]
        )


@contextmanager
def progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """A callback ``(done, total)``: a bar with rate and time left on a terminal, a line every tenth otherwise."""
    pace = _Pace()
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        with Progress(
            TextColumn(title),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        ) as bar:
            task = bar.add_task(title, total=None, rate="")
            yield lambda done, total: bar.update(task, completed=done, total=total, rate=pace.per_second(done))
        return
    shown = -1

    def plain(done: int, total: int) -> None:
        nonlocal shown
        tenth = 10 * done // max(total, 1)
        if tenth > shown:
            shown = tenth
            print(f"{title}: {done}/{total}{pace.in_words(done, total)}", file=sys.stderr, flush=True)

    yield plain


class _Pace:
    """How fast a count grows, from where it was when it was first looked at."""

    def __init__(self) -> None:
        self._first: tuple[int, float] | None = None

    def _rate(self, done: int) -> float:
        now = time.monotonic()
        self._first = self._first or (done, now)
        return (done - self._first[0]) / max(now - self._first[1], 1e-9)

    def per_second(self, done: int) -> str:
        """The rate, empty where nothing was counted yet."""
        rate = self._rate(done)
        return f"{rate:.3g}/s" if rate > 0 else ""

    def in_words(self, done: int, total: int) -> str:
        """Rate and time left, empty at the beginning and at the end."""
        rate = self._rate(done)
        return f" ({rate:.3g}/s, {(total - done) / rate:.0f} s left)" if rate > 0 and done < total else ""


class Steps:
    """Progress of a command of several steps, each with its title and a bar (or lines) of its own."""

    def __init__(self) -> None:
        self._shown = ExitStack()
        self._bar: Callable[[int, int], None] = ignore

    def __enter__(self) -> Steps:
        return self

    def __exit__(self, *error: object) -> None:
        self._shown.close()

    def begin(self, title: str) -> None:
        """End the step before and say what begins."""
        self._shown.close()
        if not sys.stderr.isatty():
            print(title, file=sys.stderr, flush=True)
        self._bar = self._shown.enter_context(progress(title))

    def count(self, done: int, total: int) -> None:
        """How far the present step is."""
        self._bar(done, total)


def ignore(done: int, total: int) -> None:
    """Progress that nobody asked to see."""


def figure_path(text: str) -> Path | None:
    """The file that a figure shall become, refused before any work where it cannot be; None where none is asked for."""
    return out_path(text, ".png")


def out_path(text: str, *endings: str) -> Path | None:
    """The file, of one of the endings, that a result shall become, as `figure_path`."""
    if not text:
        return None
    path = Path(text)
    if path.suffix.lower() not in endings or not path.parent.is_dir() or path.is_dir():
        names = " or ".join(f"NAME{ending}" for ending in endings)
        raise UsageError(f"a file {names} in a folder that is there", f"'{text}'", "choose another name")
    require_writable(path)
    return path


def write_figure(path: Path, figure: Figure) -> None:
    """Write a figure as PNG, and say where it is."""
    from lensym.atomic import write_atomically
    from lensym.evaluation.figures import png_bytes

    write_atomically(path, png_bytes(figure))
    print(f"preview: {path}", file=sys.stderr)


def print_table(columns: list[str], rows: list[list[str]], title: str = "") -> None:
    """A table on standard output, as wide as the terminal and whole where there is none."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else 160)
    # Text, because a file's name may hold what rich would read as markup
    table = Table(title=Text(title) if title else None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(Text(column), overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    with console.capture() as capture:
        console.print(table)
    print(capture.get(), end="")


def print_json(value: object) -> None:
    """One JSON document on standard output; a number that JSON cannot hold is a bug and shows as one."""
    import json

    print(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))
