"""An image and what the smooth lens that fits it best leaves of it: two channels for a network."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Num

from lensym.simulation.smooth.model import SmoothModel

CHANNELS = 2
SOFT = 4.0
"""What the fit leaves is divided by so many standard deviations of the noise, to be about as bright as the image."""


def image_and_residual(model: SmoothModel, images: Num[np.ndarray, "n 1 h w"]) -> Float32[np.ndarray, "n 2 h w"]:
    """Each image over its root mean square, and what its fit leaves in units of `SOFT` standard deviations."""
    out = np.empty((len(images), CHANNELS, *images.shape[2:]), np.float32)
    for image, (seen, left) in zip(images[:, 0].astype(np.float64), out, strict=True):
        seen[:] = image / max(float(np.sqrt(np.square(image).mean())), np.finfo(np.float64).tiny)
        left[:] = model.fit(image).residual / SOFT
    return out
