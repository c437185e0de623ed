"""Halos of cold dark matter: from a mass to the parameters of the profiles that lens.

Masses are in solar masses, ``m200`` inside the radius within which the mean density is 200 times the critical one.
Arrays of masses give arrays.
"""

from __future__ import annotations

import math

import numpy as np

from lensym.physics.cosmology import FlatLambdaCDM, Numbers, critical_surface_density
from lensym.physics.mass.tnfw import tnfw_total_mass

OVERDENSITY = 200.0
"""Mean density of a halo in units of the critical density."""


def concentration(m200: Numbers, z: float, cosmology: FlatLambdaCDM) -> Numbers:
    """Radius of a halo over its scale radius: ``5.71 (m200 / (2e12 / h))^-0.084 (1 + z)^-0.47``.

    Duffy et al. 2008, table 1 (all halos, NFW, 200 times the critical density), fitted between 1e11 and 1e15 ``/ h``;
    extrapolated to 1e8 it is some 20 % below newer relations.
    """
    h = cosmology.H0 / 100
    ratio: Numbers = 5.71 * (m200 * h / 2e12) ** -0.084 * (1 + z) ** -0.47
    return ratio


def scale_radius(m200: Numbers, concentration: Numbers, z: float, cosmology: FlatLambdaCDM) -> Numbers:
    """Scale radius of an NFW halo in kpc: the halo's radius over its concentration."""
    density = OVERDENSITY * cosmology.critical_density(z)
    radius: Numbers = (3 * m200 / (4 * math.pi * density)) ** (1 / 3)
    return radius / concentration


def scale_density(concentration: Numbers, z: float, cosmology: FlatLambdaCDM) -> Numbers:
    """Density ``rho_0`` of an NFW halo, ``rho_0 / (x (1 + x)^2)`` at ``x = r / r_s``, in solar masses per cubic kpc."""
    density = OVERDENSITY * cosmology.critical_density(z)
    return density / 3 * concentration**3 / _nfw_mass(concentration)


def nfw_in_arcsec(
    m200: Numbers, concentration: Numbers, z_lens: float, z_source: float, cosmology: FlatLambdaCDM
) -> tuple[Numbers, Numbers]:
    """Parameters ``Rs``, ``alpha_Rs`` in arcsec of :mod:`lensym.physics.mass.nfw`."""
    Rs = scale_radius(m200, concentration, z_lens, cosmology) / cosmology.kpc_per_arcsec(z_lens)
    inside_Rs = m200 / _nfw_mass(concentration) * (1 - math.log(2))
    return Rs, inside_Rs / (math.pi * critical_surface_density(z_lens, z_source, cosmology) * Rs)


def truncated_fraction(concentration: Numbers, tau: Numbers) -> Numbers:
    """Mass of a whole truncated halo over the ``m200`` that it has without truncation.

    ``tau`` is the truncation radius over the scale radius.
    """
    fraction: Numbers = tnfw_total_mass(tau) / _nfw_mass(concentration)
    return fraction


def tnfw_in_arcsec(
    mass: Numbers, tau: Numbers, z_lens: float, z_source: float, cosmology: FlatLambdaCDM
) -> tuple[Numbers, Numbers, Numbers]:
    """Parameters of truncated halos whose whole mass is ``mass``.

    The halo had ``m200`` and the concentration that goes with it before it was truncated at ``tau`` scale radii.

    Returns
    -------
    ``Rs``, ``alpha_Rs``, ``r_trunc`` in arcsec of :mod:`lensym.physics.mass.tnfw`.
    """
    m200 = untruncated_mass(mass, tau, z_lens, cosmology)
    Rs, alpha_Rs = nfw_in_arcsec(m200, concentration(m200, z_lens, cosmology), z_lens, z_source, cosmology)
    return Rs, alpha_Rs, tau * Rs


def untruncated_mass(mass: Numbers, tau: Numbers, z: float, cosmology: FlatLambdaCDM) -> Numbers:
    """``m200`` of the halos of which truncation at ``tau`` scale radii leaves ``mass``.

    The concentration hardly depends on the mass, so that each step of the fixed-point iteration brings a digit.
    """
    m200 = mass
    for _ in range(20):
        m200 = mass / truncated_fraction(concentration(m200, z, cosmology), tau)
    return m200


def _nfw_mass(concentration: Numbers) -> Numbers:
    """Mass of an NFW halo over ``4 pi rho_0 r_s^3``."""
    mass: Numbers = np.log1p(concentration) - concentration / (1 + concentration)
    return mass
