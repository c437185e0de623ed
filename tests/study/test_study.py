"""A study carried out: processes that fail or are killed, a stop and what comes after, other settings refused."""

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import yaml

from lensym import __version__
from lensym.cli import main
from lensym.errors import IntegrityError, OutputError, UsageError
from lensym.simulation.run import simulate_to_folder
from lensym.store import DatasetFolder
from lensym.study import study as carried
from lensym.study import trial
from lensym.study.plan import PlannedRun
from lensym.study.point import kept_result
from lensym.study.processes import Launcher, Outcome, launchers_here, run_here
from lensym.study.read import parse_study
from lensym.study.study import run_study
from lensym.study.trial import read_answers, run_trial
from lensym.study.worker import TASK

CONFIG = Path(__file__).parents[2] / "configs" / "study_small.yaml"
SMALL = {"name": "model_1", "set": {"image.size": 16, "image.pixel_scale": 0.45}, "label": "small"}
PLAIN = {
    "recipes": [SMALL],
    "models": [{"model": "cnn", "width": 0.1}],
    "sizes": [8],
    "epochs": 1,
    "val": 4,
    "test": 4,
}


def here(make, tasks):
    """An executor that does everything in this process."""
    yield from map(make, tasks)


def written(folder, plain):
    path = folder / "study.yaml"
    path.write_text(yaml.safe_dump(plain))
    return path


class Scripted(Launcher):
    """Starts a few lines of Python in place of a run: those that stand in its folder."""

    def command(self, place):
        return [sys.executable, "-c", (place / "script").read_text()]


@pytest.fixture
def scripts(tmp_path):
    def write(**lines):
        for name, text in lines.items():
            (tmp_path / name).mkdir()
            (tmp_path / name / "script").write_text(text)
        return Scripted(tmp_path, "cpu"), list(lines)

    return write


def test_a_process_that_fails_or_is_killed_leaves_the_others_alone(scripts):
    launcher, names = scripts(
        fails="print('before'); print('the reason'); raise SystemExit(1)",
        killed="import os; os.kill(os.getpid(), 9)",
        raises="raise ValueError('odd')",
        works="print('noise')",
    )
    outcomes = {o.folder: o.error for o in run_here([launcher, launcher], names)}
    assert outcomes == {
        "fails": "the reason",
        "killed": "ended by signal 9 (killed, or out of memory)",
        "raises": "ValueError: odd",
        "works": "",
    }
    assert not (launcher.out / "works" / "log.txt").exists()


def test_closing_ends_the_processes(scripts):
    launcher, names = scripts(quick="pass", slow="import os, time; print(os.getpid(), flush=True); time.sleep(600)")
    outcomes = run_here([launcher, launcher], names)
    assert next(outcomes) == Outcome("quick")
    log = launcher.out / "slow" / "log.txt"
    while not log.read_text().strip():
        time.sleep(0.05)
    outcomes.close()
    with pytest.raises(ProcessLookupError):
        os.kill(int(log.read_text()), 0)


def test_a_run_ends_with_the_process_that_started_it():
    lines = (
        "import threading, time; from lensym.study.worker import _end_with_input as end; "
        "threading.Thread(target=end, daemon=True).start(); time.sleep(600)"
    )
    process = subprocess.Popen([sys.executable, "-c", lines], stdin=subprocess.PIPE)
    process.stdin.close()  # as the system does for a parent that is killed
    assert process.wait(60) == 1
    # and one that is done ends as it wants to while its parent lives
    done = subprocess.Popen(
        [sys.executable, "-c", lines.replace("sleep(600)", "sleep(0.2); raise SystemExit(3)")], stdin=-1
    )
    assert done.wait(60) == 3
    done.stdin.close()


def test_a_worker_that_does_not_see_the_folder_says_so(tmp_path):
    launcher = pickle.loads(pickle.dumps(Launcher(tmp_path, "cpu")))
    assert "is not seen by every worker" in launcher("runs/none").error


def test_one_run_a_gpu(monkeypatch, tmp_path):
    monkeypatch.setattr("lensym.study.processes.resolve_device", lambda name: __import__("torch").device("cuda"))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3, 5")
    found = [launcher.environment for launcher in launchers_here(tmp_path, "auto", None)]
    assert found == [{"CUDA_VISIBLE_DEVICES": "3"}, {"CUDA_VISIBLE_DEVICES": "5"}]
    assert len(launchers_here(tmp_path, "auto", 1)) == 1
    monkeypatch.undo()
    assert [launcher.device for launcher in launchers_here(tmp_path, "cpu", 3)] == ["cpu"] * 3


def test_a_smaller_set_is_the_first_images_of_the_larger_one(tmp_path):
    runs = parse_study({**PLAIN, "sizes": [3, 5]}).runs(0)
    for run in runs:
        assert carried._make(tmp_path, run.data, run, 1, None) == ""
    small, large = (DatasetFolder.open(tmp_path / run.data) for run in runs)
    assert np.array_equal(small.split("val").images(slice(None)), large.split("val").images(slice(None)))
    for label in range(3):
        few, many = (d.split("train").images(d.split("train").labels == label) for d in (small, large))
        assert np.array_equal(few, many[:3])
        assert len(many) == 5


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A study's folder with its images, and its one run."""
    out = tmp_path_factory.mktemp("begun")
    (run,) = parse_study(PLAIN).runs(0)
    assert carried._make_data(out, [run], 1, None, lambda line: None) == {}
    return out, run


def task(run: PlannedRun):
    return json.loads(json.dumps(run.task(__version__)))


def test_a_run_stopped_in_its_test_goes_on_to_the_same_figures(begun, monkeypatch):
    out, run = begun
    whole = run_trial(out, out / "whole", task(run), "cpu")
    assert whole["tests"].keys() == {"upright", "turned"}
    assert whole["tests"]["upright"]["n"] == 12
    assert not (out / "whole" / "run" / "checkpoints").exists()

    def stop(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(trial, "gflop", stop)
        with pytest.raises(KeyboardInterrupt):
            run_trial(out, out / "again", task(run), "cpu")
    assert kept_result(out / "again") is None
    assert run_trial(out, out / "again", task(run), "cpu")["tests"] == whole["tests"]
    answers = read_answers(out / "again", "turned", whole)
    assert answers.probabilities.shape == (12, 3)
    (out / "again" / "turned.npy").write_bytes(b"other")
    with pytest.raises(IntegrityError, match=r"turned.npy' as the run wrote it; got another file"):
        read_answers(out / "again", "turned", whole)


def test_images_that_cannot_be_made_are_the_reason_of_their_runs_alone(tmp_path):
    runs = parse_study({**PLAIN, "seeds": [0, 1]}).runs(0)
    simulate_to_folder(runs[0].recipe.recipe, tmp_path / runs[0].data, 2, {"train": 1.0}, seed=9, workers=1)
    errors = carried._make_data(tmp_path, runs, 1, None, lambda line: None)
    assert list(errors) == [runs[0].folder]
    assert "seed" in errors[runs[0].folder] or "splits" in errors[runs[0].folder]


def test_the_verb_names_a_failed_run_goes_on_and_refuses_other_settings(tmp_path, capsys):
    broken = {"model": "cnn", "init": "lensnet", "label": "broken"}
    path, out = written(tmp_path, {**PLAIN, "models": [*PLAIN["models"], broken]}), tmp_path / "out"
    options = ["--workers", "1", "--device", "cpu"]
    assert main(["study", str(path), str(out), *options]) == 1
    said = capsys.readouterr()
    assert "failed: small, broken, 8, seed 0: weights to start from with the architecture of --model: cnn" in said.out
    assert "2 of 2" in said.err
    assert "Failed: small, broken" in (out / "report.html").read_text("utf-8")
    result = out / "runs" / "small" / "cnn" / "8-0" / "result.json"
    before = result.stat().st_mtime_ns

    assert main(["study", str(written(tmp_path, PLAIN)), str(out), *options]) == 0
    assert "1 of 1 runs are done already" in capsys.readouterr().err
    assert result.stat().st_mtime_ns == before
    assert "Failed" not in (out / "report.html").read_text("utf-8")

    changed = written(tmp_path, {**PLAIN, "models": [{"model": "cnn", "width": 0.2}]})
    with pytest.raises(OutputError, match=r"the options that the run 'small, cnn.*\(width: 0.1\); got width: 0.2"):
        run_study(changed, out, executor=here)
    with pytest.raises(OutputError, match=r"\(seed: 0\); got seed: 1; give the changed entry another label"):
        run_study(written(tmp_path, PLAIN), out, test_seed=1, executor=here)
    assert result.stat().st_mtime_ns == before


def test_a_cluster_carries_out_the_ready_study_shrunk(tmp_path, monkeypatch):
    """A cluster is an executor that is no process of this one; here it does the runs at once."""

    def at_once(self, folder):
        plan = json.loads((self.out / folder / TASK).read_text())
        run_trial(self.out, self.out / folder, plan, self.device)
        return Outcome(folder)

    monkeypatch.setattr(Launcher, "__call__", at_once)
    ready = yaml.safe_load(CONFIG.read_text())
    changes = {"sizes": [8], "seeds": [0], "presentations": 8, "val": 4, "test": 4, "turned": False}
    plain = {**ready, **changes, "recipes": [SMALL]}
    results = run_study(written(tmp_path, plain), tmp_path / "out", executor=here, device="cpu")
    assert [run["error"] for run in results["runs"]] == [""] * 3
    assert [row["other"] for row in results["comparisons"]] == ["cnn", "cnn-plain"]
    assert "turned_auc" not in results["runs"][0]
    assert (tmp_path / "out" / "report.html").exists()


def test_a_folder_of_something_else_is_refused(tmp_path):
    path = written(tmp_path, PLAIN)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").touch()
    with pytest.raises(OutputError, match="a new or empty folder, or that of a study"):
        run_study(path, tmp_path / "other", executor=here)
    with pytest.raises(OutputError, match="a folder for the study"):
        run_study(path, path, executor=here)


def test_a_cluster_that_does_not_answer_stops_it_before_any_work(tmp_path):
    def gone(make, tasks):
        raise UsageError("a Dask scheduler that answers", "none", "check the address")
        yield

    with pytest.raises(UsageError, match="a Dask scheduler"):
        run_study(written(tmp_path, PLAIN), tmp_path / "out", executor=gone)
    assert not (tmp_path / "out").exists()


def test_scheduler_and_workers_exclude_each_other(tmp_path, capsys):
    path, before = written(tmp_path, PLAIN), signal.getsignal(signal.SIGINT)
    assert main(["study", str(path), str(tmp_path / "out"), "--scheduler", "tcp://x:1", "--workers", "2"]) == 2
    assert "--scheduler alone" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGINT) is before
