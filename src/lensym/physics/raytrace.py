"""From a lens and a source to the noise-free image: the plain reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lensym.physics.light import interpolated_image, sersic
from lensym.physics.mass import (
    axis_ratio_and_angle,
    epl_deflection,
    multipole_deflection,
    point_mass_deflection,
    shear_deflection,
    sie_deflection,
)
from lensym.physics.observe import gaussian_blur

Array = Any


@dataclass(frozen=True)
class MacroLens:
    """The smooth lens: an elliptical power law and external shear (arcsec, dimensionless).

    ``slope`` is that of the density in three dimensions, 2 for the isothermal ellipsoid; ``a3``, ``a4`` are the
    amplitudes in arcsec of isothermal multipoles along the major axis.
    """

    theta_E: float
    e1: float
    e2: float
    gamma1: float
    gamma2: float
    slope: float = 2.0
    x: float = 0.0
    y: float = 0.0
    a3: float = 0.0
    a4: float = 0.0


@dataclass(frozen=True)
class SersicSource:
    """The source galaxy: see :func:`lensym.physics.light.sersic` (arcsec; brightness per square arcsec)."""

    amplitude: float
    R_sersic: float
    n_sersic: float
    e1: float
    e2: float
    center_x: float
    center_y: float

    def brightness(self, x: Array, y: Array) -> Array:
        """Surface brightness per square arcsec at (x, y)."""
        return sersic(
            x,
            y,
            self.amplitude,
            self.R_sersic,
            self.n_sersic,
            self.e1,
            self.e2,
            self.center_x,
            self.center_y,
        )


@dataclass(frozen=True, eq=False)
class PictureSource:
    """A source given as an image: see :func:`lensym.physics.light.interpolated_image` (arcsec, radians)."""

    image: NDArray[np.float64]
    pixel_scale: float
    angle: float
    center_x: float
    center_y: float

    def brightness(self, x: Array, y: Array) -> Array:
        """Surface brightness per square arcsec at (x, y)."""
        return interpolated_image(x, y, self.image, self.pixel_scale, self.angle, self.center_x, self.center_y)


@dataclass(frozen=True)
class PointMasses:
    """Perturbers: positions and Einstein radii in arcsec, each of shape (K,)."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    theta_E: NDArray[np.float64]


def pixel_axis(size: int, pixel_scale: float) -> NDArray[np.float64]:
    """Pixel centres in arcsec along one axis, symmetric about zero.

    >>> pixel_axis(4, 0.5).tolist()
    [-0.75, -0.25, 0.25, 0.75]
    """
    return np.asarray((np.arange(size) - (size - 1) / 2) * pixel_scale, dtype=np.float64)


def pixel_grid(size: int, pixel_scale: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Pixel centres (x, y), each (size, size): x grows with the column, y with the row."""
    axis = pixel_axis(size, pixel_scale)
    x, y = np.meshgrid(axis, axis, indexing="xy")
    return x, y


def macro_source_plane(x: Array, y: Array, lens: MacroLens) -> tuple[Array, Array]:
    """Positions in the source plane behind the smooth lens: ``beta = theta - alpha(theta)``."""
    u, v = x - lens.x, y - lens.y
    if lens.slope == 2:
        alpha_x, alpha_y = sie_deflection(u, v, lens.theta_E, lens.e1, lens.e2)
    else:
        alpha_x, alpha_y = epl_deflection(u, v, lens.theta_E, lens.slope, lens.e1, lens.e2)
    for m, amplitude in ((3, lens.a3), (4, lens.a4)):
        if amplitude:
            _, phi = axis_ratio_and_angle(lens.e1, lens.e2)
            more_x, more_y = multipole_deflection(u, v, m, amplitude, phi)
            alpha_x, alpha_y = alpha_x + more_x, alpha_y + more_y
    shear_x, shear_y = shear_deflection(x, y, lens.gamma1, lens.gamma2)
    return x - alpha_x - shear_x, y - alpha_y - shear_y


def lensed_image(
    size: int,
    pixel_scale: float,
    lens: MacroLens,
    perturbers: PointMasses,
    source: SersicSource,
    psf_sigma: float,
    psf_truncation: float,
) -> NDArray[np.float64]:
    """Noise-free image (size, size) in flux per pixel, float64: the twin of the fast kernel.

    Each pixel holds the surface brightness at its centre times its area, then the PSF is applied
    (``psf_sigma`` in arcsec, cut at ``psf_truncation`` sigma).
    """
    x, y = pixel_grid(size, pixel_scale)
    beta_x, beta_y = macro_source_plane(x, y, lens)
    alpha_x, alpha_y = point_mass_deflection(x, y, perturbers.x, perturbers.y, perturbers.theta_E)
    brightness = sersic(
        beta_x - alpha_x,
        beta_y - alpha_y,
        source.amplitude,
        source.R_sersic,
        source.n_sersic,
        source.e1,
        source.e2,
        source.center_x,
        source.center_y,
    )
    return gaussian_blur(brightness * pixel_scale**2, psf_sigma / pixel_scale, psf_truncation)
