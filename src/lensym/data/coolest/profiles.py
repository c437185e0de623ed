"""lensym's numbers in the conventions of COOLEST (docs/conventions.md of its repository).

Both have x growing to the right and y upwards, in arcsec from the image's middle, and both give radii along the
intermediate axis of an ellipse. COOLEST counts angles in degrees from +y, counter-clockwise, between -90 (not included)
and 90; lensym counts from +x.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lensym.physics.mass import axis_ratio_and_angle
from lensym.physics.perturbers import Lines, Perturbers, Solitons, TruncatedHalos
from lensym.physics.raytrace import MacroLens, SersicSource

SERSIC_INDICES = (0.5, 10.0)
"""What COOLEST takes for a Sersic index."""

Profile = dict[str, Any]


def position_angle(angle: float) -> float:
    """Position angle in degrees of a direction in radians from +x.

    >>> position_angle(0.0), position_angle(math.pi / 2), round(position_angle(math.pi / 4), 9)
    (90.0, 0.0, -45.0)
    """
    return 90 - (180 - math.degrees(angle)) % 180


def smooth_lens(lens: MacroLens) -> Profile:
    """``SIE`` of an isothermal ellipsoid, ``PEMD`` of another elliptical power law; the same formulas as ours."""
    q, phi = _ellipse(lens.e1, lens.e2)
    values = {"theta_E": lens.theta_E, "q": q, "phi": phi, "center_x": lens.x, "center_y": lens.y}
    return profile("SIE", values) if lens.slope == 2 else profile("PEMD", values | {"gamma": lens.slope})


def external_shear(lens: MacroLens) -> Profile:
    """``ExternalShear`` about the middle of the image, as ours is."""
    angle = position_angle(math.atan2(lens.gamma2, lens.gamma1) / 2)
    return profile("ExternalShear", {"gamma_ext": math.hypot(lens.gamma1, lens.gamma2), "phi_ext": angle})


def sersic(light: SersicSource) -> Profile:
    """``Sersic``, in flux per square arcsec; the constant is Capaccioli's (1989) there as here."""
    q, phi = _ellipse(light.e1, light.e2)
    place = {"center_x": light.center_x, "center_y": light.center_y}
    values = {"I_eff": light.amplitude, "theta_eff": light.R_sersic, "n": light.n_sersic, "q": q, "phi": phi}
    return profile("Sersic", values | place)


def _ellipse(e1: float, e2: float) -> tuple[float, float]:
    """Axis ratio, and position angle of the major axis."""
    q, angle = axis_ratio_and_angle(float(e1), float(e2))
    return q, position_angle(angle)


def profile(kind: str, values: dict[str, float]) -> Profile:
    """A profile as it stands in a template: every parameter with its value."""
    parameters = {name: {"point_estimate": {"value": float(value)}} for name, value in values.items()}
    return {"type": kind, "parameters": parameters}


def perturbers_as_plain(perturbers: Perturbers) -> dict[str, Any]:
    """Substructure as lists of numbers, for which COOLEST has no profile: places and radii in arcsec.

    Of lines ``phi`` is a position angle; all else is as in `lensym.physics.perturbers`.
    """
    p = perturbers
    plain: dict[str, Any] = {"kind": type(p).__name__, "x": p.x.tolist(), "y": p.y.tolist()}
    if isinstance(p, TruncatedHalos):
        return plain | {"Rs": p.Rs.tolist(), "alpha_Rs": p.alpha_Rs.tolist(), "truncation_in_Rs": p.truncation}
    if isinstance(p, Solitons):
        return plain | {"kappa_0": np.asarray(p.kappa_0).tolist(), "r_c": np.asarray(p.r_c).tolist()}
    plain["theta_E"] = p.theta_E.tolist()
    if isinstance(p, Lines):
        plain |= {"length": p.length.tolist(), "phi": [position_angle(angle) for angle in p.angle.tolist()]}
    return plain
