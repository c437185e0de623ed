"""Images of one class: rates instead of a ranking."""

import json

import numpy as np
import pytest

from lensym.evaluation.called import assess_called
from lensym.evaluation.intervals import wilson
from lensym.evaluation.output import draw_figures, write_results
from lensym.evaluation.predictions import Answers
from lensym.evaluation.report import render_report

CLASSES = ("no_sub", "cdm", "axion")


def answers(called, classes=CLASSES, truth=0):
    """So many images called each class, all of one."""
    predicted = np.repeat(np.arange(len(classes)), called)
    probabilities = 0.1 + (1 - 0.1 * len(classes)) * np.eye(len(classes))[predicted]
    return Answers(np.full(len(predicted), truth), probabilities, classes)


@pytest.fixture
def results():
    return assess_called(answers([150, 40, 10]), {"name": "net"}, {"recipe": "model_2", "variant": "stress"})


def test_rates_of_each_class_and_of_substructure(results):
    assert (results["n"], results["classes"], results["counts"]) == (200, list(CLASSES), {"no_sub": 200})
    assert results["called"] == {"no_sub": 0.75, "cdm": 0.2, "axion": 0.05}
    assert results["called_ci"]["cdm"] == list(wilson(40, 200))
    assert results["called_substructure"] == 0.25
    assert results["called_substructure_ci"] == list(wilson(50, 200))
    assert "macro_auc" not in results
    assert results["flags"] == []


def test_a_single_class_of_substructure():
    results = assess_called(answers([5, 10, 5], truth=1), {}, {}, warnings=["Seen before."])
    assert results["counts"] == {"cdm": 20}
    assert results["called_substructure"] == 0.75
    assert results["flags"] == ["Seen before.", "Few images: only 20 of 'cdm', hence wide intervals."]


def test_classes_of_ones_own_have_no_rate_of_substructure():
    results = assess_called(answers([120, 30], ("ring", "arc")), {}, {})
    assert results["called"]["arc"] == 0.2
    assert "called_substructure" not in results
    assert "called substructure" not in render_report(results, {})


def test_the_page_says_the_rate_and_that_it_needs_another_beside_it(results):
    text = " ".join(render_report(results, {}).split())
    for words in (
        "net on model_2 (stress)",
        "200 images (200 no substructure)",
        "<strong>25.0 %</strong>of images called substructure",
        "hence no AUC",
        "no substructure (the truth)",
        "75.0 %",
    ):
        assert words in text
    assert "of pairs" not in text


def test_the_folder_holds_all_of_it(results, tmp_path):
    found = answers([150, 40, 10])
    figures = draw_figures(results, found, lambda rows: np.ones((len(rows), 1, 4, 4)))
    assert set(figures) == {"examples"}
    write_results(tmp_path / "out", results, found, figures)
    assert json.loads((tmp_path / "out" / "metrics.json").read_text()) == results
    rows = (tmp_path / "out" / "predictions.csv").read_text().splitlines()
    assert rows[0] == "index,label,predicted,p_no_sub,p_cdm,p_axion"
    assert rows[-1].startswith("199,no_sub,axion,")


def test_a_warning_alone_is_one_sentence():
    assert assess_called(answers([150, 40, 10]), {}, {}, warnings="Seen before.")["flags"] == ["Seen before."]
