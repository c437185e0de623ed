"""Every command of the documentation is one that lensym takes, and every verb, option and key is documented."""

import importlib
import json
import re
import shlex
from dataclasses import fields

import pytest

from lensym.apply.files import FilePrediction
from lensym.cli import VERBS, main
from lensym.models.registry import ModelRow

from .blocks import PAGES, ROOT, blocks, commands

COMMANDS = [(f"{page.name}:{line}", text) for page in PAGES for line, text in commands(page)]
REFUSED = re.compile(r"^\$ (lensym .*)\n(lensym: error: .*)$", re.MULTILINE)
PAGE = ROOT / "docs" / "commands.md"
REFERENCE = PAGE.read_text("utf-8")
SHARED = {"--help", "--config", "--print_config", "--seed", "--device", "--debug"}


def parser(verb):
    return importlib.import_module(f"lensym.cli.{verb}").VERB.parser()


def section(verb):
    return REFERENCE.partition(f"\n## {verb}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize(("place", "command"), COMMANDS, ids=[place for place, _ in COMMANDS])
def test_a_command_parses(place, command):
    verb, *arguments = shlex.split(command)[1:]
    if verb in {"VERB", "--help", "--completion"}:
        return
    assert verb in VERBS
    if arguments:  # a verb alone is a mention of it
        parser(verb).parse_args(arguments)


REFUSALS = [refusal for _, block in blocks(PAGE, "console") for refusal in REFUSED.findall(block)]


@pytest.mark.parametrize(("command", "message"), REFUSALS)
def test_a_refusal_reads_as_documented(command, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(shlex.split(command)[1:]) > 0
    assert capsys.readouterr().err.splitlines()[-1] == message


@pytest.mark.parametrize("verb", VERBS)
def test_every_option_of_a_verb_is_documented(verb):
    options = {name for action in parser(verb)._actions for name in action.option_strings if name.startswith("--")}
    text = section(verb)
    assert text
    assert {name for name in options - SHARED if f"`{name}`" not in text} == set()


@pytest.mark.parametrize("name", sorted(SHARED))
def test_shared_options_are_documented(name):
    assert name in REFERENCE.partition("\n## simulate\n")[0]


@pytest.mark.parametrize(("verb", "kind"), [("predict", FilePrediction), ("models", ModelRow)])
def test_every_key_of_a_json_object_is_documented(verb, kind):
    assert {field.name for field in fields(kind) if f"`{field.name}`" not in section(verb)} == set()


def test_every_figure_of_an_evaluation_is_documented():
    measured = json.loads((ROOT / "benchmarks" / "results" / "model_1.json").read_text("utf-8"))
    keys = measured["networks"]["lensnet"]["test"]
    assert {key for key in keys if f"`{key}`" not in section("evaluate")} == set()


def test_an_undocumented_option_would_be_seen():
    assert "`--no-such-option`" not in section("predict")
