"""Every notebook runs, draws its figures, and is kept without outputs.

The cells run in this process, one notebook after the other: a kernel takes longer to start than most of them run.
"""

import json

import matplotlib as mpl
import matplotlib.pyplot as plt
import nbformat
import pytest
import torch
from IPython.core.inputtransformer2 import TransformerManager

from .blocks import ROOT

FOLDER = ROOT / "notebooks"
FIGURES = {"quickstart": 2, "invariance": 3, "train_your_own": 2, "real_lenses": 1}
"""Notebooks, and how many figures each shows beside the pictures that it displays."""


def read(name):
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    nbformat.validate(notebook)
    return notebook


def code(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def has_outputs(notebook):
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return any(cell.outputs or cell.execution_count is not None for cell in cells)


def run(cells, name):
    """Execute cells as a kernel would, magics included; returns what they left."""
    namespace = {"__name__": "__main__"}
    for number, source in enumerate(cells):
        exec(compile(TransformerManager().transform_cell(source), f"{name}, code cell {number}", "exec"), namespace)
    return namespace


@pytest.fixture
def shown(monkeypatch, tmp_path):
    """Numbers of the figures that were shown; nothing is drawn on a screen, and no folder is left elsewhere."""
    former, threads = mpl.get_backend(), torch.get_num_threads()
    plt.switch_backend("agg")
    torch.set_num_threads(1)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    figures = []

    def show():
        for number in plt.get_fignums():
            plt.figure(number).canvas.draw()
            figures.append(number)
        plt.close("all")

    monkeypatch.setattr(plt, "show", show)
    yield figures
    plt.close("all")
    plt.switch_backend(former)
    torch.set_num_threads(threads)


# four notebooks a person meets first: each simulates, asks and draws for real, the third trains a network
@pytest.mark.parametrize("name", FIGURES)
def test_a_notebook_runs_and_shows_its_figures(name, shown, capsys):
    left = run(code(read(name)), name)
    assert len(shown) == FIGURES[name]
    assert capsys.readouterr().out
    if name == "quickstart":
        assert (left["called"] == left["simulation"].labels).mean() > 0.9
    if name == "invariance":
        assert max(left["errors"]["pooled over the plane"].values()) < 1e-12 < max(left["errors"]["flattened"].values())
        assert (left["charts"][1] == left["shifted"]).all()
    if name == "train_your_own":
        assert left["result"]["macro_auc"] > 0.7
    if name == "real_lenses":
        assert left["answer"].label == "axion"
        assert left["found"].label is None


@pytest.mark.parametrize("name", FIGURES)
def test_a_notebook_is_kept_without_outputs_and_installs_what_is_missing(name):
    notebook = read(name)
    assert not has_outputs(notebook)
    first = code(notebook)[0]
    assert first == code(read("quickstart"))[0]
    assert "find_spec(" in first
    assert "\n    %pip install" in first
    assert notebook.metadata.kernelspec.name == "python3"
    assert set(notebook.metadata) == {"kernelspec", "language_info"}


def test_every_notebook_is_tested_and_linked():
    assert {path.stem for path in FOLDER.glob("*.ipynb")} == FIGURES.keys()
    for page in ("README.md", "docs/start.md", "docs/index.md"):
        text = (ROOT / page).read_text("utf-8")
        assert {name for name in FIGURES if f"{name}.ipynb" not in text} == set()


def test_outputs_and_a_failing_cell_would_be_seen():
    notebook = read("quickstart")
    notebook.cells[1].execution_count = 1
    assert has_outputs(notebook)
    with pytest.raises(ZeroDivisionError):
        run(["1 / 0"], "planted")
    assert json.loads((FOLDER / "quickstart.ipynb").read_text())["nbformat"] == 4
