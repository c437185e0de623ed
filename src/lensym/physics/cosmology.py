"""Distances in a flat Lambda-CDM universe without radiation, and Einstein radii.

Plain functions of numbers or numpy arrays, a few microseconds each, so that every scene may have redshifts of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import hyp2f1

from lensym.conventions import ARCSEC_PER_RADIAN
from lensym.errors import UsageError, in_short, unknown_name

Numbers = TypeVar("Numbers", float, NDArray[np.float64])

SPEED_OF_LIGHT = 299792.458
"""km/s."""

_KM_PER_MPC = 3.085677581491367e19
_GM_SUN = 1.3271244e11
"""Gravitational constant times the mass of the Sun, km^3/s^2 (IAU 2015, resolution B3)."""

_SUN_RADIUS = _GM_SUN / SPEED_OF_LIGHT**2 / _KM_PER_MPC
"""``G M_sun / c^2`` in Mpc."""


@dataclass(frozen=True)
class FlatLambdaCDM:
    """A flat universe of matter and a cosmological constant.

    Attributes
    ----------
    H0
        Hubble constant in km/s/Mpc.
    Om0
        Matter density today in units of the critical one.

    Examples
    --------
    >>> round(FlatLambdaCDM().angular_diameter_distance(0.5), 2)
    1259.08
    """

    H0: float = 70.0
    Om0: float = 0.3

    def comoving_distance(self, z: Numbers) -> Numbers:
        """Comoving distance in Mpc to a redshift: the integral of ``c / H`` in closed form (Baes et al. 2017)."""
        ratio = (1 - self.Om0) / self.Om0
        a = 1 / (1 + z)
        # the integral of a^(-1/2) (1 + ratio a^3)^(-1/2), from the big bang
        conformal_time = 2 * (_conformal(ratio, 1.0) - a**0.5 * _conformal(ratio, a)) / self.Om0**0.5
        distance: Numbers = SPEED_OF_LIGHT / self.H0 * conformal_time
        return distance

    def angular_diameter_distance(self, z: Numbers) -> Numbers:
        """Angular-diameter distance in Mpc to a redshift."""
        return self.comoving_distance(z) / (1 + z)

    def angular_diameter_distance_between(self, z_near: Numbers, z_far: Numbers) -> Numbers:
        """Angular-diameter distance in Mpc from one redshift to a higher one."""
        return (self.comoving_distance(z_far) - self.comoving_distance(z_near)) / (1 + z_far)

    def luminosity_distance(self, z: Numbers) -> Numbers:
        """Luminosity distance in Mpc to a redshift."""
        return self.comoving_distance(z) * (1 + z)

    def kpc_per_arcsec(self, z: Numbers) -> Numbers:
        """Length in kpc that is seen as one arcsec at a redshift."""
        return self.angular_diameter_distance(z) * 1000 / ARCSEC_PER_RADIAN

    def matter_fraction(self, z: Numbers) -> Numbers:
        """Matter density at a redshift in units of the critical one there."""
        matter = self.Om0 * (1 + z) ** 3
        return matter / (matter + 1 - self.Om0)

    def critical_density(self, z: Numbers) -> Numbers:
        """Critical density ``3 H^2 / (8 pi G)`` at a redshift, in solar masses per cubic kpc."""
        squared = (self.H0 / _KM_PER_MPC) ** 2 * (self.Om0 * (1 + z) ** 3 + 1 - self.Om0)
        return 3 * squared / (8 * np.pi * _GM_SUN) * (_KM_PER_MPC / 1000) ** 3


def _conformal(ratio: float, a: Numbers) -> Numbers:
    value = hyp2f1(1 / 6, 1 / 2, 7 / 6, -ratio * a**3)
    return float(value) if isinstance(a, float) else np.asarray(value)


def critical_surface_density(z_lens: float, z_source: float, cosmology: FlatLambdaCDM) -> float:
    """Critical surface density in solar masses per square arcsec: ``c^2 D_S D_L / (4 pi G D_LS)``.

    Schneider, Ehlers & Falco 1992, eq. 5.5, times ``D_L^2``. A mass ``M`` has ``theta_E^2 = M / (pi Sigma_crit)``.
    """
    _require_behind(z_lens, z_source)
    d_lens, d_source = (float(cosmology.angular_diameter_distance(z)) for z in (z_lens, z_source))
    d_between = float(cosmology.angular_diameter_distance_between(z_lens, z_source))
    return d_source * d_lens / (4 * np.pi * _SUN_RADIUS * d_between) / ARCSEC_PER_RADIAN**2


def einstein_radius(
    mass: Numbers,
    z_lens: float,
    z_source: float,
    H0: float = 70.0,
    Om0: float = 0.3,
    distance: str = "angular",
) -> Numbers:
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
    if not np.all(np.asarray(mass) >= 0):
        raise UsageError("masses of 0 or more", in_short(mass), "leave out what is negative or NaN")
    cosmology = FlatLambdaCDM(H0, Om0)
    if distance == "angular":
        squared = mass / (np.pi * critical_surface_density(z_lens, z_source, cosmology))
    elif distance == "luminosity":
        _require_behind(z_lens, z_source)
        d_lens, d_source = (float(cosmology.luminosity_distance(z)) for z in (z_lens, z_source))
        squared = 4 * _SUN_RADIUS * ARCSEC_PER_RADIAN**2 * mass * (d_source - d_lens) / (d_lens * d_source)
    else:
        raise unknown_name("distance", distance, ("angular", "luminosity"))
    radius: Numbers = squared**0.5
    return radius


def isothermal_einstein_radius(
    velocity_dispersion: Numbers, z_lens: float, z_source: float, cosmology: FlatLambdaCDM
) -> Numbers:
    """Einstein radius in arcsec of an isothermal sphere: ``4 pi (sigma_v / c)^2 D_LS / D_S``.

    ``velocity_dispersion`` in km/s. Schneider, Ehlers & Falco 1992, section 8.1.

    >>> round(isothermal_einstein_radius(260.0, 0.5, 1.0, FlatLambdaCDM()), 2)
    0.84
    """
    _require_behind(z_lens, z_source)
    ratio = _distance_ratio(z_lens, z_source, cosmology)
    return 4 * np.pi * (velocity_dispersion / SPEED_OF_LIGHT) ** 2 * ratio * ARCSEC_PER_RADIAN


def deflection_ratio(z_lens: float, z_source: float, z_reference: float, cosmology: FlatLambdaCDM) -> float:
    """Factor by which a lens deflects a source at ``z_source`` more than one at ``z_reference``: that of D_LS / D_S.

    >>> round(deflection_ratio(0.5, 1.0, 2.5, FlatLambdaCDM()), 2)
    0.63
    """
    _require_behind(z_lens, z_source)
    _require_behind(z_lens, z_reference)
    return _distance_ratio(z_lens, z_source, cosmology) / _distance_ratio(z_lens, z_reference, cosmology)


def _distance_ratio(z_lens: float, z_source: float, cosmology: FlatLambdaCDM) -> float:
    """``D_LS / D_S``."""
    between = cosmology.angular_diameter_distance_between(z_lens, z_source)
    return float(between / cosmology.angular_diameter_distance(z_source))


def _require_behind(z_lens: float, z_source: float) -> None:
    if not 0 < z_lens < z_source:
        raise UsageError(
            "a lens at a redshift above 0 and its source behind it",
            f"z_lens {z_lens:g}, z_source {z_source:g}",
            "choose z_source above z_lens",
        )
