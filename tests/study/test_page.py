"""Curves, front, paired comparisons and page, from invented answers."""

import csv
import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lensym.evaluation.intervals import delong
from lensym.evaluation.predictions import Predictions
from lensym.study import summary
from lensym.study.page import render_study, write_page
from lensym.study.paired import compare, mcnemar
from lensym.study.read import parse_study

CLASSES = ("no_sub", "cdm", "axion")
LABELS = np.repeat(np.arange(3), 100)
SMALL = {"name": "model_1", "set": {"image.size": 16, "image.pixel_scale": 0.45}, "label": "small"}
STUDY = {
    "recipes": [SMALL],
    "models": ["cnn", {"model": "cnn", "augment": False, "label": "plain"}, {"model": "cnn", "label": "broken"}],
    "sizes": [20, 40],
    "seeds": [0, 1],
    "epochs": 1,
    "test": 100,
}
REASON = "<script>alert(1)</script>"


def invented(skill, seed):
    """Answers whose scores are ``skill`` above those of the other classes; the noise of one seed is shared."""
    scores = np.random.default_rng(seed).normal(size=(len(LABELS), 3))
    scores[np.arange(len(LABELS)), LABELS] += skill
    weights = np.exp(scores)
    return Predictions(LABELS, weights / weights.sum(1, keepdims=True), CLASSES)


def test_the_better_network_is_found_and_an_equal_one_is_not():
    good, poor = ({seed: invented(skill, seed) for seed in (0, 1)} for skill in (2.0, 0.5))
    won, lost = compare(good, poor), compare(poor, good)
    assert (won.better, lost.better) == (1, -1)
    assert won.difference == pytest.approx(-lost.difference)
    assert won.only_right == lost.only_wrong
    assert max(won.p_values) < 1e-3
    equal = compare(good, good)
    assert (equal.better, equal.difference, equal.p_values) == (0, 0.0, (1.0, 1.0))


def test_one_seed_that_decides_otherwise_leaves_it_open():
    first = {0: invented(2.0, 0), 1: invented(0.5, 1)}
    assert compare(first, {0: invented(0.5, 0), 1: invented(2.0, 1)}).better == 0


def test_only_seeds_that_both_have_are_compared():
    found = compare({0: invented(1.0, 0), 2: invented(1.0, 2)}, {2: invented(1.0, 3), 1: invented(1.0, 1)})
    assert found.seeds == (2,)


def test_many_comparisons_ask_for_more():
    near = {0: invented(1.0, 0)}, {0: invented(0.5, 1)}
    decided = [compare(*near, comparisons).better for comparisons in (1, 10**12)]
    assert decided == [1, 0]


def test_mcnemar_asks_only_about_images_that_one_gets_wrong():
    assert mcnemar([1, 2], [1, 2]) == 1.0
    assert mcnemar([1, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9]) == 0.03125


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 5)), min_size=1, max_size=8))
def test_the_front_beats_all_others_and_nothing_in_itself(points):
    front = summary.pareto(points)
    for k, (cost, score) in enumerate(points):
        beaten = any(c <= cost and s >= score and (c, s) != (cost, score) for c, s in points)
        assert (k in front) == (not beaten)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    out = tmp_path_factory.mktemp("study")
    study = parse_study(STUDY)
    runs, answers, found, errors = study.runs(0), {}, {}, {}
    for run in runs:
        if run.model.label == "broken":
            errors[run.folder] = REASON
            continue
        plain = run.model.label == "plain"
        tests = {}
        for k, test in enumerate(("upright", "turned")):
            skill = 1.0 + run.size / 40 - 0.7 * plain * (test == "turned")
            answers[run.folder, test] = a = invented(skill, [run.seed, run.size, plain, k])
            estimate = delong(a.probabilities, a.labels).macro
            tests[test] = {
                "macro_auc": estimate.value,
                "macro_auc_ci": list(estimate.interval()),
                "accuracy": float(a.correct.mean()),
            }
        cost = {"gflop": 0.1 + plain, "parameters": 9, "validation": {"macro_auc": 0.9}}
        found[run.folder] = cost | {"tests": tests}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(summary, "read_answers", lambda f, t, result: answers[str(f.relative_to(out)), t])
        return summary.summarise(study, runs, found, errors, out)


def test_a_point_is_the_mean_of_its_seeds_with_their_range(results):
    point = results["points"][0]
    values = point["upright"]["values"]
    assert len(values) == point["seeds"] == 2
    assert point["upright"]["mean"] == pytest.approx(np.mean(values))
    assert point["upright"]["band"] == [min(values), max(values)]


def test_a_network_that_heeds_orientation_loses_on_turned_scenes_and_the_other_does_not(results):
    ends = {p["model"]: p["turned_minus_upright"]["interval"] for p in results["points"] if p["size"] == 40}
    assert ends["plain"][1] < 0
    assert ends["cnn"][0] < 0 < ends["cnn"][1]


def test_the_page_is_whole_and_asks_for_nothing(results, tmp_path):
    write_page(tmp_path, results)
    page = (tmp_path / "report.html").read_text("utf-8")
    assert set(re.findall(r'(?:src|href)="(.{10})', page)) == {"data:image"}
    assert "http" not in page.replace("http-equiv", "")
    assert page.count("<img") == len(list((tmp_path / "figures").glob("*.png"))) == 3
    assert REASON not in page
    assert page.index("Failed: small, broken, 20 a class, seed 0: &lt;script&gt;") < page.index("<h2>small</h2>")
    assert "Worse on turned scenes than on upright ones: plain." in page
    assert json.loads((tmp_path / "results.json").read_text("utf-8")) == json.loads(json.dumps(results))
    rows = list(csv.DictReader((tmp_path / "results.csv").read_text("utf-8").splitlines()))
    assert len(rows) == 12
    assert [row["error"] for row in rows if row["model"] == "broken"] == [REASON] * 4


def test_a_study_without_a_finished_run_has_a_page(results):
    runs = [run for run in results["runs"] if run["error"]]
    page = render_study({**results, "points": [], "comparisons": [], "runs": runs}, {})
    assert "No run of this recipe is done." in page


def test_one_seed_is_said_to_be_one(results):
    assert "There is one seed" not in render_study(results, {})
    assert "There is one seed" in render_study({**results, "seeds": [0]}, {})
