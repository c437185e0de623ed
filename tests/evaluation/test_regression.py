"""Estimates: calibrated variances, intervals that hold what they say, errors of axes."""

import numpy as np
import pytest

from lensym.evaluation.regression import (
    LEVELS,
    Answer,
    assess_estimates,
    conformal_quantiles,
    errors,
    estimates_of,
    fit_answer,
)
from lensym.evaluation.regression_figures import regression_figures


def gaussian(n, seed, claimed=0.5):
    """Outputs whose errors have twice the standard deviation that they claim, and the truth."""
    rng = np.random.default_rng(seed)
    mean = rng.normal(size=n)
    truth = -23 + 0.5 * (mean + 2 * claimed * rng.normal(size=n))
    return np.stack([mean, np.full(n, 2 * np.log(claimed))], axis=1), truth


ANSWER = Answer("log10_axion_mass", False, -23.0, 0.5)


def test_the_variance_and_the_intervals_are_calibrated():
    outputs, truth = gaussian(4000, 1)
    answer = fit_answer(outputs, truth, ANSWER)
    assert answer.variance == pytest.approx(4, rel=0.1)
    said, other = (estimates_of(*pair) for pair in ((gaussian(4000, 2)[0], answer), (outputs, ANSWER)))
    assert other.half_width == {}  # without calibration there is no interval
    size = np.abs(errors(said.value, gaussian(4000, 2)[1], False))
    for level in LEVELS:
        assert np.mean(size <= said.half_width[level]) == pytest.approx(level, abs=0.03)
    assert np.mean(size <= said.half_width[0.9] / 2) < 0.65  # a narrower one does not hold as many


def test_intervals_of_few_images_hold_at_least_their_share_on_average():
    held = []
    for seed in range(300):
        outputs, truth = gaussian(29, seed)
        answer = fit_answer(outputs[:19], truth[:19], ANSWER)
        said = estimates_of(outputs[19:], answer)
        held.append(np.mean(np.abs(said.value - truth[19:]) <= said.half_width[0.9]))
    assert 0.89 < np.mean(held) < 0.95


def test_quantiles_are_the_next_larger_score():
    scores = np.random.default_rng(0).permutation(np.arange(1.0, 100))
    assert conformal_quantiles(scores) == {"0.68": 68.0, "0.9": 90.0, "0.95": 95.0}


def test_an_axis_has_no_ends():
    doubled = np.deg2rad(2 * np.array([1.0, 179.0, 91.0]))
    outputs = np.stack([np.cos(doubled), np.sin(doubled), np.full(3, -8.0)], axis=1)
    said = estimates_of(outputs, Answer("vortex_angle", True, quantiles={"0.9": 1e6}))
    assert said.value == pytest.approx([1, 179, 91])
    assert errors(said.value, np.array([179.0, 1.0, 0.0]), True) == pytest.approx([2, -2, -89])
    assert said.half_width[0.9].tolist() == [90.0] * 3
    blank = estimates_of(np.array([[0.0, 0.0, 0.0]]), Answer("vortex_angle", True))
    assert blank.sigma[0] == pytest.approx(180 / np.sqrt(12))


def test_figures_of_a_regression_beside_the_guess_and_by_the_length_of_the_vortex():
    outputs, truth = gaussian(400, 3, claimed=0.2)
    answer = fit_answer(outputs, truth, ANSWER)
    said, short = estimates_of(outputs, answer), np.arange(400) < 30
    found = assess_estimates(said, truth, answer, np.full(400, -23.0), short)
    assert found["mae_ci"][0] < found["mae"] < found["mae_ci"][1]
    assert found["guess"]["difference_ci"][0] > 0
    assert found["r2"] == pytest.approx(1 - 0.16 / 1.16, abs=0.05)
    assert (found["shorter_than_a_pixel"]["yes"]["n"], found["shorter_than_a_pixel"]["no"]["n"]) == (30, 370)
    blind = assess_estimates(said, np.random.default_rng(5).permutation(truth), answer, np.full(400, -23.0))
    assert blind["guess"]["difference_ci"][1] < 0
    figures = regression_figures(said, truth, answer, found, short)
    assert set(figures) == {"scatter", "residuals", "coverage"}
