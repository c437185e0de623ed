"""Ellipticities, turned axes and safe radii that the profiles share.

Positions are in arcsec. Ellipticities are ``e1 = (1 - q) / (1 + q) cos 2 phi`` and ``e2`` the same with the sine, for
an axis ratio ``q`` and a position angle ``phi``, as in lenstronomy.
"""

from __future__ import annotations

import math
from typing import Any

from array_api_compat import array_namespace, is_array_api_obj, is_numpy_array

Array = Any

CENTRE = 1e-9
"""Radius in arcsec inside which a profile that has no value at its centre goes on as it is there."""

NEARLY_ROUND = 0.01
"""Ellipticity below which gradients by way of an axis ratio and an angle lose digits; at zero these have none."""


def functions_for(*values: Any) -> Any:
    """Elementary functions for these values: ``math`` for numbers, else their library, so that gradients flow."""
    return array_namespace(*values) if any(map(is_array_api_obj, values)) else math


def takes_gradients(*values: Any) -> bool:
    """Whether any of these is an array of a library that differentiates."""
    return any(is_array_api_obj(value) and not is_numpy_array(value) for value in values)


def is_nearly_round(e1: Any, e2: Any) -> bool:
    """Whether an ellipticity that may take gradients is too small for those by way of its axis ratio and angle."""
    return takes_gradients(e1, e2) and bool(e1**2 + e2**2 < NEARLY_ROUND**2)


def axis_ratio_and_angle(e1: Any, e2: Any) -> tuple[Any, Any]:
    """Axis ratio ``q <= 1`` and position angle in radians of an ellipticity; two numbers or two arrays.

    >>> axis_ratio_and_angle(0.0, 0.5)
    (0.3333333333333333, 0.7853981633974483)
    """
    xp = functions_for(e1, e2)
    modulus = xp.hypot(e1, e2)
    return (1 - modulus) / (1 + modulus), xp.atan2(e2, e1) / 2


def rotate(x: Array, y: Array, angle: Any) -> tuple[Array, Array]:
    """Coordinates of the points (x, y) in axes turned by ``angle`` (radians, from +x towards +y)."""
    xp = functions_for(angle)
    cos, sin = xp.cos(angle), xp.sin(angle)
    return cos * x + sin * y, cos * y - sin * x


def made_round(x: Array, y: Array, e1: Any, e2: Any) -> tuple[Array, Array]:
    """The points ``z = x + i y`` at ``z - (e1 + i e2) conj(z)``: circles there are ellipses of this ellipticity here.

    Their distance from the origin is ``(1 + |e|) sqrt(q^2 u^2 + v^2)``, without an angle.
    """
    return x - e1 * x - e2 * y, y - e2 * x + e1 * y


def squared_radius(x: Array, y: Array, e1: Any, e2: Any) -> Array:
    """``q u^2 + v^2 / q``, squared radius of the circle with the area of the ellipse through (x, y)."""
    if takes_gradients(e1, e2):
        u, v = made_round(x, y, e1, e2)
        return (u**2 + v**2) / (1 - e1**2 - e2**2)
    q, phi = axis_ratio_and_angle(e1, e2)
    u, v = rotate(x, y, phi)
    return q * u**2 + v**2 / q


def safe_radius(x: Array, y: Array) -> Array:
    """Distance from the origin, at least :data:`CENTRE`: it may be divided by, and has a gradient everywhere."""
    xp = array_namespace(x, y)
    return xp.sqrt(xp.clip(x**2 + y**2, min=CENTRE**2))
