"""Counter-based random numbers: Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").

A word depends on a key and a counter alone, so pixel ``p`` of image ``i`` has the same noise whoever computes it, and
in whatever order. ``philox_words`` is the plain version, ``philox`` the one compiled into the kernels.
"""

from __future__ import annotations

from typing import Any, no_type_check

import numba
import numpy as np
from numpy.random.bit_generator import ISeedSequence
from numpy.typing import NDArray

from lensym.physics.compiled import kernel

M0, M1 = 0xD2511F53, 0xCD9E8D57
W0, W1 = 0x9E3779B9, 0xBB67AE85
ROUNDS = 10
BLOCK = 256
"""Pixels that a kernel gives random numbers to at once: few enough for the fastest cache."""

_LOW = 0xFFFFFFFF


def philox_words(counter: NDArray[np.uint32] | tuple[int, ...], key: tuple[int, int]) -> NDArray[np.uint32]:
    """Four random words for each counter: (..., 4) to (..., 4), uint32.

    >>> [hex(w) for w in philox_words((0, 0, 0, 0), (0, 0)).tolist()]
    ['0x6627e8d5', '0xe169c58d', '0xbc57ac4c', '0x9b00dbd8']
    """
    c0, c1, c2, c3 = np.moveaxis(np.asarray(counter, dtype=np.uint64), -1, 0)
    k0, k1 = key
    for _ in range(ROUNDS):
        p0, p1 = np.uint64(M0) * c0, np.uint64(M1) * c2
        c0, c1, c2, c3 = (
            (p1 >> np.uint64(32)) ^ c1 ^ np.uint64(k0),
            p1 & np.uint64(_LOW),
            (p0 >> np.uint64(32)) ^ c3 ^ np.uint64(k1),
            p0 & np.uint64(_LOW),
        )
        k0, k1 = (k0 + W0) & _LOW, (k1 + W1) & _LOW
    return np.stack([c0, c1, c2, c3], axis=-1).astype(np.uint32)


class _Key(ISeedSequence):
    """A key in the place of a seed: numpy would first ask the operating system for a seed that it then does not use."""

    def __init__(self, key: NDArray[np.uint64]) -> None:
        self.key = key

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> NDArray[np.uint64]:
        """The key."""
        return self.key


def philox_generator(counter: NDArray[np.uint64], key: NDArray[np.uint64]) -> np.random.Generator:
    """Generator of numpy's Philox4x64 at ``counter`` (4,) with ``key`` (2,)."""
    seed: Any = _Key(key)  # numpy's annotation knows no seed sequences but its own
    return np.random.Generator(np.random.Philox(seed, counter=counter))


@no_type_check
@numba.njit(inline="always")
def philox(c0, c1, c2, c3, k0, k1):
    """Four random words (uint32) for one counter; compiled into the caller's loop."""
    for _ in range(ROUNDS):
        p0 = np.uint64(np.uint32(c0)) * np.uint64(M0)
        p1 = np.uint64(np.uint32(c2)) * np.uint64(M1)
        c0 = np.uint32(p1 >> np.uint64(32)) ^ np.uint32(c1) ^ np.uint32(k0)
        c1 = np.uint32(p1)
        c2 = np.uint32(p0 >> np.uint64(32)) ^ np.uint32(c3) ^ np.uint32(k1)
        c3 = np.uint32(p0)
        k0 = np.uint32(k0 + np.uint32(W0))
        k1 = np.uint32(k1 + np.uint32(W1))
    return c0, c1, c2, c3


@no_type_check
@kernel
def philox_block(block, call, image, stream, k0, k1, words):
    """Random word number ``call`` of every pixel of one block: fills ``words`` (BLOCK,) uint32.

    Pixel ``p`` belongs to block ``p // BLOCK``. Its word is one of the four at the counter (n, image, stream, call),
    where four pixels, a quarter of a block apart, share ``n``: so each of the four is stored in one piece.
    """
    quarter = BLOCK // 4
    for j in range(quarter):
        w0, w1, w2, w3 = philox(np.uint32(block * quarter + j), image, stream, np.uint32(call), k0, k1)
        words[j] = w0
        words[j + quarter] = w1
        words[j + 2 * quarter] = w2
        words[j + 3 * quarter] = w3
