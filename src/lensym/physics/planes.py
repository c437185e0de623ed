"""Lenses at several distances: tracing rays from plane to plane back to the source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from lensym.errors import UsageError
from lensym.physics.cosmology import FlatLambdaCDM

Array = Any
Deflection = Callable[[Array, Array], tuple[Array, Array]]
"""Positions in a plane to the deflection there, both in arcsec; scaled to the source as for a single plane."""


def plane_weights(
    redshifts: Sequence[float], z_source: float, cosmology: FlatLambdaCDM
) -> Float[np.ndarray, "planes later"]:
    """Weight with which each plane's deflection counts in each later one: ``D_ij D_s / (D_j D_is)``.

    Schneider, Ehlers & Falco 1992, eq. 9.7. Row: the deflecting plane, nearest first; column: where the ray arrives,
    the source last (its weights are one). Planes at one redshift do not see each other.
    """
    z = np.array([*redshifts, z_source], dtype=np.float64)
    if not (z[0] > 0 and (np.diff(z[:-1]) >= 0).all() and (z[:-1] < z_source).all()):
        raise UsageError(
            "planes from the nearest to the farthest, all in front of the source",
            f"redshifts {', '.join(f'{value:g}' for value in redshifts)}, source {z_source:g}",
            "sort them, or move the source back",
        )
    comoving = cosmology.comoving_distance(z)
    between = np.clip(comoving - comoving[:-1, None], 0, None)  # D_ij (1 + z_j)
    return np.asarray(between * comoving[-1] / (comoving * between[:, -1:]))


def trace_planes(
    x: Array, y: Array, deflections: Sequence[Deflection], weights: Float[np.ndarray, "planes later"]
) -> tuple[Array, Array]:
    """Positions in the source plane (arcsec) of rays that are seen at (x, y).

    ``theta_j = theta - sum_(i < j) weights_ij alpha_i(theta_i)`` (Schneider, Ehlers & Falco 1992, eq. 9.7). With one
    plane this is the lens equation.

    Parameters
    ----------
    x, y
        Positions on the sky, of any shape and array library.
    deflections
        One function for each plane, nearest first.
    weights
        Of :func:`plane_weights`.
    """
    bent: list[tuple[Array, Array]] = []
    for j in range(len(deflections) + 1):
        at_x, at_y = x, y
        for i, (alpha_x, alpha_y) in enumerate(bent):
            weight = float(weights[i, j])
            at_x, at_y = at_x - weight * alpha_x, at_y - weight * alpha_y
        if j < len(deflections):
            bent.append(deflections[j](at_x, at_y))
    return at_x, at_y
