"""Where results may go: refused before any work where they would be lost, or cost what was there."""

from pathlib import Path

import pytest

UNWRITABLE = Path("/proc")  # even root can make no file in it
unwritable = pytest.mark.skipif(not (UNWRITABLE / "self").exists(), reason="no such folder on this system")


@pytest.mark.parametrize("given", ["own.csv", "*.csv", "link.csv"])
def test_predict_never_replaces_its_input(lensym, trained_run, telescope_file, tmp_path, monkeypatch, given):
    monkeypatch.chdir(tmp_path)
    options = ("--model", trained_run / "model", "--hdu", "SCI")
    assert lensym("predict", telescope_file, *options, "--out", "own.csv").code == 0
    content = Path("own.csv").read_bytes()  # a table of answers is a catalogue too
    Path("link.csv").symlink_to("own.csv")
    result = lensym("predict", given, *options, "--out", tmp_path / "own.csv")
    assert result.code == 2
    assert "--out that is none of the inputs; got" in result.error
    assert Path("own.csv").read_bytes() == content
    assert lensym("predict", telescope_file, *options, "--out", "own.csv").code == 0


@pytest.mark.parametrize("name", ["notes.csv", "notes.vot", "notes.CSV"])
def test_predict_never_replaces_what_is_no_table_of_answers(lensym, telescope_file, tmp_path, name):
    (tmp_path / name).write_text("id,ra,dec\n1,10,20\n")
    result = lensym("predict", telescope_file, "--model", "none", "--out", tmp_path / name)
    assert result.code == 1
    assert "a new file for the answers, or a table of answers to replace; got" in result.error
    assert (tmp_path / name).read_text() == "id,ra,dec\n1,10,20\n"


@unwritable
def test_predict_explains_nothing_whose_answers_cannot_be_written(lensym, trained_run, telescope_file, tmp_path):
    options = ("--model", trained_run / "model", "--hdu", "SCI", "--explain", tmp_path / "figures")
    result = lensym("predict", telescope_file, *options, "--out", UNWRITABLE / "answers.csv")
    assert (result.code, len(result.err.splitlines())) == (1, 1)
    assert "a folder for '/proc/answers.csv' that can be written" in result.error
    assert not (tmp_path / "figures").exists()


@unwritable
@pytest.mark.parametrize(
    "options", [("evaluate", "--out", "out"), ("audit", "--figure", "a.png"), ("audit", "--layers", "l.png")]
)
def test_a_test_whose_results_cannot_be_written_is_not_begun(lensym, trained_run, data_set, options):
    verb, option, name = options
    result = lensym(verb, trained_run / "model", data_set, option, UNWRITABLE / name)
    assert (result.code, len(result.err.splitlines())) == (1, 1)
    assert f"a folder for '/proc/{name}' that can be written; got '/proc', which cannot" in result.error


def test_layers_that_cannot_be_compared_are_refused_before_the_audit(lensym, trained_run, data_set, tmp_path):
    figures = ("--figure", tmp_path / "audit.png", "--layers", tmp_path / "layers.png")
    result = lensym("audit", trained_run / "model", data_set, *figures)
    assert (result.code, len(result.err.splitlines())) == (2, 1)
    assert "a network with feature maps on the pixel grid" in result.error
    assert list(tmp_path.iterdir()) == []
