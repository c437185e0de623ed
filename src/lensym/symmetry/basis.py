"""Filters that commute with the group, built by sharing weights.

A convolution is equivariant if its filter K, of entries (output channel a, input channel b, pixel p), is unchanged by
the group: K[g a, g b, g p] = K[a, b, p] (Cohen & Welling 2016, arXiv:1602.07576; Weiler & Cesa 2019,
arXiv:1911.08251, eq. 2, for representations that permute channels and a group that permutes pixels). Entries that
the group maps onto each other, an orbit, are one free weight.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from lensym.errors import SymmetryError
from lensym.symmetry.group import Group, grid_group
from lensym.symmetry.representation import Representation


def filter_orbits(inputs: Representation, outputs: Representation, kernel: int) -> Int64[Tensor, "a b k k"]:
    """Number of the free weight at each entry of the filter from one field to another.

    Weights are counted in the order of the first entry of each orbit, so that for a regular output field they are
    the filter of its first channel (the identity), of shape (inputs.size, kernel, kernel).
    """
    return torch.from_numpy(_orbits(inputs, outputs, kernel).copy())


@lru_cache(maxsize=128)
def _orbits(inputs: Representation, outputs: Representation, kernel: int) -> np.ndarray:
    group = grid_group(inputs.group)
    shape = (outputs.size, inputs.size, kernel * kernel)
    pixels = _pixel_permutations(group, kernel)
    a, b = _channel_permutations(outputs), _channel_permutations(inputs)
    images = [
        np.ravel_multi_index(np.ix_(a[g], b[g], pixels[g]), shape)  # where g takes each entry
        for g in group.elements
    ]
    first = np.minimum.reduce(images)
    return np.unique(first, return_inverse=True)[1].reshape(outputs.size, inputs.size, kernel, kernel)


def _channel_permutations(representation: Representation) -> np.ndarray:
    if representation.permutations is None:
        raise SymmetryError(
            "fields whose channels the group permutes (trivial, regular)", str(representation), "use one of these"
        )
    return representation.permutations


def _pixel_permutations(group: Group, kernel: int) -> np.ndarray:
    """Array (order, kernel * kernel): where each element takes each pixel."""
    pixels = torch.arange(kernel * kernel).reshape(kernel, kernel)
    # transform() says which pixel comes to a place; where a pixel goes is the same for the inverse
    return np.stack([group.transform(pixels, group.inverse(g)).numpy().ravel() for g in group.elements])


def expand_filters(weight: Float[Tensor, "o i w"], orbits: Int64[Tensor, "a b k k"]) -> Float[Tensor, "oa ib k k"]:
    """Filters of a plain convolution from the free weights of every pair of fields, by one gather."""
    fields_out, fields_in, count = weight.shape
    a, b, k, _ = orbits.shape
    places = orbits.view(1, a, 1, b * k * k).expand(fields_out, a, fields_in, b * k * k)
    weights = weight.unsqueeze(1).expand(fields_out, a, fields_in, count)
    return weights.gather(3, places).view(fields_out * a, fields_in * b, k, k)
