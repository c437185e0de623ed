"""The interval beside a probability: how often validation images with a like probability were of the class."""

import json

import numpy as np
import pytest

from lensym.errors import IntegrityError
from lensym.evaluation.intervals import wilson
from lensym.evaluation.reliability import EDGES, UNKNOWN, Reliability


def drawn(n: int, seed: int, bias: float = 1.0):
    """Probabilities of two classes, and labels that are of the first so often, or with a bias less often."""
    rng = np.random.default_rng(seed)
    p = rng.beta(0.5, 0.5, n)
    labels = np.where(rng.random(n) < p * bias, 0, 1)
    return np.stack([p, 1 - p], axis=1), labels


def test_every_image_counts_once_for_each_class_in_the_part_of_its_probability():
    probabilities, labels = drawn(500, 0)
    kept = Reliability.count(probabilities, labels)
    assert kept.images.sum(1).tolist() == [500, 500]
    assert kept.of_class.sum(1).tolist() == [(labels == 0).sum(), (labels == 1).sum()]
    inside = (probabilities[:, 1] >= 0.9) & (probabilities[:, 1] < 0.95)
    part = EDGES.index(0.9)
    assert (kept.images[1, part], kept.of_class[1, part]) == (inside.sum(), (labels[inside] == 1).sum())
    ends = kept.intervals(np.array([[0.08, 0.92]]))[0, 1]
    assert tuple(ends) == wilson(float(kept.of_class[1, part]), int(inside.sum()))


@pytest.mark.parametrize(("bias", "holds"), [(1.0, True), (0.6, False)])
def test_intervals_hold_the_probability_where_it_is_calibrated_and_not_where_it_is_not(bias, holds):
    kept = Reliability.count(*drawn(20_000, 1, bias))
    middles = (np.array(EDGES[1:]) + EDGES[:-1])[5:-2] / 2
    low, high = kept.intervals(np.stack([middles, 1 - middles], axis=1))[:, 0].T
    assert ((low < middles) & (middles < high)).mean() == pytest.approx(1.0 if holds else 0.0, abs=0.2)


def test_the_ends_of_the_range_have_a_part_and_one_without_images_says_nothing():
    kept = Reliability.count(np.array([[1.0, 0.0]] * 5), np.zeros(5, np.int64))
    found = kept.intervals(np.array([[1.0, 0.0], [0.5, 0.5]]))
    assert tuple(found[0, 0]) == wilson(5, 5)
    assert tuple(found[1, 0]) == UNKNOWN


def test_it_is_kept_as_json_and_another_record_is_refused():
    kept = Reliability.count(*drawn(50, 2))
    plain = json.loads(json.dumps(kept.plain()))
    np.testing.assert_array_equal(Reliability.of(plain, 2).of_class, kept.of_class)
    for wrong in (
        None,
        {},
        {**plain, "images": plain["images"][:1]},
        {**plain, "of_class": [[9999] * 14] * 2},
        {**plain, "images": [[0.5] * 14] * 2},
        {**plain, "images": [[1], [1, 2]]},
    ):
        with pytest.raises(IntegrityError, match=r"counts of validation images of shape \(2, 14\)"):
            Reliability.of(wrong, 2)
