"""A scene's perturbers and lights as the arrays that the fast kernels take."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from lensym.physics.kernels import halo_table
from lensym.physics.light import R_SMOOTH, sersic_b, sersic_quadratic_form
from lensym.physics.perturbers import Lines, Perturbers, Solitons, TruncatedHalos
from lensym.physics.raytrace import PointMasses, SersicSource

Array = NDArray[np.float64]

_ANY_TRUNCATION = 10.0
"""Of the table where there is no halo to look up."""


def perturber_arrays(perturbers: Iterable[Perturbers]) -> tuple[Array, Array, Array, Array, Array]:
    """Points (3, K), halos (4, K) with their table, lines (5, K) and solitons (4, K), in one pass a kind.

    >>> [array.shape for array in perturber_arrays(())]
    [(3, 0), (4, 0), (1984, 4), (5, 0), (4, 0)]
    """
    of_kind: dict[type[Perturbers], list[Array]] = {PointMasses: [], TruncatedHalos: [], Lines: [], Solitons: []}
    truncation = _ANY_TRUNCATION
    for p in perturbers:
        if isinstance(p, PointMasses):
            of_kind[PointMasses].append(np.stack([p.x, p.y, p.theta_E**2]))
        elif isinstance(p, TruncatedHalos):
            of_kind[TruncatedHalos].append(np.stack([p.x, p.y, p.Rs, p.alpha_Rs]))
            truncation = p.truncation
        elif isinstance(p, Lines):
            of_kind[Lines].append(np.stack([p.x, p.y, p.length, p.angle, p.theta_E]))
        else:
            of_kind[Solitons].append(np.stack([p.x, p.y, p.kappa_0, p.r_c]))
    points, halos, lines, solitons = (
        np.concatenate(columns, axis=1) if columns else np.zeros((rows, 0))
        for columns, rows in zip(of_kind.values(), (3, 4, 5, 4), strict=True)
    )
    return points, halos, halo_table(truncation), lines, solitons


def sersic_array(lights: Iterable[object]) -> Array:
    """The Sersic profiles among ``lights`` as rows (K, 9) for :func:`lensym.physics.kernels.shine`."""
    rows = [sersic_profile(light) for light in lights if isinstance(light, SersicSource)]
    return np.array(rows).reshape(-1, 9)


def sersic_profile(light: SersicSource) -> tuple[float, ...]:
    """Quadratic form, ``b_n``, ``1 / n``, centre, smallest squared radius, and amplitude."""
    form = sersic_quadratic_form(light.R_sersic, light.e1, light.e2)
    smallest = (R_SMOOTH / light.R_sersic) ** 2
    return (
        *form,
        sersic_b(light.n_sersic),
        1 / light.n_sersic,
        light.center_x,
        light.center_y,
        smallest,
        light.amplitude,
    )
