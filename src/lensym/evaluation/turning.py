"""How exactly a network's outputs stay, or turn, when the image is turned or mirrored on the pixel grid."""

from __future__ import annotations

import re

import numpy as np
from jaxtyping import Float, Shaped

from lensym.evaluation.audit import GroupAudit, LogitsFunction, group_audit, group_orbit

_QUARTERS = re.compile(r"turn (\d+)°")


def outputs_audit(
    outputs: LogitsFunction,
    images: Shaped[np.ndarray, "n c h w"],
    network: str,
    group: str,
    precision: str,
    axis: bool,
) -> GroupAudit:
    """Change of outputs under each element of ``group``; of an axis's, of what they are once turned back."""
    if not axis:
        return group_audit(outputs, images, network, group, precision)
    reference = outputs(images)
    scale = max(1.0, float(np.abs(reference).max()))
    changes = {
        name: float(np.abs(turned_back(outputs(turned), name) - reference).max()) / scale
        for name, turned in group_orbit(images, group)
    }
    return GroupAudit(network, group, precision, len(images), changes)


def turned_back(outputs: Float[np.ndarray, "n 3"], element: str) -> Float[np.ndarray, "n 3"]:
    """Outputs (cos 2 phi, sin 2 phi, log variance) of images turned by an element, as they are of those before.

    >>> turned_back(np.array([[0.5, 0.2, 1.0]]), "flip, turn 90°")
    array([[-0.5,  0.2,  1. ]])
    """
    found = _QUARTERS.search(element)
    sign = -1.0 if found and int(found[1]) // 90 % 2 else 1.0
    back: Float[np.ndarray, "n 3"] = outputs * np.array([sign, -sign if element.startswith("flip") else sign, 1.0])
    return back
