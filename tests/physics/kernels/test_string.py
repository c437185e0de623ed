"""The closed form of many equal, evenly spaced point masses beside the sum over them."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lensym.physics.kernels.string import FEWEST, is_string, string_row
from lensym.physics.mass import point_mass_deflection
from lensym.physics.substructure import vortex_points

AXIS = np.linspace(-3.7, 3.7, 61)


def string(half_length, angle, count, center=(0.0, 0.0)):
    x, y = vortex_points(half_length, angle, count)
    return x + center[0], y + center[1], np.full(count, 0.02)


def closed_form(x, y, masses):
    """Deflection (2, len(y), len(x)) at the crossings of ``x`` and ``y``."""
    beta = np.zeros((2, len(y), len(x)))
    for i, row in enumerate(y):
        string_row(x, row, masses[0], masses[1], masses[2] ** 2, np.empty((2, len(x))), beta[0, i], beta[1, i])
    return -beta


def error(x, y, masses, twin_masses=None):
    """Largest error of a deflection, relative to its size or, where that vanishes, to a thousandth of a usual one."""
    mass_x, mass_y, theta_E = masses
    grid = np.meshgrid(x, y)
    expected = np.stack(point_mass_deflection(*grid, *(twin_masses or masses)))
    distance = np.hypot(grid[0] - mass_x.mean(), grid[1] - mass_y.mean()) + np.hypot(np.ptp(mass_x), np.ptp(mass_y))
    size = np.hypot(*expected) + 1e-3 * (theta_E**2).sum() / distance
    return (np.hypot(*(closed_form(x, y, masses) - expected)) / size).max()


@settings(max_examples=25, deadline=None)
@given(
    half_length=st.floats(-3.5, 0.5).map(lambda power: 10.0**power),
    angle=st.floats(-7, 7),
    count=st.integers(FEWEST, 150),
    center=st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
)
@example(half_length=3.0, angle=0.0, count=100, center=(0.0, 0.01))
@example(half_length=3.0, angle=np.pi / 2, count=100, center=(0.01, 0.0))
@example(half_length=0.5, angle=np.pi / 4, count=64, center=(0.0, 0.0))
def test_the_closed_form_is_the_sum_to_1e_10(half_length, angle, count, center):
    assert error(AXIS, AXIS, string(half_length, angle, count, center)) < 1e-10


@pytest.mark.parametrize("angle", [0.0, 0.3])
def test_it_is_so_between_the_masses_and_at_the_ends_as_well(angle):
    masses = string(2.0, angle, 100)
    spacing = 4 / 99
    for k in (0, 3, 50, 99):
        x, y = (m[k] + np.linspace(-1.37, 1.37, 41) * spacing for m in masses[:2])
        assert error(x, y, masses) < 1e-10


def test_a_pixel_on_a_mass_has_the_deflection_of_the_others():
    masses = string(2.0, 0.0, 101)
    assert error(masses[0][40:60], masses[1][:1], masses) < 1e-10


def test_a_wrong_mass_or_length_would_show():
    masses = string(1.0, 0.3, 100)
    assert error(AXIS, AXIS, masses, (*masses[:2], masses[2] * (1 + 1e-9))) > 1e-10
    assert error(AXIS, AXIS, masses, string(1.0 + 1e-8, 0.3, 100)) > 1e-10


def test_only_many_equal_evenly_spaced_masses_are_a_string():
    x, y, theta_E = string(1.0, 0.3, 100)
    assert is_string(x, y, theta_E**2)
    assert is_string(x[::-1].copy(), y[::-1].copy(), theta_E**2)
    other = theta_E.copy()
    other[7] *= 1 + 1e-9
    assert not is_string(x, y, other**2)
    moved = x.copy()
    moved[50] += 1e-9
    assert not is_string(moved, y, theta_E**2)
    assert not is_string(x, moved, theta_E**2)
    assert not is_string(*(a[: FEWEST - 1] for a in (x, y, theta_E)))
    assert not is_string(np.zeros(100), np.zeros(100), theta_E**2)
    assert not is_string(np.zeros(0), np.zeros(0), np.zeros(0))
