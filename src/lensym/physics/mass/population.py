"""Sums over K perturbers, each at a place of its own.

Loops over perturbers, never over pixels: memory stays that of one map.
"""

from __future__ import annotations

from collections.abc import Callable

from array_api_compat import array_namespace

from lensym.physics.mass.geometry import Array


def sum_of_maps(profile: Callable[..., Array], x: Array, y: Array, *parameters: Array) -> Array:
    """``sum_k profile(x - x_k, y - y_k, ...)``.

    Parameters
    ----------
    x, y
        Positions of any shape.
    parameters
        Centres ``x_k``, ``y_k``, then the profile's other parameters, each of shape (K,).
    """
    total = array_namespace(x, y).zeros_like(x)
    for k in range(parameters[0].shape[0]):
        center_x, center_y, *other = (p[k] for p in parameters)
        total = total + profile(x - center_x, y - center_y, *other)
    return total


def sum_of_vectors(
    profile: Callable[..., tuple[Array, Array]], x: Array, y: Array, *parameters: Array
) -> tuple[Array, Array]:
    """Like :func:`sum_of_maps` for a profile that gives a vector, as deflections are."""
    xp = array_namespace(x, y)
    total_x, total_y = xp.zeros_like(x), xp.zeros_like(y)
    for k in range(parameters[0].shape[0]):
        center_x, center_y, *other = (p[k] for p in parameters)
        alpha_x, alpha_y = profile(x - center_x, y - center_y, *other)
        total_x, total_y = total_x + alpha_x, total_y + alpha_y
    return total_x, total_y
