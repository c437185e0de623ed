import numpy as np
import pytest
import scipy.optimize

from lensym.simulation.smooth.least_squares import Weighted, least_squares

X = np.linspace(0, 3, 60)
TRUTH = np.array([2.0, 1.3, 0.5])
LOW, HIGH = np.array([0.1, 0.0, -1.0]), np.array([9.0, 5.0, 1.0])
START = np.array([1.0, 0.5, 0.0])


def model(p):
    """A fading exponential on a level."""
    fade = np.exp(-p[1] * X)
    return Weighted(p[0] * fade + p[2], 0.01 + 0.02 * X, np.stack([fade, -p[0] * X * fade, np.ones_like(X)]))


DATA = model(TRUTH).mean + 0.1 * np.random.default_rng(0).standard_normal(len(X))


def scipys(low, high):
    rms = np.sqrt(model(START).variance)
    found = scipy.optimize.least_squares(lambda p: (model(p).mean - DATA) / rms, START, bounds=(low, high), xtol=1e-12)
    return found.x


def test_exact_data_give_the_truth():
    found, there = least_squares(model, model(TRUTH).mean, START, LOW, HIGH)
    np.testing.assert_allclose(found, TRUTH, atol=1e-3)
    np.testing.assert_array_equal(there.mean, model(found).mean)


def test_it_is_where_scipy_ends():
    np.testing.assert_allclose(least_squares(model, DATA, START, LOW, HIGH)[0], scipys(LOW, HIGH), atol=1e-3)


@pytest.mark.parametrize("level", [0.2, 0.45])
def test_a_number_stops_at_its_bound_and_the_others_go_on(level):
    high = np.array([9.0, 5.0, level])
    found, _ = least_squares(model, DATA, START, LOW, high)
    assert found[2] == level
    np.testing.assert_allclose(found, scipys(LOW, high), atol=1e-3)


def test_a_start_outside_is_moved_inside():
    found, _ = least_squares(model, DATA, np.array([20.0, -3.0, 4.0]), LOW, HIGH)
    np.testing.assert_allclose(found, scipys(LOW, HIGH), atol=1e-3)


def test_weights_follow_the_model():
    """Of numbers whose variance is their mean, the weighted least squares mean is the plain mean."""
    counts = np.random.default_rng(1).poisson(20, 200).astype(float)

    def level(p):
        return Weighted(np.full(200, p[0]), np.full(200, p[0]), np.ones((1, 200)))

    found, _ = least_squares(level, counts, np.array([5.0]), np.array([1.0]), np.array([100.0]))
    assert found[0] == pytest.approx(counts.mean(), abs=1e-3)


def test_a_number_that_hardly_moves_the_model_at_first_is_not_thrown_to_its_bound():
    """Its square counts: from near 0, the straight line leads far beyond the other side of the valley."""

    def square(p):
        return Weighted(np.full(9, p[0] ** 2), np.full(9, 1e-4), np.full((1, 9), 2 * p[0]))

    found, _ = least_squares(square, np.full(9, 0.04), np.array([1e-9]), *np.array([[-0.3], [0.3]]))
    assert found[0] == pytest.approx(0.2, abs=1e-3)


def test_where_nothing_moves_the_model_it_stays():
    def still(p):
        return Weighted(np.zeros(9), np.ones(9), np.zeros((1, 9)))

    found, _ = least_squares(still, np.ones(9), np.array([2.0]), *np.array([[0.0], [5.0]]))
    np.testing.assert_array_equal(found, [2.0])


def test_it_ends_after_so_many_steps():
    done, few = (least_squares(model, DATA, START, LOW, HIGH, steps=steps)[1] for steps in (60, 1))
    assert few.chi_square(DATA, done.variance) > done.chi_square(DATA, done.variance) + 1
