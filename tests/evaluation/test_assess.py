import json

import numpy as np
import pytest

from lensym.evaluation.assess import assess
from lensym.evaluation.audit import audit
from lensym.evaluation.metrics import accuracy, brier, macro_auc

MODEL = {"name": "lensnet", "group": "D4"}
DATA = {"recipe": "model_1", "manifest_sha256": "ab" * 32}


def test_contract_of_metrics_json(predictions, make_predictions):
    results = assess(predictions, MODEL, DATA, baseline=make_predictions(120, 1.0, seed=3))
    assert results["n"] == 360
    assert results["classes"] == ["no_sub", "cdm", "axion"]
    assert results["macro_auc"] == macro_auc(predictions.probabilities, predictions.labels)
    assert results["macro_auc"] == pytest.approx(np.mean(list(results["auc"].values())))
    assert results["accuracy"] == accuracy(predictions.probabilities, predictions.labels)
    assert results["brier"] == brier(predictions.probabilities, predictions.labels)
    assert 0 <= results["ece"] < 0.1
    assert results["model"] == MODEL
    assert results["data"] == DATA
    assert results["baseline"]["difference"] == results["macro_auc"] - results["baseline"]["macro_auc"] > 0
    assert np.sum(results["confusion"]) == 360


def test_every_interval_holds_its_figure_and_has_width(predictions, perfect):
    for results in (assess(predictions, MODEL, DATA), assess(perfect, MODEL, DATA)):
        pairs = [
            (results["macro_auc"], results["macro_auc_ci"]),
            (results["macro_auc"], results["macro_auc_ci_bootstrap"]),
            (results["accuracy"], results["accuracy_ci"]),
            (results["brier"], results["brier_ci"]),
            *((results["auc"][name], results["auc_ci"][name]) for name in results["classes"]),
        ]
        for value, (low, high) in pairs:
            assert low <= value <= high
            assert high - low > 1e-9


def test_the_two_intervals_of_the_macro_auc_agree(predictions):
    results = assess(predictions, MODEL, DATA)
    np.testing.assert_allclose(results["macro_auc_ci"], results["macro_auc_ci_bootstrap"], atol=0.004)


def test_is_json_without_nan_and_the_same_every_time(predictions):
    images = np.random.default_rng(0).random((3, 1, 6, 6)).astype(np.float32)
    checked = audit({"net": lambda x: x.mean((2, 3)) * [[1, 2]]}, images, angles=[0.0, 45.0])
    first = json.dumps(assess(predictions, MODEL, DATA, audit=checked), allow_nan=False)
    assert first == json.dumps(assess(predictions, MODEL, DATA, audit=checked), allow_nan=False)
    stored = json.loads(first)["audit"]
    assert stored["angles"] == [0, 45]
    assert len(stored["curves"]["net"]["change"]) == 2
    assert stored["group"][0]["worst"] == max(stored["group"][0]["changes"].values())


def test_a_warning_alone_is_one_sentence(predictions):
    assert assess(predictions, {}, {}, warnings="Seen before.")["flags"][0] == "Seen before."
