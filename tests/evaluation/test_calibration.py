from itertools import pairwise

import numpy as np
import pytest
from scipy.special import softmax

from lensym.evaluation.calibration import (
    TEMPERATURE_RANGE,
    expected_calibration_error,
    fit_temperature,
    reliability_curve,
)


def drawn(n: int, temperature: float, seed: int = 0):
    """Logits whose softmax at ``temperature`` is the true chance of each label."""
    rng = np.random.default_rng(seed)
    logits = 3 * rng.normal(size=(n, 3))
    chances = softmax(logits / temperature, axis=1).cumsum(1)
    return logits, (rng.random(n)[:, None] > chances).sum(1)


def test_bins_hold_equal_mass_and_every_image():
    logits, labels = drawn(3000, 1.0)
    curve = reliability_curve(softmax(logits, axis=1), labels)
    assert [b.count for b in curve] == [200] * 15
    assert all(a.confidence < b.confidence for a, b in pairwise(curve))
    assert all(b.interval.low <= b.accuracy <= b.interval.high for b in curve)


def test_equal_confidences_share_a_bin():
    p = np.array([[0.8, 0.2]] * 30 + [[0.4, 0.6]] * 10)
    curve = reliability_curve(p, np.repeat([0, 1], [30, 10]))
    assert [(b.count, round(b.confidence, 3)) for b in curve] == [(10, 0.6), (30, 0.8)]


def test_ece_by_hand():
    p = np.array([[0.9, 0.1]] * 10 + [[0.6, 0.4]] * 10)
    labels = np.repeat([0, 1, 0, 1], [7, 3, 6, 4])
    assert expected_calibration_error(reliability_curve(p, labels)) == pytest.approx((0.2 + 0.0) / 2)


def test_ece_is_small_for_true_chances_and_large_for_boasts():
    logits, labels = drawn(6000, 1.0)
    assert expected_calibration_error(reliability_curve(softmax(logits, axis=1), labels)) < 0.02
    assert expected_calibration_error(reliability_curve(softmax(4 * logits, axis=1), labels)) > 0.1


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_temperature_is_recovered_from_float32_logits(temperature):
    logits, labels = drawn(6000, temperature)
    assert fit_temperature(logits.astype(np.float32), labels) == pytest.approx(temperature, rel=0.06)


def test_temperature_stays_in_range_without_errors():
    logits = 5 * np.eye(3)[np.repeat([0, 1, 2], 20)]
    assert TEMPERATURE_RANGE[0] <= fit_temperature(logits, np.repeat([0, 1, 2], 20)) < 0.2
