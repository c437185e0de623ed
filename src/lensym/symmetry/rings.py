"""The radial part of steerable kernels: Gaussian rings, and the highest angular frequency on each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from lensym.errors import SymmetryError

WIDTH, LAST_WIDTH, CENTRE_WIDTH = 0.6, 0.4, 0.005
"""Standard deviations in pixels: of a ring, of the outermost ring, and of the single pixel in the middle."""


@dataclass(frozen=True)
class Rings:
    """Gaussian rings ``exp(-(r - radius)^2 / 2 width^2)``.

    A grid of pixels can hold only so many oscillations on a ring; beyond, the sampled kernel would alias and no longer
    turn as it should. The cut-off of each ring bounds them (Weiler, Hamprecht & Storath 2018, arXiv:1711.07289,
    section 3; Weiler & Cesa 2019, section 2.6).

    Parameters
    ----------
    radii, widths
        In pixels, one for each ring.
    cutoffs
        Highest frequency on each ring.
    """

    radii: tuple[float, ...]
    widths: tuple[float, ...]
    cutoffs: tuple[int, ...]

    def __post_init__(self) -> None:
        counts = (len(self.radii), len(self.widths), len(self.cutoffs))
        if len(set(counts)) > 1 or not self.radii or min(self.widths) <= 0 or min(self.cutoffs) < 0:
            raise SymmetryError(
                "a positive width and a frequency of 0 or more for each ring",
                f"radii {self.radii}, widths {self.widths}, cutoffs {self.cutoffs}",
                "give three sequences of the same length",
            )

    @classmethod
    def standard(cls, kernel_size: int) -> Rings:
        """A ring at each pixel from the centre to the kernel's edge, with as high frequencies as the grid bears.

        The highest frequency is 0 in the middle pixel, 2 on the outermost ring, and between them 2 r for odd and
        2 r - 1 for even r, the default of e2cnn. An even kernel has its rings at half pixels.

        >>> Rings.standard(7).cutoffs, Rings.standard(4).radii
        ((0, 2, 3, 2), (0.5, 1.5))
        """
        return cls._at_pixels(kernel_size, inner=lambda r: int(2 * r) - (r % 2 == 0), last=2)

    @classmethod
    def compact(cls, kernel_size: int) -> Rings:
        """The same rings with fewer frequencies, 0 in the middle, 1 on the outermost ring and 2 between.

        The kernels turn more exactly between the multiples of 90 degrees, and there are fewer of them.

        >>> Rings.compact(7).cutoffs
        (0, 2, 2, 1)
        """
        return cls._at_pixels(kernel_size, inner=lambda r: 2, last=1)

    @classmethod
    def _at_pixels(cls, kernel_size: int, inner: Callable[[float], int], last: int) -> Rings:
        if kernel_size < 1:
            raise SymmetryError("a kernel of at least one pixel", f"kernel_size={kernel_size}", "use 1 or more")
        edge = (kernel_size - 1) / 2
        radii = tuple(float(r) for r in np.arange(edge % 1, edge + 1))
        widths = [WIDTH] * (len(radii) - 1) + [LAST_WIDTH]
        limits = [inner(r) for r in radii[:-1]] + [last]
        cutoffs = tuple(max(0, min(int(2 * r), limit)) for r, limit in zip(radii, limits, strict=True))
        return cls(radii, tuple(w if r else CENTRE_WIDTH for r, w in zip(radii, widths, strict=True)), cutoffs)

    def profiles(self, r: Float[np.ndarray, " p"]) -> Float[np.ndarray, "rings p"]:
        """Value of each ring at the distances r from the centre, in pixels."""
        radii, widths = (np.array(values)[:, None] for values in (self.radii, self.widths))
        values: np.ndarray = np.exp(-(((r - radii) / widths) ** 2) / 2)
        return values
