"""Distances and Einstein radii."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from lensym.conventions import ARCSEC_PER_RADIAN

DistanceKind = Literal["angular", "luminosity"]


@lru_cache(maxsize=256)
def einstein_radius(
    mass: float,
    z_lens: float,
    z_source: float,
    H0: float = 70.0,
    Om0: float = 0.3,
    distance: DistanceKind = "angular",
) -> float:
    """Einstein radius in arcsec of a point mass in a flat Lambda-CDM universe.

    Parameters
    ----------
    mass
        Mass in solar masses.
    z_lens, z_source
        Redshifts; the source lies behind the lens.
    H0, Om0
        Hubble constant in km/s/Mpc and matter density.
    distance
        ``angular``: angular-diameter distances (Schneider, Ehlers & Falco 1992, eq. 2.6a). ``luminosity``: the
        published DeepLense generators' quirk, luminosity distances with ``D_LS = D_S - D_L``.

    Examples
    --------
    >>> round(einstein_radius(1e12, 0.5, 1.0), 2), round(einstein_radius(1e12, 0.5, 1.0, distance="luminosity"), 2)
    (1.66, 1.28)
    """
    from astropy import constants, units
    from astropy.cosmology import FlatLambdaCDM

    cosmology = FlatLambdaCDM(H0=H0, Om0=Om0)
    if distance == "luminosity":
        d_lens, d_source = cosmology.luminosity_distance([z_lens, z_source])
        d_lens_source = d_source - d_lens
    else:
        d_lens, d_source = cosmology.angular_diameter_distance([z_lens, z_source])
        comoving_lens, comoving_source = cosmology.comoving_distance([z_lens, z_source])
        d_lens_source = (comoving_source - comoving_lens) / (1 + z_source)
    schwarzschild = 4 * constants.G * (mass * units.Msun) / constants.c**2
    squared = (schwarzschild * d_lens_source / (d_lens * d_source)).to_value(units.dimensionless_unscaled)
    return float(squared**0.5 * ARCSEC_PER_RADIAN)
