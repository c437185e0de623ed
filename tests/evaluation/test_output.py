import csv
import json
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from lensym import atomic
from lensym.errors import OutputError
from lensym.evaluation import output
from lensym.evaluation.assess import assess
from lensym.evaluation.metrics import macro_auc
from lensym.evaluation.output import require_empty, write_results


@pytest.fixture
def results(predictions):
    return assess(predictions, {"name": "net"}, {})


@pytest.fixture
def figures():
    return {"roc": Figure()}


def test_folder_holds_all_of_it(tmp_path, results, predictions, figures):
    out = tmp_path / "runs" / "evaluation"
    write_results(out, results, predictions, figures)
    assert sorted(str(p.relative_to(out)) for p in out.rglob("*.*")) == [
        "figures/roc.png",
        "metrics.json",
        "predictions.csv",
        "report.html",
    ]
    assert json.loads((out / "metrics.json").read_text()) == results
    assert list(out.parent.iterdir()) == [out]


def test_metrics_follow_from_the_table(tmp_path, results, predictions, figures):
    write_results(tmp_path / "out", results, predictions, figures)
    with (tmp_path / "out" / "predictions.csv").open() as file:
        rows = list(csv.DictReader(file))
    p = np.array([[float(row[f"p_{name}"]) for name in predictions.classes] for row in rows])
    labels = np.array([predictions.classes.index(row["label"]) for row in rows])
    assert macro_auc(p, labels) == results["macro_auc"]
    assert [row["predicted"] == row["label"] for row in rows] == predictions.correct.tolist()


def test_an_empty_folder_is_filled(tmp_path, results, predictions, figures):
    write_results(tmp_path, results, predictions, figures)
    assert (tmp_path / "metrics.json").exists()


def test_what_a_killed_writer_left_is_no_obstacle(tmp_path, results, predictions, figures):
    (tmp_path / f".{tmp_path.name}.123.lensym-tmp" / "figures").mkdir(parents=True)
    write_results(tmp_path, results, predictions, figures)
    assert not list(tmp_path.glob(".*"))


def test_the_working_folder_is_filled_and_stays_the_working_folder(
    tmp_path, results, predictions, figures, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    write_results(Path(), results, predictions, figures)
    assert sorted(path.name for path in Path().iterdir()) == [
        "figures",
        "metrics.json",
        "predictions.csv",
        "report.html",
    ]


def test_an_empty_folder_is_empty_again_if_the_last_name_cannot_be_given(
    tmp_path, results, predictions, figures, monkeypatch
):
    real = Path.replace

    def fails_at_the_end(self, target):
        if target == tmp_path / "metrics.json":
            raise OSError(28, "No space left on device")
        return real(self, target)

    monkeypatch.setattr("pathlib.Path.replace", fails_at_the_end)
    with pytest.raises(OutputError, match="room on the disk"):
        write_results(tmp_path, results, predictions, figures)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_refused_first(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="can be written"):
        require_empty(tmp_path / "file" / "out")
    require_empty(tmp_path / "new" / "out")

    def refuses(dir, suffix):
        assert dir == tmp_path
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(atomic, "TemporaryFile", refuses)
    with pytest.raises(OutputError, match=r"can be written; got '.*', which cannot \(Permission denied\)"):
        require_empty(tmp_path / "new" / "out")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="a folder in which even root can make no file")
def test_what_permissions_allow_and_the_system_refuses(tmp_path):
    with pytest.raises(OutputError, match=r"a folder for '/proc/out' that can be written; got '/proc', which cannot"):
        require_empty(Path("/proc/out"))


def test_a_run_that_finds_the_results_of_another_says_so(tmp_path, results, predictions, figures):
    write_results(tmp_path / "out", results, predictions, figures)
    with pytest.raises(OutputError, match="to which another run wrote its results while this one computed; run it"):
        write_results(tmp_path / "out", results, predictions, figures)


@pytest.mark.parametrize("existed", [False, True])
def test_a_run_that_another_overtakes_while_it_writes_says_so(
    tmp_path, results, predictions, figures, monkeypatch, existed
):
    out, write_files = tmp_path / "out", output._write_files
    if existed:
        out.mkdir()

    def be_overtaken(*args):
        monkeypatch.setattr(output, "_write_files", write_files)
        write_files(*args)
        write_results(out, results | {"n": 7}, predictions, figures)

    monkeypatch.setattr(output, "_write_files", be_overtaken)
    with pytest.raises(OutputError, match="to which another run wrote its results while this one computed"):
        write_results(out, results, predictions, figures)
    assert json.loads((out / "metrics.json").read_text())["n"] == 7
    assert list(tmp_path.rglob(".*")) == []


def test_files_of_others_are_left_alone(tmp_path, results, predictions, figures):
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(OutputError, match="with files in it"):
        write_results(tmp_path, results, predictions, figures)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]
    with pytest.raises(OutputError, match="the file"):
        require_empty(tmp_path / "mine.txt")


@pytest.mark.parametrize("failing", ["write", "rename"])
def test_nothing_half_written_stays(tmp_path, results, predictions, figures, monkeypatch, failing):
    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    if failing == "write":
        monkeypatch.setattr("pathlib.Path.write_bytes", full)
    else:
        monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(OutputError, match="room on the disk"):
        write_results(tmp_path / "out", results, predictions, figures)
    assert list(tmp_path.iterdir()) == []


def test_nan_is_never_written(tmp_path, results, predictions, figures):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_results(tmp_path / "out", results | {"ece": float("nan")}, predictions, figures)
    assert list(tmp_path.iterdir()) == []
