"""Structure in ultralight dark matter: lengths of vortices, sizes and masses of soliton cores.

Masses are in solar masses, but the axion's, whose decimal logarithm in eV is taken.
"""

from __future__ import annotations

import math

from scipy.special import betainc

from lensym.physics.cosmology import FlatLambdaCDM, Numbers, critical_surface_density
from lensym.physics.mass.soliton import CORE_AREA, CORE_SLOPE

VORTEX_LENGTH = 0.366
"""kpc at an axion mass of 1e-22 eV: the 0.06 arcsec that Alexander et al. 2020 have at redshift 0.5."""

SOLITON_DENSITY = 1.9e7
"""Solar masses per cubic kpc in the centre of a soliton of 1 kpc at 1e-22 eV (Schive, Chiueh & Broadhurst 2014)."""

SOLITON_VOLUME: float = math.pi**1.5 * math.gamma(6.5) / math.gamma(8) / CORE_SLOPE**1.5
"""Mass of a whole soliton over its central density and cubed core radius."""

CORE_SHARE = float(betainc(1.5, 6.5, CORE_SLOPE / (1 + CORE_SLOPE)))
"""Share of a soliton's mass inside its core radius."""

SMALLEST_HALO = 4.4e7
"""Solar masses of the smallest halo today at 1e-22 eV (Schive et al. 2014, PRL 113, 261302)."""


def vortex_length(log10_axion_mass: Numbers, z_lens: float, cosmology: FlatLambdaCDM) -> Numbers:
    """Length of a vortex in arcsec: :data:`VORTEX_LENGTH` times ``1e-22 eV / m_axion``, seen at the lens.

    >>> round(vortex_length(-22.0, 0.5, FlatLambdaCDM()), 3)
    0.06
    """
    return VORTEX_LENGTH / (_mass_22(log10_axion_mass) * cosmology.kpc_per_arcsec(z_lens))


def soliton_core_radius(mass: Numbers, log10_axion_mass: float) -> Numbers:
    """Core radius in kpc of a soliton of a total mass: the heavier, the smaller.

    Schive, Chiueh & Broadhurst 2014, eq. 3: the central density is ``1.9e7 m_22^-2 (r_c / kpc)^-4`` at redshift 0 and
    for a soliton of fixed proper size at any other.
    """
    return (SOLITON_VOLUME * SOLITON_DENSITY) / (_mass_22(log10_axion_mass) ** 2 * mass)


def soliton_in_arcsec(
    mass: Numbers, log10_axion_mass: float, z_lens: float, z_source: float, cosmology: FlatLambdaCDM
) -> tuple[Numbers, Numbers]:
    """Parameters ``kappa_0`` and ``r_c`` (arcsec) of :mod:`lensym.physics.mass.soliton` for a total mass."""
    r_c = soliton_core_radius(mass, log10_axion_mass) / cosmology.kpc_per_arcsec(z_lens)
    return mass / (critical_surface_density(z_lens, z_source, cosmology) * CORE_AREA * r_c**2), r_c


def soliton_mass(halo_mass: Numbers, log10_axion_mass: float, z: float, cosmology: FlatLambdaCDM) -> Numbers:
    """Total mass of the soliton in the centre of a halo, which grows as the cube root of the halo's mass.

    Schive et al. 2014, PRL 113, 261302, eq. 6, whose core mass is that inside the core radius.
    """
    smallest = SMALLEST_HALO * _mass_22(log10_axion_mass) ** -1.5
    growth = (1 + z) ** 0.5 * (_virial_overdensity(z, cosmology) / _virial_overdensity(0.0, cosmology)) ** (1 / 6)
    core: Numbers = growth / 4 * (halo_mass / smallest) ** (1 / 3) * smallest
    return core / CORE_SHARE


def _virial_overdensity(z: float, cosmology: FlatLambdaCDM) -> float:
    """Density of a virialised halo over the mean matter density (Bryan & Norman 1998, eq. 6)."""
    matter = float(cosmology.matter_fraction(z))
    return (18 * math.pi**2 + 82 * (matter - 1) - 39 * (matter - 1) ** 2) / matter


def _mass_22(log10_axion_mass: Numbers) -> Numbers:
    """Axion mass in units of 1e-22 eV."""
    mass: Numbers = 10.0 ** (log10_axion_mass + 22)
    return mass
