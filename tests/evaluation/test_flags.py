import numpy as np
import pytest
from scipy.special import softmax

from lensym.evaluation.assess import assess
from lensym.evaluation.audit import audit
from lensym.evaluation.flags import find_flags
from lensym.evaluation.predictions import Predictions

SOUND = {
    "n": 600,
    "classes": ["a", "b", "c"],
    "counts": {"a": 200, "b": 200, "c": 200},
    "confusion": [[180, 10, 10], [10, 180, 10], [10, 10, 180]],
    "macro_auc": 0.98,
    "macro_auc_ci": [0.97, 0.99],
    "ece": 0.01,
    "baseline": {"macro_auc": 0.9, "difference": 0.08, "difference_ci": [0.06, 0.1]},
    "audit": {"group": [{"network": "net", "group": "D4", "worst": 1e-7, "invariant": True}]},
}


def rival(macro_auc, difference, low):
    return {"baseline": {"macro_auc": macro_auc, "difference": difference, "difference_ci": [low, difference + 0.1]}}


def test_sound_results_raise_no_flag():
    assert find_flags(SOUND) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"confusion": [[10, 180, 10], [10, 10, 180], [180, 10, 10]]}, "b, c, a"),
        ({"macro_auc": 0.51, "macro_auc_ci": [0.48, 0.54]}, "not shown to be better than guessing"),
        ({"macro_auc": 0.49, "macro_auc_ci": [0.46, 0.52]}, "no better than guessing"),
        (rival(0.975, 0.005, -0.002), "not shown to be better than the radial-profile baseline"),
        (rival(0.985, -0.005, -0.01), "no better than the radial-profile baseline"),
        (rival(0.995, 0.003, 0.001), "little about substructure"),
        ({"counts": {"a": 200, "b": 7, "c": 200}}, "only 7 of 'b'"),
        ({"macro_auc": 1.0, "macro_auc_ci": [0.98, 1.0]}, "no test image was trained on"),
        ({"ece": 0.12}, "off by 12 points"),
        (
            {"audit": {"group": [{"network": "net", "group": "D4", "worst": 0.02, "invariant": False}]}},
            "change by up to 2.0e-02",
        ),
    ],
)
def test_each_fault_is_named_alone(change, words):
    (flag,) = find_flags(SOUND | change)
    assert words in flag


def test_a_control_that_is_not_invariant_is_no_fault_of_the_network():
    control = {"network": "cnn", "group": "D4", "worst": 0.5, "invariant": False}
    assert find_flags(SOUND | {"audit": {"group": [*SOUND["audit"]["group"], control]}}) == []


def test_classes_in_another_order_are_seen(make_predictions):
    p = make_predictions(120, 3.0, seed=0)
    swapped = Predictions(p.labels, p.probabilities[:, [1, 2, 0]], p.classes)
    flags = assess(swapped, {"name": "net"}, {})["flags"]
    assert "another order" in flags[0]


def test_callers_warnings_come_first(predictions):
    flags = assess(predictions, {}, {}, baseline=predictions, warnings=["trained on these images"])["flags"]
    assert flags[0] == "trained on these images"
    assert "baseline" in flags[1]


def test_a_perfect_model_on_few_images_is_not_called_no_better(make_predictions):
    model, baseline = make_predictions(4, 40.0, seed=0), make_predictions(4, 0.8, seed=1)
    results = assess(model, {}, {}, baseline)
    assert results["baseline"]["macro_auc"] > results["macro_auc_ci"][0]
    assert not any("no better" in flag for flag in results["flags"])


def test_a_small_lead_that_every_image_shares_is_seen(make_predictions):
    baseline = make_predictions(400, 1.5, seed=0)
    truth = np.eye(3)[baseline.labels]
    model = Predictions(baseline.labels, softmax(np.log(baseline.probabilities) + 0.08 * truth, 1), baseline.classes)
    results = assess(model, {}, {}, baseline)
    assert results["baseline"]["macro_auc"] > results["macro_auc_ci"][0]
    assert not any("baseline" in flag for flag in results["flags"])


def test_audit_of_a_real_function_is_flagged(predictions):
    images = np.random.default_rng(0).random((3, 1, 6, 6))
    result = audit({"net": lambda x: 3 * x[:, 0, 0, :2]}, images, angles=[0.0])
    assert "net change" in assess(predictions, {}, {}, audit=result)["flags"][0]
