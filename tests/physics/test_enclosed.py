import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lensym.physics.enclosed import mass_inside
from lensym.physics.mass import soliton_convergence, tnfw_convergence
from lensym.physics.perturbers import Lines, Solitons, TruncatedHalos, deflection
from lensym.physics.raytrace import PointMasses


def column(*values):
    return np.array(values, dtype=float)


HALOS = TruncatedHalos(
    column(0.2, 1.5, -0.9), column(-0.1, 0.4, 0.8), column(0.3, 0.1, 0.2), column(0.03, 0.01, 0.02), 5
)
SOLITONS = Solitons(column(0.2, 1.5, -0.9), column(-0.1, 0.4, 0.8), column(0.1, 0.2, 0.3), column(0.3, 0.2, 0.1))


def by_area(convergence, radius, center, cells=400):
    """Sum of the convergence over a fine polar grid, over pi."""
    r = (np.arange(cells) + 0.5) * radius / cells
    phi = (np.arange(cells) + 0.5) * 2 * math.pi / cells
    x, y = center[0] + np.outer(r, np.cos(phi)), center[1] + np.outer(r, np.sin(phi))
    return (convergence(x, y) * r[:, None]).sum() * (radius / cells) * (2 * math.pi / cells) / math.pi


def by_flux(perturbers, radius, center, points=20_000):
    phi = (np.arange(points) + 0.5) * 2 * math.pi / points
    alpha_x, alpha_y = deflection(perturbers, center[0] + radius * np.cos(phi), center[1] + radius * np.sin(phi))
    return radius * (alpha_x * np.cos(phi) + alpha_y * np.sin(phi)).mean()


@pytest.mark.parametrize("radius", [0.5, 1.2, 3.0])
def test_halos_and_solitons_by_their_convergence(radius):
    center = 0.1, -0.05
    tnfw = by_area(
        lambda x, y: tnfw_convergence(x, y, HALOS.x, HALOS.y, HALOS.Rs, HALOS.alpha_Rs, 5 * HALOS.Rs), radius, center
    )
    soliton = by_area(lambda x, y: soliton_convergence(x, y, *vars(SOLITONS).values()), radius, center)
    assert mass_inside(HALOS, *center, radius) == pytest.approx(tnfw, rel=2e-3)
    assert mass_inside(SOLITONS, *center, radius) == pytest.approx(soliton, rel=2e-3)


@given(st.floats(-2, 2), st.floats(-2, 2), st.floats(0.01, 4), st.floats(0, math.pi), st.floats(0.3, 2))
def test_a_line_by_a_string_of_point_masses(x, y, length, angle, radius):
    along = (np.arange(4000) + 0.5) / 4000 * length - length / 2
    points = PointMasses(x + along * np.cos(angle), y + along * np.sin(angle), np.full(4000, 0.1 / 4000**0.5))
    line = Lines(column(x), column(y), column(length), column(angle), column(0.1))
    expected = mass_inside(points, 0.1, 0.0, radius)
    assert mass_inside(line, 0.1, 0.0, radius) == pytest.approx(expected, abs=0.01 * 2e-3)


def test_several_lines_and_points_by_the_flux_of_their_deflection():
    lines = Lines(column(0.3, 1.2), column(0.1, -0.4), column(1.0, 0.5), column(0.4, 1.3), column(0.2, 0.3))
    points = PointMasses(column(0.3, 1.5), column(0.1, -0.4), column(0.2, 0.3))
    for perturbers in (lines, points):
        assert mass_inside(perturbers, 0.0, 0.0, 1.1) == pytest.approx(by_flux(perturbers, 1.1, (0.0, 0.0)), rel=2e-3)
    assert mass_inside(points, 0.0, 0.0, 1.1) == pytest.approx(0.04)
    assert mass_inside(lines, 0.0, 0.0, 9.0) == pytest.approx(0.13)


def test_an_extended_halo_is_not_all_on_its_centres_side():
    halo = TruncatedHalos(*(column(v) for v in (0.9, 0.0, 0.2, 0.05)), 10)
    whole = mass_inside(halo, 0.0, 0.0, 100.0)
    assert 0.1 < mass_inside(halo, 0.0, 0.0, 1.0) / whole < 0.6


def test_no_perturbers_have_no_mass():
    none = np.zeros(0)
    for empty in (
        PointMasses(none, none, none),
        TruncatedHalos(*[none] * 4, 10),
        Solitons(*[none] * 4),
        Lines(*[none] * 5),
    ):
        assert mass_inside(empty, 0.0, 0.0, 1.0) == 0
