from itertools import pairwise

import numpy as np
import pytest

from lensym.evaluation.assess import assess
from lensym.evaluation.by_mass import auc_by_value
from lensym.evaluation.figures import by_mass_figure, png_bytes
from lensym.evaluation.metrics import class_auc
from lensym.evaluation.predictions import Predictions


@pytest.fixture(scope="module")
def graded():
    """Images of the last class the better told the larger their value."""
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], 200)
    values = np.where(labels == 2, rng.uniform(0, 4, 600), np.nan)
    score = rng.normal(size=600) + np.nan_to_num(values)
    p = 1 / (1 + np.exp(-score))
    return Predictions(labels, np.stack([(1 - p) / 2, (1 - p) / 2, p], 1), ("a", "b", "axion")), values


def test_bins_hold_the_class_and_the_auc_rises_with_the_value(graded):
    predictions, values = graded
    bins = auc_by_value(predictions, "axion", values)
    assert [b["n"] for b in bins] == [50] * 4
    assert all(a["high"] <= b["low"] for a, b in pairwise(bins))
    assert all(a["auc"] < b["auc"] for a, b in pairwise(bins))
    assert all(b["ci"][0] < b["auc"] < b["ci"][1] for b in bins)
    whole = class_auc(predictions.probabilities, predictions.labels)[2]
    assert np.mean([b["auc"] for b in bins]) == pytest.approx(whole)


def test_values_without_a_meaning_make_no_trend(graded):
    predictions, values = graded
    rng = np.random.default_rng(1)
    shuffled = values.copy()
    shuffled[400:] = rng.permutation(values[400:])
    aucs = [b["auc"] for b in auc_by_value(predictions, "axion", shuffled)]
    assert np.ptp(aucs) < 0.15


def test_few_images_or_equal_values_make_fewer_bins(graded):
    predictions, values = graded
    few = values.copy()
    few[425:] = np.nan
    assert [b["n"] for b in auc_by_value(predictions, "axion", few)] == [12, 13]
    few[405:] = np.nan
    assert auc_by_value(predictions, "axion", few) == []
    same = np.where(np.isfinite(values), -23.0, np.nan)
    ((only,),) = [auc_by_value(predictions, "axion", same)]
    assert (only["n"], only["low"], only["high"]) == (200, -23, -23)
    one = same.copy()
    one[400] = -24
    assert [b["n"] for b in auc_by_value(predictions, "axion", one)] == [199]


def test_an_interval_has_width_where_every_pair_is_right(graded):
    predictions, values = graded
    sure = np.where(predictions.labels == 2, 0.9, 0.1)
    perfect = Predictions(predictions.labels, np.stack([(1 - sure) / 2] * 2 + [sure], 1), predictions.classes)
    for b in auc_by_value(perfect, "axion", values):
        assert b["auc"] == b["ci"][1] == 1
        assert b["ci"][0] < 0.95


def test_it_is_in_the_results_and_can_be_drawn(graded):
    predictions, values = graded
    results = assess(predictions, {}, {}, masses={"axion": values})
    assert len(results["by_mass"]["axion"]) == 4
    assert "by_mass" not in assess(predictions, {}, {}, masses={"axion": np.full(600, np.nan)})
    assert png_bytes(by_mass_figure(results["by_mass"])).startswith(b"\x89PNG")
