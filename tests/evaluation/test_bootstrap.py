import numpy as np
import pytest

from lensym.errors import UsageError
from lensym.evaluation.bootstrap import bootstrap, macro_auc_statistic, mean_statistic, percentile_interval
from lensym.evaluation.intervals import Interval
from lensym.evaluation.metrics import macro_auc


def test_weighted_auc_is_that_of_the_repeated_images():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], [9, 6, 5])
    scores = np.round(rng.random((20, 3)), 1)
    checked = []

    def compare(counts):
        drawn = np.repeat(np.arange(20), counts[0])
        np.testing.assert_array_equal(labels[drawn], labels)
        expected = macro_auc(scores[drawn], labels[drawn])
        checked.append(expected)
        got = macro_auc_statistic(scores, labels)(counts)
        assert got[0] == pytest.approx(expected, abs=1e-12)
        return got

    bootstrap(labels, compare, resamples=3)
    bootstrap(labels, compare, resamples=3, seed=1)
    assert len(set(checked)) == 2


def test_same_seed_same_draws_and_as_many_as_asked(predictions):
    statistic = mean_statistic(predictions.correct)
    draws = bootstrap(predictions.labels, statistic, resamples=250, seed=4)
    assert draws.shape == (250,)
    np.testing.assert_array_equal(draws, bootstrap(predictions.labels, statistic, resamples=250, seed=4))
    assert (draws != bootstrap(predictions.labels, statistic, resamples=250, seed=5)).any()


def test_spread_of_a_mean_is_the_textbook_one():
    labels = np.repeat([0, 1], 200)
    right = np.arange(400) % 10 > 0
    draws = bootstrap(labels, mean_statistic(right), resamples=4000)
    assert draws.mean() == pytest.approx(0.9, abs=0.001)
    assert draws.std() == pytest.approx(np.sqrt(0.9 * 0.1 / 400), rel=0.05)


def test_percentiles_and_no_false_certainty():
    low, high = percentile_interval(np.arange(1001.0), Interval(0, 1))
    assert (low, high) == (pytest.approx(25), pytest.approx(975))
    assert percentile_interval(np.ones(100), Interval(0.9, 1.0)) == (0.9, 1.0)


@pytest.mark.parametrize("wrong", [{"seed": None}, {"seed": -1}, {"resamples": 0}, {"resamples": 2.5}])
def test_seed_and_resamples_are_whole_numbers(wrong, unchecked):
    labels = np.repeat([0, 1], 5)
    with unchecked(), pytest.raises(UsageError, match=f"{next(iter(wrong))} must be a whole number"):
        bootstrap(labels, mean_statistic(labels), **wrong)
