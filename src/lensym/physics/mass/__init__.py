"""Mass profiles: potential, deflection and convergence of each, written once for every array library.

Positions, potentials (squared) and deflections are in arcsec, convergences are in units of the critical surface
density. The smooth lens's profiles are at the origin and take numbers (or arrays without axes, with gradients); point
masses, lines, solitons and truncated halos are populations, whose parameters are arrays of shape (K,). The potential's
gradient is the deflection, half its Laplacian the convergence (Schneider, Ehlers & Falco 1992, section 5.1).
"""

from lensym.physics.mass.external import (
    multipole_convergence,
    multipole_deflection,
    multipole_potential,
    shear_deflection,
    shear_potential,
)
from lensym.physics.mass.geometry import axis_ratio_and_angle, rotate
from lensym.physics.mass.isothermal import (
    sie_convergence,
    sie_deflection,
    sie_potential,
    sis_convergence,
    sis_deflection,
    sis_potential,
)
from lensym.physics.mass.line import line_deflection, line_potential
from lensym.physics.mass.nfw import nfw_convergence, nfw_deflection, nfw_potential
from lensym.physics.mass.point import point_mass_deflection, point_mass_potential
from lensym.physics.mass.power_law import epl_convergence, epl_deflection, epl_potential
from lensym.physics.mass.soliton import soliton_convergence, soliton_deflection, soliton_potential
from lensym.physics.mass.tnfw import tnfw_convergence, tnfw_deflection, tnfw_potential, tnfw_total_mass

__all__ = [
    "axis_ratio_and_angle",
    "epl_convergence",
    "epl_deflection",
    "epl_potential",
    "line_deflection",
    "line_potential",
    "multipole_convergence",
    "multipole_deflection",
    "multipole_potential",
    "nfw_convergence",
    "nfw_deflection",
    "nfw_potential",
    "point_mass_deflection",
    "point_mass_potential",
    "rotate",
    "shear_deflection",
    "shear_potential",
    "sie_convergence",
    "sie_deflection",
    "sie_potential",
    "sis_convergence",
    "sis_deflection",
    "sis_potential",
    "soliton_convergence",
    "soliton_deflection",
    "soliton_potential",
    "tnfw_convergence",
    "tnfw_deflection",
    "tnfw_potential",
    "tnfw_total_mass",
]
