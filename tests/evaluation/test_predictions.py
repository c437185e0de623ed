import numpy as np
import pytest

from lensym.errors import InputError
from lensym.evaluation.predictions import Answers, Predictions

ROWS = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.3, 0.7]])
LABELS = np.array([0, 0, 1, 1])


def test_answers_and_counts():
    p = Predictions(LABELS, ROWS[[0, 2, 2, 3]], ("cdm", "ring"))
    assert p.predicted.tolist() == [0, 1, 1, 1]
    assert p.correct.tolist() == [True, False, True, True]
    assert p.counts.tolist() == [2, 2]
    assert p.titles == ("CDM subhalos", "ring")


def test_float32_rounding_is_taken_out():
    p = Predictions(LABELS, (ROWS * 1.0004).astype(np.float32), ("a", "b"))
    np.testing.assert_allclose(p.probabilities.sum(1), 1, rtol=1e-15)


@pytest.mark.parametrize(
    ("labels", "rows", "classes", "message"),
    [
        (LABELS, ROWS, ("a", "b", "c"), "3 classes"),
        (LABELS[:3], ROWS, ("a", "b"), r"labels \(3,\)"),
        (LABELS, ROWS[:, :1], ("a",), "K >= 2"),
        (LABELS, ROWS * np.nan, ("a", "b"), "nan.* for image 0"),
        (LABELS, np.log(ROWS), ("a", "b"), "softmax"),
        (LABELS, ROWS * [[1], [1], [1.1], [1]], ("a", "b"), "image 2"),
        (LABELS + 1, ROWS, ("a", "b"), r"from 0 to 1; got .*\[1, 2\]"),
        (LABELS.astype(float), ROWS, ("a", "b"), "integer labels"),
        (LABELS * 0, ROWS, ("a", "b"), "got 0 of 'b'"),
        (np.array([0, 0, 0, 1]), ROWS, ("a", "b"), "got 1 of 'b'"),
    ],
)
def test_refuses(labels, rows, classes, message):
    with pytest.raises(InputError, match=message):
        Predictions(labels, rows, classes)


def test_answers_need_no_image_of_every_class():
    answers = Answers(LABELS * 0, ROWS, ("a", "b"))
    assert answers.counts.tolist() == [4, 0]
    assert answers.correct.tolist() == [True, True, False, False]
    with pytest.raises(InputError, match="integer labels from 0 to 1"):
        Answers(LABELS + 1, ROWS, ("a", "b"))


def test_a_text_alone_is_one_class_and_not_its_letters(unchecked):
    with unchecked(), pytest.raises(InputError, match="and 1 classes; give one row an image"):
        Answers(np.array([0]), np.array([[0.5, 0.5]]), "ab")
