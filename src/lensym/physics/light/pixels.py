"""A source given as an image, such as a cutout of a nearby galaxy."""

from __future__ import annotations

from typing import Any

from array_api_compat import array_namespace

from lensym.physics.mass.geometry import Array, rotate


def interpolated_image(
    x: Array, y: Array, image: Array, pixel_scale: Any, angle: Any, center_x: Any, center_y: Any
) -> Array:
    """Surface brightness at (x, y) of an image, bilinear between its pixels' centres.

    Outside it falls to zero within one pixel, as lenstronomy's INTERPOL does. Its light is ``pixel_scale^2`` times the
    sum of the image.

    Parameters
    ----------
    x, y
        Positions in arcsec, of any shape.
    image
        (H, W), surface brightness per square arcsec; rows are along y.
    pixel_scale
        Arcsec per pixel of the image.
    angle
        Radians by which the image is turned, from +x towards +y.
    center_x, center_y
        Where its middle is, in arcsec.
    """
    xp = array_namespace(x, y, image)
    height, width = image.shape
    u, v = rotate((x - center_x) / pixel_scale, (y - center_y) / pixel_scale, angle)
    # a frame of zeros is one pixel wide: the first pixel of the image is number 1
    column, right = _cell(xp, u + (width - 1) / 2 + 1, width)
    row, upper = _cell(xp, v + (height - 1) / 2 + 1, height)
    corner = xp.reshape(row * (width + 2) + column, (-1,))
    framed = xp.reshape(_with_frame(xp, image), (-1,))
    values = [xp.reshape(xp.take(framed, corner + step), x.shape) for step in (0, 1, width + 2, width + 3)]
    lower_side = values[0] + right * (values[1] - values[0])
    upper_side = values[2] + right * (values[3] - values[2])
    return lower_side + upper * (upper_side - lower_side)


def _cell(xp: Any, position: Array, size: int) -> tuple[Array, Array]:
    """Number of the pixel at or before each position in a framed row, and the way from it to the next."""
    inside = xp.clip(position, min=0, max=size + 1)
    first = xp.clip(xp.floor(inside), max=size)
    return xp.astype(first, xp.int64), inside - first


def _with_frame(xp: Any, image: Array) -> Array:
    """The image in a frame of zeros, one pixel wide."""
    side = image[:, :1] * 0
    framed = xp.concat([side, image, side], axis=1)
    edge = framed[:1, :] * 0
    return xp.concat([edge, framed, edge], axis=0)
