"""Line rows against the plain formula."""

import numpy as np

from lensym.physics.kernels.lines import line_row
from lensym.physics.mass import line_deflection

AXIS = np.linspace(-3.0, 3.0, 61)


def deflection(y, lines):
    beta = np.zeros((2, len(AXIS)))
    line_row(AXIS, y, lines, beta[0], beta[1])
    return -beta


def test_lines_of_any_length_and_angle_are_those_of_the_plain_formula():
    rng = np.random.default_rng(1)
    x, y = rng.uniform(-2, 2, (2, 30))
    lines = np.stack([x, y, 10 ** rng.uniform(-4, 1, 30), rng.uniform(-4, 4, 30), rng.uniform(0.01, 0.3, 30)])
    for height in (-1.1, 0.0, 0.4):
        expected = np.stack(line_deflection(AXIS, np.full_like(AXIS, height), *lines))
        np.testing.assert_allclose(deflection(height, lines), expected, atol=1e-9)
        longer = lines * np.array([1, 1, 1.03, 1, 1])[:, None]
        assert np.abs(deflection(height, longer) - expected).max() > 1e-4


def test_pixels_on_the_line_and_at_its_ends():
    line = np.array([[0.0], [0.0], [2.0], [0.0], [0.2]])
    expected = np.stack(line_deflection(AXIS, np.zeros_like(AXIS), *line))
    np.testing.assert_allclose(deflection(0.0, line), expected, atol=1e-9)
    assert np.isfinite(expected).all()
