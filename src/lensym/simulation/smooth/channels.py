"""An image and what the smooth lens that fits it best leaves of it: two channels for a network."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Float64, Num

from lensym.errors import InputError
from lensym.simulation.smooth.model import SmoothFit, SmoothModel

CHANNELS = 2
SOFT = 4.0
"""What the fit leaves is divided by so many standard deviations of the noise, to be about as bright as the image."""
FARTHEST = 1e4
"""Standard deviations at which it is cut: farther off, an image is none of the recipe's, and single precision ends."""


def image_and_residual(model: SmoothModel, images: Num[np.ndarray, "n 1 h w"]) -> Float32[np.ndarray, "n 2 h w"]:
    """Each image over its root mean square, and what its fit leaves in units of `SOFT` standard deviations."""
    return fitted(model, images)[0]


def fitted(
    model: SmoothModel, images: Num[np.ndarray, "n 1 h w"], source: str = "the array"
) -> tuple[Float32[np.ndarray, "n 2 h w"], dict[str, Float64[np.ndarray, " n"]]]:
    """The two channels of each image, and the numbers of each fit, a column each.

    ``source`` is what an error calls the place that the images are from.
    """
    channels, rows = np.empty((len(images), CHANNELS, *images.shape[2:]), np.float32), []
    for k, (image, (seen, left)) in enumerate(zip(images[:, 0].astype(np.float64), channels, strict=True)):
        try:
            fit = model.fit(image)
        except InputError as error:
            raise InputError(error.needed, f"{error.got}: image {k} of {source}", error.remedy) from None
        seen[:] = image / max(float(np.sqrt(np.square(image).mean())), np.finfo(np.float64).tiny)
        left[:] = fit.residual.clip(-FARTHEST, FARTHEST) / SOFT
        rows.append(_numbers(fit))
    return channels, {name: np.array([row[name] for row in rows]) for name in (rows[0] if rows else ())}


def _numbers(fit: SmoothFit) -> dict[str, float]:
    """All numbers of a fit by their names."""
    parts = {"lens": fit.scene.lens, "source": fit.scene.source, "light": fit.scene.light}
    of_scene = {
        f"{part}_{name}": float(value)
        for part, profile in parts.items()
        if profile is not None
        for name, value in vars(profile).items()
    }
    return {
        "chi_square": fit.chi_square,
        "excess": fit.excess,
        "exposure": fit.scene.exposure,
        **of_scene,
    }
