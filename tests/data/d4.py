"""The eight elements of D4 acting on frames (C, H, W) and on positions in them."""

import numpy as np

ELEMENTS = [(turns, flip) for flip in (False, True) for turns in range(4)]


def act(element, pixels):
    turns, flip = element
    return np.rot90(pixels[..., ::-1] if flip else pixels, turns, axes=(-2, -1))


def act_on_position(element, position, shape):
    """Where the point (column, row) of a frame of ``shape`` (height, width) comes to lie."""
    (x, y), (height, width) = position, shape
    turns, flip = element
    if flip:
        x = width - 1 - x
    for _ in range(turns):
        x, y = y, width - 1 - x
        height, width = width, height
    return x, y
