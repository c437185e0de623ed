import numpy as np
import pytest

from lensym.evaluation.anomaly import assess_scores, combined, fit_answer


def test_one_validation_image_in_a_hundred_is_above_the_threshold():
    scores = np.random.default_rng(0).normal([1, 5, 0], [1, 9, 0.1], (1000, 3))
    answer = fit_answer(scores)
    assert (combined(scores, answer) > answer.threshold).sum() == 10
    assert combined(scores, answer).mean() == pytest.approx(0)


def test_each_class_is_ranked_against_the_smooth_one_alone():
    rng = np.random.default_rng(1)
    labels = np.repeat([0, 1, 2], 200)
    scores = rng.normal(size=(600, 3)) + np.array([0, 3, 0])[labels][:, None]
    found = assess_scores(scores, labels, ("no_sub", "cdm", "axion"), "no_sub", fit_answer(scores[:200]))
    assert found["auc"]["combined"]["cdm"] > 0.99
    low, high = found["auc_ci"]["combined"]["axion"]
    assert low < 0.5 < high
    assert found["called_strange"]["cdm"] > 0.9 > found["called_strange"]["no_sub"]


def test_a_text_alone_is_one_class_and_not_its_letters():
    scores = np.random.default_rng(1).normal(size=(9, 3))
    found = assess_scores(scores, np.zeros(9, int), "no_sub", "no_sub", fit_answer(scores))
    assert list(found["called_strange"]) == ["no_sub"]
