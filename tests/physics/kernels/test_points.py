"""Point masses along a row beside the plain sum."""

import numpy as np
import pytest

from lensym.physics.kernels.points import point_mass_row
from lensym.physics.mass import point_mass_deflection

X = np.linspace(-3, 3, 61)


def deflection(y, mass_x, mass_y, theta_E):
    beta_x, beta_y = np.zeros_like(X), np.zeros_like(X)
    point_mass_row(X, y, mass_x, mass_y, theta_E**2, beta_x, beta_y)
    return np.stack([-beta_x, -beta_y])


def plain(y, *masses):
    return np.stack(point_mass_deflection(X, np.full_like(X, y), *masses))


@pytest.mark.parametrize("count", [0, 1, 2, 7, 24])
def test_the_row_is_the_plain_sum_and_a_wrong_mass_would_show(count):
    rng = np.random.default_rng(count)
    masses = (*rng.uniform(-3, 3, (2, count)), rng.uniform(0.01, 0.3, count))
    found, expected = deflection(0.4, *masses), plain(0.4, *masses)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)
    for k in range(count):
        wrong = masses[2].copy()
        wrong[k] *= 1.001
        assert abs(deflection(0.4, *masses[:2], wrong) - expected).max() > 1e-7


def test_a_mass_in_the_middle_of_a_pixel_does_nothing_there_and_hides_no_other():
    masses = (X[[10, 20]], np.array([0.5, 0.5]), np.array([0.2, 0.3]))
    found = deflection(0.5, *masses)
    np.testing.assert_allclose(found, plain(0.5, *masses), rtol=1e-12, atol=1e-13)
    assert found[0, 10] == pytest.approx(0.3**2 / (X[10] - X[20]))


def test_the_deflection_is_taken_away_from_what_was_there():
    masses = (np.zeros(1), np.zeros(1), np.ones(1))
    beta_x, beta_y = X.copy(), np.full_like(X, 1.0)
    point_mass_row(X, 1.0, *masses, beta_x, beta_y)
    alpha_x, alpha_y = plain(1.0, *masses)
    np.testing.assert_allclose(beta_x, X - alpha_x)
    np.testing.assert_allclose(beta_y, 1 - alpha_y)
