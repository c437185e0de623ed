"""What all verbs share: help, exit codes, errors in one line."""

import importlib
import os
import signal
import subprocess
import sys

import pytest

import lensym as package
from lensym.cli import VERBS, main
from lensym.cli.stop import Stopped
from lensym.errors import InputError, UsageError

HEAVY = {"torch", "lightning", "numba", "astropy", "sklearn", "matplotlib", "h5py", "scipy"}


def fail_with(monkeypatch, error):
    """Let ``lensym recipes`` end in an error."""

    def run(options):
        raise error

    verb = importlib.import_module("lensym.cli.recipes").VERB
    monkeypatch.setattr(type(verb), "run", property(lambda self: run), raising=False)


def in_a_process(code, *arguments, **options):
    command = [sys.executable, "-W", "error", "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **options)


@pytest.mark.parametrize("argument", ["--help", "-h", "help"])
def test_help_fits_on_a_screen_and_names_every_verb(lensym, argument):
    result = lensym(argument)
    lines = result.out.splitlines()
    assert result.code == 0
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 110
    assert all(any(line.startswith(f"  {name} ") for line in lines) for name in VERBS)


def test_no_verb_shows_the_help_and_is_wrong_usage(lensym):
    result = lensym()
    assert result.code == 2
    assert result.out == lensym("--help").out


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_has_its_help(lensym, name):
    result = lensym(name, "--help")
    assert result.code == 0
    assert result.out.startswith(f"usage: lensym {name} ")
    assert all(option in result.out for option in ("--config", "--seed", "--device", "--debug"))
    assert len(result.out.splitlines()) <= 60


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from lensym.cli import VERBS, main\n"
        "for verb in VERBS: assert main([verb, '--help']) == 0\n"
        f"print(sorted({HEAVY} & set(sys.modules)), file=sys.stderr)"
    )
    result = in_a_process(code)
    assert result.returncode == 0, result.stderr
    assert result.stderr.strip() == "[]"


@pytest.mark.parametrize("argument", ["--version", "-V"])
def test_the_version(lensym, argument):
    assert lensym(argument).out == f"lensym {package.__version__}\n"


def test_an_unknown_verb_is_refused_with_the_nearest(lensym):
    result = lensym("simulat", "model_1", "data")
    assert result.code == 2
    assert result.error.startswith(
        "a known verb is needed; got 'simulat'; did you mean 'simulate'? (known: app, audit,"
    )


@pytest.mark.parametrize(
    ("error", "code"), [(InputError("a file", "none", "look"), 1), (UsageError("a number", "'x'", "mend it"), 2)]
)
def test_an_error_is_one_line_with_its_exit_code(lensym, monkeypatch, error, code):
    fail_with(monkeypatch, error)
    result = lensym("recipes")
    assert (result.code, result.out, result.err) == (code, "", f"lensym: error: {error}\n")


def test_an_unforeseen_error_is_one_line_too(lensym, monkeypatch):
    fail_with(monkeypatch, ZeroDivisionError("first\nsecond"))
    result = lensym("recipes")
    assert result.code == 1
    assert result.error == (
        "unexpected ZeroDivisionError: first second; run again with --debug and report what it shows"
    )


@pytest.mark.parametrize("error", [UsageError("a number", "'x'", "mend it"), ZeroDivisionError("oops")])
def test_debug_shows_where_an_error_came_from(monkeypatch, error):
    fail_with(monkeypatch, error)
    with pytest.raises(type(error)):
        main(["recipes", "--debug"])


@pytest.mark.parametrize(
    ("stop", "by"), [(KeyboardInterrupt(), "from the keyboard"), (Stopped("SIGTERM"), "by SIGTERM")]
)
def test_a_stop_is_one_line_with_an_exit_code_of_its_own(lensym, monkeypatch, stop, by):
    fail_with(monkeypatch, stop)
    result = lensym("recipes")
    assert result.code == 75
    assert result.error == (
        f"stopped {by}; what is finished is kept, and the same command goes on (train: with --resume)"
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_a_batch_systems_signal_is_a_stop_while_a_command_runs(lensym, monkeypatch, number):
    former = signal.getsignal(number)

    def run(options):
        signal.raise_signal(number)
        return 0

    verb = importlib.import_module("lensym.cli.recipes").VERB
    monkeypatch.setattr(type(verb), "run", property(lambda self: run), raising=False)
    result = lensym("recipes")
    assert result.code == 75
    assert f"stopped by {number.name};" in result.error
    assert signal.getsignal(number) is former


@pytest.mark.parametrize("arguments", [["recipes"], ["recipes", "--json"], ["--help"]])
def test_a_reader_who_leaves_is_no_error(arguments):
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-c", "import sys; from lensym.cli import main; sys.exit(main())", *arguments]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    result = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, timeout=120, check=False, env=environment)
    os.close(writer)
    assert (result.returncode, result.stderr) == (0, b"")


def test_options_come_from_a_file_and_the_command_line_overrides_it(tmp_path):
    from lensym.cli.train import VERB

    path = tmp_path / "options.yaml"
    path.write_text("epochs: 3\nbatch_size: 32\naugment: false\n")
    options = VERB.parser().parse_args(["data", "run", "--config", str(path), "--epochs", "9"])
    said = (options.epochs, options.batch_size, options.augment, options.learning_rate)
    assert said == (9, 32, False, 4e-3)


@pytest.mark.parametrize("words", [("lensym", "pre"), ("lensym", "predict", "--pix"), ("lensym", "predict", "le")])
def test_a_shell_completes_verbs_options_and_files(lensym, words, tmp_path):
    (tmp_path / "lens.fits").touch()
    script = lensym("--completion", "bash").out
    line = " ".join(f'"{word}"' for word in words)
    ask = f"COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _lensym; echo ${{COMPREPLY[@]}}"
    found = subprocess.run(
        ["bash", "-c", script + ask], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    assert found.split() == [{"pre": "predict", "--pix": "--pixel-scale", "le": "lens.fits"}[words[-1]]]


def test_completion_of_another_shell_is_refused(lensym):
    assert "a known shell is needed; got 'fish'" in lensym("--completion", "fish").error


def test_a_misspelt_option_gets_a_suggestion(lensym):
    result = lensym("predict", "a.fits", "--pixel-scal", "1")
    assert (result.code, "did you mean --pixel-scale? see lensym predict --help" in result.error) == (2, True)
    assert "did you mean" not in lensym("predict", "a.fits", "--qqqq", "1").error


def test_doctor_names_a_broken_torchvision_and_another_torch(monkeypatch):
    import torch

    from lensym.cli import doctor

    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    monkeypatch.setitem(sys.modules, "torchvision", None)
    with pytest.raises(doctor.LensymError, match=r"cannot be imported .*; pip uninstall torchvision"):
        doctor._torchvision()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert doctor._torchvision() == "none, and none is needed"
    assert doctor._torch_build()
    monkeypatch.setattr(torch, "__version__", "2.9.1+cpu")
    with pytest.raises(doctor.LensymError, match=r"torch from 2.10 to before 2.14; got 2.9.1"):
        doctor._torch_build()


@pytest.mark.parametrize(
    ("given", "count"),
    [({}, "20000"), ({"GOMP_SPINCOUNT": "7"}, "7"), ({"OMP_WAIT_POLICY": "PASSIVE"}, None)],
)
def test_threads_wait_awake_for_less_long_unless_the_user_says_how(monkeypatch, given, count):
    monkeypatch.setattr(os, "environ", dict(given))
    main(["--version"])
    assert os.environ.get("GOMP_SPINCOUNT") == count
