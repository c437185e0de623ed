"""Ellipticities, turned axes and safe radii that the profiles share.

Positions are in arcsec. Ellipticities are ``e1 = (1 - q) / (1 + q) cos 2 phi`` and ``e2`` the same with the sine, for
an axis ratio ``q`` and a position angle ``phi``, as in lenstronomy.
"""

from __future__ import annotations

import math
from typing import Any

from array_api_compat import array_namespace, is_array_api_obj

Array = Any

CENTRE = 1e-9
"""Radius in arcsec inside which a profile that has no value at its centre goes on as it is there."""


def functions_for(*values: Any) -> Any:
    """Elementary functions for these values: ``math`` for numbers, else their library, so that gradients flow."""
    return array_namespace(*values) if any(map(is_array_api_obj, values)) else math


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


def safe_radius(x: Array, y: Array) -> Array:
    """Distance from the origin, at least :data:`CENTRE`: it may be divided by, and has a gradient everywhere."""
    xp = array_namespace(x, y)
    return xp.sqrt(xp.clip(x**2 + y**2, min=CENTRE**2))
