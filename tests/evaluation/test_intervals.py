import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, norm

from lensym.errors import InputError, UsageError
from lensym.evaluation.bootstrap import bootstrap, macro_auc_statistic, percentile_interval
from lensym.evaluation.intervals import (
    AucEstimate,
    Interval,
    auc_difference,
    auc_influence,
    delong,
    pairs_interval,
    wilson,
)
from lensym.evaluation.metrics import auc, macro_auc


@given(st.integers(1, 500), st.data(), st.sampled_from([0.68, 0.95, 0.99]))
def test_wilson_agrees_with_scipy_and_has_width(n, data, level):
    hits = data.draw(st.integers(0, n))
    expected = binomtest(hits, n).proportion_ci(level, method="wilson")
    low, high = wilson(float(hits), n, level)
    assert (low, high) == (pytest.approx(expected.low, abs=1e-12), pytest.approx(expected.high, abs=1e-12))
    assert low < high


def two_columns(scores):
    return np.stack([-scores, scores], axis=1)


def test_delong_is_the_published_formula_for_two_classes():
    """DeLong, DeLong & Clarke-Pearson 1988, eqs. 4 to 8, by loops over all pairs."""
    rng = np.random.default_rng(3)
    labels = np.repeat([0, 1], [40, 25])
    scores = np.round(rng.normal(size=65) + labels, 1)
    x, y = scores[labels == 1], scores[labels == 0]
    psi = (x[:, None] > y) + 0.5 * (x[:, None] == y)
    expected = psi.mean(1).var(ddof=1) / len(x) + psi.mean(0).var(ddof=1) / len(y)
    positive = delong(two_columns(scores), labels).classes[1]
    assert positive.value == pytest.approx(psi.mean())
    assert positive.variance == pytest.approx(expected, rel=1e-12)


def test_influence_is_centred_within_each_side(predictions):
    influence = auc_influence(predictions.probabilities, predictions.labels)
    for k in range(3):
        assert influence[predictions.labels == k, k].sum() == pytest.approx(0, abs=1e-12)
        assert influence[predictions.labels != k, k].sum() == pytest.approx(0, abs=1e-12)


def test_macro_variance_agrees_with_the_bootstrap(predictions):
    p, labels = predictions.probabilities, predictions.labels
    draws = bootstrap(labels, macro_auc_statistic(p, labels), resamples=2000)
    assert delong(p, labels).macro.variance == pytest.approx(draws.var(), rel=0.12)


def test_macro_is_not_the_mean_of_independent_classes(predictions):
    """One image moves the AUC of several classes at once; leaving that out understates the variance."""
    estimate = delong(predictions.probabilities, predictions.labels)
    independent = sum(c.variance for c in estimate.classes) / 9
    assert estimate.macro.variance > 1.2 * independent


def test_perfect_and_tied_samples_have_width(perfect):
    estimate = delong(perfect.probabilities, perfect.labels)
    low, high = estimate.macro.interval()
    assert estimate.macro.value == 1
    assert (low, high) == pairs_interval(1.0, 30)
    assert low == pytest.approx(1 - 3.84 / (30 + 3.84), abs=1e-4)
    tied = delong(np.full((60, 2), 0.5), np.repeat([0, 1], 30)).macro.interval()
    assert tied.low < 0.4
    assert tied.high > 0.6


@given(st.integers(2, 12), st.integers(2, 12), st.integers(0, 2**32 - 1), st.sampled_from([1, 3, 100]))
def test_no_interval_has_zero_width_or_leaves_the_unit_range(n0, n1, seed, levels):
    rng = np.random.default_rng(seed)
    labels = np.repeat([0, 1], [n0, n1])
    scores = rng.integers(0, levels + 1, n0 + n1) + levels * labels * rng.integers(0, 2)
    for estimate in (*delong(two_columns(scores.astype(float)), labels).classes,):
        low, high = estimate.interval()
        assert 0 <= low < high <= 1
        assert low <= estimate.value <= high


def coverage(truth: float, n: int, repeats: int) -> float:
    rng = np.random.default_rng(11)
    labels = np.repeat([0, 1], n)
    shift = np.sqrt(2) * norm.ppf(truth)
    hits = 0
    for _ in range(repeats):
        low, high = delong(two_columns(rng.normal(size=2 * n) + shift * labels), labels).macro.interval()
        hits += low <= truth <= high
    return hits / repeats


@pytest.mark.parametrize(("truth", "n"), [(0.7, 50), (0.95, 50), (0.995, 100), (0.999, 400), (0.9999, 100)])
def test_intervals_cover_the_truth_as_often_as_they_say(truth, n):
    """The coverage's standard error is .011. Near 1 normal quantiles would cover .92, those of Student do .96."""
    assert coverage(truth, n, repeats=400) > 0.925


def test_fewer_degrees_of_freedom_widen():
    narrow, wide = (AucEstimate(0.99, 1e-6, freedom, 100).interval() for freedom in (1e6, 3.0))
    assert wide.low < narrow.low
    assert narrow.high < wide.high


def test_value_is_that_of_the_metrics(predictions):
    p, labels = predictions.probabilities, predictions.labels
    estimate = delong(p, labels)
    assert estimate.macro.value == macro_auc(p, labels)
    assert estimate.classes[2].value == auc(p[:, 2], labels == 2)


def noisier(p, noise, seed):
    """Logits of predictions with noise of their own on top."""
    return np.log(p.probabilities) + np.random.default_rng(seed).normal(0, noise, p.probabilities.shape)


@pytest.mark.parametrize("noise", [0.5, 4.0])
def test_interval_of_a_difference_is_that_of_the_paired_bootstrap(predictions, noise):
    p, labels = predictions.probabilities, predictions.labels
    other = noisier(predictions, noise, seed=0)
    draws = [bootstrap(labels, macro_auc_statistic(scores, labels), seed=1) for scores in (p, other)]
    value, interval = auc_difference(p, other, labels)
    assert value == pytest.approx(macro_auc(p, labels) - macro_auc(other, labels))
    width = interval.high - interval.low
    np.testing.assert_allclose(interval, np.quantile(draws[0] - draws[1], [0.025, 0.975]), atol=0.15 * width)


def test_difference_changes_sign_with_the_order(predictions):
    other = noisier(predictions, 1.0, seed=0)
    value, (low, high) = auc_difference(predictions.probabilities, other, predictions.labels)
    back, (back_low, back_high) = auc_difference(other, predictions.probabilities, predictions.labels)
    np.testing.assert_allclose([back, back_low, back_high], [-value, -high, -low], atol=1e-12)


def test_two_perfect_rankings_are_not_known_to_be_alike(perfect):
    value, (low, high) = auc_difference(perfect.probabilities, perfect.probabilities**2, perfect.labels)
    assert value == 0
    assert low < -0.05 < 0.05 < high


@pytest.mark.parametrize("labels", [[0] * 8 + [1], [0] * 9])
def test_a_class_of_fewer_than_two_images_is_refused(labels):
    scores = np.random.default_rng(0).normal(size=(9, 2))
    with pytest.raises(InputError, match="at least 2 images of each class"):
        delong(scores, np.array(labels))


@pytest.mark.parametrize("level", [0.0, 1.0, 95, -0.1, float("nan")])
def test_a_level_is_a_share(level, predictions):
    p, labels = predictions.probabilities, predictions.labels
    for asked in (
        lambda: wilson(1.0, 2, level),
        lambda: delong(p, labels).macro.interval(level),
        lambda: auc_difference(p, p, labels, level),
        lambda: percentile_interval(np.arange(9.0), Interval(0, 1), level),
    ):
        with pytest.raises(UsageError, match=r"a confidence level between 0 and 1; got .*; give for instance 0.95"):
            asked()


@pytest.mark.parametrize("successes", [-1, 11, float("nan")])
def test_successes_are_some_of_all(successes):
    with pytest.raises(InputError, match=r"from 0 to 10 successes; got .*; count them again"):
        wilson(successes, 10)


@pytest.mark.parametrize("n", [0, -1, 2.5])
def test_a_share_is_of_something(n, unchecked):
    with unchecked(), pytest.raises(UsageError, match="n must be a whole number above 0"):
        wilson(0, n)


def test_labels_of_other_images_are_refused(unchecked):
    with unchecked(), pytest.raises(InputError, match="as many labels"):
        delong(np.eye(4), np.array([0, 0, 1, 1, 1]))
