"""A split of any size, a few hundred images in memory at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from lensym.store import SplitView

CHUNK = 512
"""Images in memory at a time."""

Number = TypeVar("Number", bound=np.generic)


def chunkwise(
    function: Callable[[NDArray[Any]], NDArray[Number]],
    view: SplitView,
    rows: NDArray[np.int64],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> NDArray[Number]:
    """What ``function`` makes of images (n, C, H, W), of those at ``rows``, a few hundred in memory at a time."""
    parts = []
    for start in range(0, len(rows), CHUNK):
        parts.append(function(view.images(rows[start : start + CHUNK])))
        progress(min(start + CHUNK, len(rows)), len(rows))
    return np.concatenate(parts)
