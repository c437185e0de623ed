import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as oracle

from lensym.errors import InputError
from lensym.evaluation.metrics import (
    accuracy,
    auc,
    brier,
    class_auc,
    confusion_matrix,
    macro_auc,
    roc_curve,
)

scored = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=60).filter(
    lambda rows: len({positive for _, positive in rows}) == 2
)


def columns(rows):
    return np.array([score for score, _ in rows], float), np.array([positive for _, positive in rows])


@given(scored)
def test_auc_agrees_with_sklearn_with_many_ties(rows):
    scores, positive = columns(rows)
    assert auc(scores, positive) == pytest.approx(oracle.roc_auc_score(positive, scores), abs=1e-12)


@given(scored)
def test_auc_sees_ranks_only_and_turns_with_the_sign(rows):
    scores, positive = columns(rows)
    assert auc(np.exp(scores) - 3, positive) == auc(scores, positive)
    assert auc(-scores, positive) == pytest.approx(1 - auc(scores, positive), abs=1e-12)


@given(scored)
def test_area_under_the_curve_is_the_auc(rows):
    scores, positive = columns(rows)
    x, y = roc_curve(scores, positive)
    assert np.trapezoid(y, x) == pytest.approx(auc(scores, positive), abs=1e-12)
    assert (x[0], y[0], x[-1], y[-1]) == (0, 0, 1, 1)


def test_class_figures_agree_with_sklearn(predictions):
    p, labels = predictions.probabilities, predictions.labels
    by_class = oracle.roc_auc_score(labels, p, multi_class="ovr", average=None)
    np.testing.assert_allclose(class_auc(p, labels), by_class, atol=1e-12)
    assert macro_auc(p, labels) == pytest.approx(oracle.roc_auc_score(labels, p, multi_class="ovr"), abs=1e-12)
    assert accuracy(p, labels) == oracle.accuracy_score(labels, predictions.predicted)
    expected = oracle.confusion_matrix(labels, predictions.predicted)
    np.testing.assert_array_equal(confusion_matrix(labels, predictions.predicted, 3), expected)


def test_confusion_keeps_classes_that_nobody_named():
    matrix = confusion_matrix(np.array([0, 1, 2]), np.array([1, 1, 1]), 3)
    assert matrix.tolist() == [[0, 1, 0], [0, 1, 0], [0, 1, 0]]


def test_brier_by_hand():
    p = np.array([[0.5, 0.3, 0.2], [0.0, 1.0, 0.0]])
    assert brier(p, np.array([0, 1])) == pytest.approx((0.25 + 0.09 + 0.04) / 2)
    assert brier(p, np.array([0, 2])) == pytest.approx((0.38 + 2) / 2)


def test_zeros_and_ones_are_truth_values():
    scores, positive = np.array([0.1, 0.4, 0.4, 0.9]), np.array([0, 0, 1, 1])
    assert auc(scores, positive) == auc(scores, positive.astype(bool)) == 0.875


@pytest.mark.parametrize("figure", [accuracy, brier, confusion_matrix, auc, roc_curve, class_auc])
@pytest.mark.parametrize("count", [1, 3, 5])
def test_labels_of_other_images_are_refused(figure, count, unchecked):
    """Numpy would spread the shorter, or say nothing of images."""
    values = {accuracy: np.eye(4)[:, :2], brier: np.eye(4)[:, :2], class_auc: np.eye(4)[:, :2]}.get(
        figure, np.eye(4)[0]
    )
    values = values.astype(int) if figure is confusion_matrix else values
    with unchecked(), pytest.raises(InputError, match=r"as many labels \(N,\) as images; got shapes .* and \(\d,\)"):
        figure(values, np.zeros(count, int), *([2] if figure is confusion_matrix else []))


def test_labels_in_a_column_are_refused(unchecked):
    with unchecked(), pytest.raises(InputError, match=r"got shapes \(4, 2\) and \(4, 1\); give one label for each"):
        accuracy(np.eye(4)[:, :2], np.zeros((4, 1), int))
