"""Point spread functions: what they are, their kernels on a pixel grid, and convolution with them.

A kernel is (odd, odd), adds up to one, and holds the function at the pixels' centres; its middle is the source's place.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device
from jaxtyping import Float
from numpy.typing import NDArray

from lensym.errors import UsageError
from lensym.physics.observe import FWHM_PER_SIGMA, gaussian_taps


@dataclass(frozen=True)
class GaussianPSF:
    """Gaussian of a full width at half maximum in arcsec, cut at ``truncation`` sigma."""

    fwhm: float
    truncation: float = 5.0

    def width(self, pixel_scale: float) -> int:
        """Pixels a side of the kernel."""
        return 2 * int(self.truncation * self.fwhm / FWHM_PER_SIGMA / pixel_scale + 0.5) + 1

    def kernel(self, pixel_scale: float) -> Float[np.ndarray, "a a"]:
        """Kernel on pixels of ``pixel_scale`` arcsec; :func:`~lensym.physics.observe.gaussian_blur` is the same."""
        taps = gaussian_taps(self.fwhm / FWHM_PER_SIGMA / pixel_scale, self.truncation)
        return np.outer(taps, taps)


@dataclass(frozen=True)
class MoffatPSF:
    """Moffat 1969: ``(1 + (r / alpha)^2)^-beta``, the form of a star seen through the atmosphere.

    ``alpha = fwhm / (2 sqrt(2^(1 / beta) - 1))``; ``fwhm`` in arcsec. Turbulence has ``beta = 4.765`` (Trujillo et al.
    2001). The kernel is a square of ``truncation`` FWHM to each side.
    """

    fwhm: float
    beta: float = 4.765
    truncation: float = 5.0

    def width(self, pixel_scale: float) -> int:
        """Pixels a side of the kernel."""
        return 2 * int(self.truncation * self.fwhm / pixel_scale + 0.5) + 1

    def kernel(self, pixel_scale: float) -> Float[np.ndarray, "a a"]:
        """Kernel on pixels of ``pixel_scale`` arcsec."""
        radius = self.width(pixel_scale) // 2
        squared = (np.arange(-radius, radius + 1) * pixel_scale) ** 2
        alpha = self.fwhm / (2 * math.sqrt(2 ** (1 / self.beta) - 1))
        values = (1 + (squared[:, None] + squared) / alpha**2) ** -self.beta
        return np.asarray(values / values.sum())


@dataclass(frozen=True, eq=False)
class ImagePSF:
    """A measured point spread function, (odd, odd), on pixels as large as those of the images it is used for."""

    image: NDArray[np.floating[Any]]

    def __post_init__(self) -> None:
        image = self.image
        if image.ndim != 2 or not all(n % 2 for n in image.shape):
            raise UsageError(
                "a PSF image with a middle pixel: an odd number of rows and columns",
                f"the shape {image.shape}",
                "cut or pad it, the star in the middle",
            )
        if not (np.isfinite(image).all() and image.sum() > 0):
            raise UsageError("a PSF image of finite values with light in it", "one without", "check the file")

    def width(self, pixel_scale: float) -> int:
        """Pixels of the longer side, whatever ``pixel_scale``."""
        return int(max(self.image.shape))

    def kernel(self, pixel_scale: float) -> Float[np.ndarray, "a b"]:
        """The image as a kernel, whatever ``pixel_scale``."""
        return np.asarray(self.image / self.image.sum(dtype=np.float64))


PSF = GaussianPSF | MoffatPSF | ImagePSF


def require_kernel_fits(kernel: Float[np.ndarray, "a b"], shape: tuple[int, int]) -> None:
    """Refuse a kernel that is larger than the image: its edge rule would make up most of the light."""
    if any(k > n for k, n in zip(kernel.shape, shape, strict=True)):
        raise UsageError(
            "a PSF no larger than the image",
            f"{' x '.join(map(str, kernel.shape))} pixels for {' x '.join(map(str, shape))}",
            "cut the PSF (truncation) or simulate a larger image",
        )


def convolve(image: Any, kernel: Any) -> Any:
    """Convolve an image (H, W) with a kernel; outside the image its edge value goes on, as for the Gaussian blur."""
    xp = array_namespace(image, kernel)
    (height, width), (rows, columns) = image.shape, kernel.shape
    padded = _continue_edge(_continue_edge(image, rows // 2, axis=0), columns // 2, axis=1)
    blurred = xp.zeros_like(image)
    for i in range(rows):
        for j in range(columns):
            # a convolution and not a correlation: light moves from the middle to where the kernel has it
            weight = kernel[rows - 1 - i, columns - 1 - j]
            blurred = blurred + weight * padded[i : i + height, j : j + width]
    return blurred


def _continue_edge(image: Any, margin: int, axis: int) -> Any:
    """Pad both ends of an axis with the value that stands there."""
    xp = array_namespace(image)
    size = image.shape[axis]
    index = xp.clip(xp.arange(-margin, size + margin, device=device(image)), min=0, max=size - 1)
    return xp.take(image, index, axis=axis)
