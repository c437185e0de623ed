import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lensym.physics.mass import multipole_convergence, multipole_deflection, shear_deflection, sis_convergence


@pytest.mark.parametrize(("m", "a_m", "phi_m"), [(3, 0.02, 0.4), (4, -0.03, -1.1), (2, 0.05, 0.0)])
def test_the_line_of_convergence_one_half_bulges_by_the_amplitude(m, a_m, phi_m):
    """Where a sphere alone has kappa = 1/2, at ``theta_E``, it is now at ``theta_E + a_m cos(m (phi - phi_m))``."""
    phi = np.linspace(0, 2 * np.pi, 50)
    radius = 1.2 + a_m * np.cos(m * (phi - phi_m))
    x, y = radius * np.cos(phi), radius * np.sin(phi)
    assert_allclose(sis_convergence(x, y, 1.2) + multipole_convergence(x, y, m, a_m, phi_m), 0.5, rtol=1e-12)


def test_a_multipole_deflects_by_the_angle_alone():
    direction = np.array(math.cos(0.3)), np.array(math.sin(0.3))
    far = multipole_deflection(*(5 * p for p in direction), 4, 0.1, 0.2)
    assert_allclose(multipole_deflection(*direction, 4, 0.1, 0.2), far, rtol=1e-12)


def test_positive_shear_pulls_along_x_and_pushes_along_y():
    assert_allclose(shear_deflection(np.array(1.0), np.array(1.0), 0.1, 0.0), (0.1, -0.1))
    assert_allclose(shear_deflection(np.array(1.0), np.array(0.0), 0.0, 0.1), (0.0, 0.1))
