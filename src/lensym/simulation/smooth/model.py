"""Smooth lenses as a recipe's telescope sees them, and the one that fits an image best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float64

from lensym.errors import InputError
from lensym.physics.observe import average_down, gaussian_blur, gaussian_taps, published_counts_moments
from lensym.physics.raytrace import SersicSource, pixel_axis
from lensym.physics.smooth import SOURCE, lensed_slopes, plane_slopes
from lensym.simulation.images import noise_rms
from lensym.simulation.parts import PoissonSky, PublishedCounts
from lensym.simulation.recipe import Recipe
from lensym.simulation.render import blurred
from lensym.simulation.smooth.beginning import Beginnings
from lensym.simulation.smooth.fittable import require_fittable, require_within
from lensym.simulation.smooth.least_squares import Weighted, least_squares
from lensym.simulation.smooth.orientation import chosen
from lensym.simulation.smooth.scene import FreeNumbers, Numbers, SmoothScene

Image = Float64[np.ndarray, "h w"]
Middle = Float64[np.ndarray, "m m"]

FIELD = 5.0
"""Side in arcsec of the middle of an image that is fitted: the brightest arcs end inside."""

_COARSE = 0.25
"""Side in arcsec of the pixels on which the beginning of a fit is chosen."""

_ASIDE = 0.15
"""Arcsec in x and y from the middle to the four other places at which a thorough fit begins."""

_POOR, _BEGINNINGS = 2.0, 4
"""Chi-square a pixel above which a fit may have ended in a wrong valley, and at how many it may begin then."""

_NEARLY = 1.0
"""Of chi-square that one ray for each pixel may leave to gain: less than the noise."""

_STEPS_NEARLY = 30
"""That a search with one ray for each pixel may take: what is slower is mostly on its way to a wrong valley."""

_SMOOTHING, _TRUNCATION = 0.1, 4.0
"""Of the residual for its excess: sigma in arcsec, and where it is cut, in sigma."""


@dataclass(frozen=True)
class SmoothFit:
    """The smooth scene that fits an image best, what it looks like, and how far the image is from it.

    Attributes
    ----------
    scene
        Its numbers.
    mean, rms
        Expected value and standard deviation of each pixel (H, W), in the image's unit.
    residual
        What it leaves (H, W), in standard deviations.
    chi_square
        Mean of the squared residual over the pixels that were fitted: about 1 where the lens is smooth.
    excess
        The same of a residual smoothed by 0.1 arcsec, with pixels weighted by the root of their brightness over the
        noise, in units of what noise alone gives: about 0.9 where the lens is smooth. It adds up what substructure does
        to neighbouring pixels of an arc alike.
    """

    scene: SmoothScene
    mean: Image
    rms: Image
    residual: Image
    chi_square: float
    excess: float


class _End(NamedTuple):
    """Numbers that a search ended at, their chi-square a pixel, and minus twice the logarithm of their likelihood.

    The last one, which tells the better of two, knows that brighter scenes have more noise.
    """

    numbers: Numbers
    chi_square: float
    surprise: float


class SmoothModel:
    """Smooth lenses as a recipe's telescope sees them.

    Parameters
    ----------
    free_place
        Whether fits look for the lens's place too, where in the recipe's own images it is the middle.

    Raises
    ------
    UsageError
        For a recipe that the model does not describe, or whose noise or brightness it could not know.
    """

    def __init__(self, recipe: Recipe, free_place: bool = False) -> None:
        require_fittable(recipe)
        self.recipe = recipe
        self.free = FreeNumbers(recipe, free_place)
        require_within(recipe, self.free)
        self.side, self._coarse = _middle_and_coarse(recipe)

    def fit(self, image: Image, thorough: bool = False) -> SmoothFit:
        """The smooth scene nearest to an image (H, W) as a data set of the recipe holds it.

        Parameters
        ----------
        thorough
            Where the lens's place is free, begin at four places beside the middle too and keep the likeliest end: from
            the middle alone some fits end in a wrong valley.

        Raises
        ------
        InputError
            If the image is of another size, has pixels that are not finite, or is empty where it is fitted.
        """
        self.require_image(image)
        orientation = chosen(self._middle_of(image))
        seen = orientation.seen(image)
        middle = np.ascontiguousarray(self._middle_of(seen))
        numbers = self._refined(middle, min(self._ends(middle, thorough), key=lambda end: end.surprise).numbers)
        whole = self._expected(numbers, self.recipe.image_size, self.recipe.image.supersampling)
        mean, rms = (part.reshape(image.shape) for part in (whole.mean, np.sqrt(whole.variance)))
        residual = (seen - mean) / rms
        chi_square = float(np.square(self._middle_of(residual)).mean())
        excess = _excess(residual, (mean - mean.min()) / rms, _SMOOTHING / self.recipe.pixel_scale)
        scene = orientation.scene_back(self.free.scene(numbers))
        mean, rms, residual = (orientation.back(part) for part in (mean, rms, residual))
        return SmoothFit(scene, mean, rms, residual, chi_square, excess)

    def require_image(self, image: Image) -> None:
        """Refuse an image that `fit` cannot be asked about."""
        size = self.recipe.image_size
        if image.shape != (size, size):
            remedy = "cut or resample it to the recipe's size"
            raise InputError(f"an image of {size} x {size} px of '{self.recipe.name}'", f"shape {image.shape}", remedy)
        if not np.isfinite(image).all():
            raise InputError("finite pixels", "some that are NaN or infinite", "mend the image or leave it out")
        if not self._middle_of(image).any():
            place = f"the middle {self.side} x {self.side} px, which a smooth lens is fitted to"
            raise InputError(f"light in {place}", "nothing but zeros there", "leave the image out")

    def _middle_of(self, image: Image) -> Middle:
        edge = (self.recipe.image_size - self.side) // 2
        return image[edge : edge + self.side, edge : edge + self.side]

    @cached_property
    def _beginnings(self) -> Beginnings:
        return Beginnings(self.recipe, self.free, self.side, self._coarse)

    def _begun(self, middle: Middle, thorough: bool) -> list[Numbers]:
        """Where fits begin: at a lens in the middle, and beside it too if that is asked for."""
        aside = max(1, round(_ASIDE / self.recipe.pixel_scale))
        places = product((aside, -aside), repeat=2) if thorough and "x" in self.free.lens else ()
        return [*self._beginnings.nearest(middle), *(self._begun_at(middle, *place) for place in places)]

    def _begun_at(self, middle: Middle, column: int, row: int) -> Numbers:
        """Where a fit begins at a lens so many pixels from the middle."""
        (begun,) = self._beginnings.nearest(np.ascontiguousarray(np.roll(middle, (-row, -column), (0, 1))))
        shift = {"x": column * self.recipe.pixel_scale, "y": row * self.recipe.pixel_scale}
        for name, by in shift.items():
            begun[[self.free.names.index(part) for part in (f"lens {name}", f"source center_{name}")]] += by
        return begun

    def _ends(self, middle: Middle, thorough: bool) -> list[_End]:
        """Where searches end; of more beginnings, one by one, while all that were tried are far from the image."""
        ends = [self._end(middle, begun) for begun in self._begun(middle, thorough)]
        if all(end.chi_square > _POOR for end in ends):
            for begun in self._beginnings.nearest(middle, _BEGINNINGS)[1:]:
                ends.append(self._end(middle, begun))
                if ends[-1].chi_square <= _POOR:
                    break
        return ends

    def _end(self, middle: Middle, begun: Numbers) -> _End:
        """Where a search ends; with several rays a pixel, nearly where it ends with one, which is faster."""
        ends: dict[str, Any] = (
            {} if self.recipe.image.supersampling == 1 else {"decrease": _NEARLY, "steps": _STEPS_NEARLY}
        )
        expected = partial(self._expected, side=self.side, factor=1)
        numbers, found = least_squares(expected, middle.ravel(), begun, *self.free.bounds(begun), **ends)
        chi_square = found.chi_square(middle.ravel(), found.variance)
        surprise = chi_square + float(np.log(found.variance).sum())
        return _End(numbers, chi_square / middle.size, surprise)

    def _refined(self, middle: Middle, nearly: Numbers) -> Numbers:
        """The numbers that fit the pixels best with all the recipe's rays, near those that fit with one a pixel."""
        factor = self.recipe.image.supersampling
        if factor == 1:
            return nearly
        expected = partial(self._expected, side=self.side, factor=factor)
        return least_squares(expected, middle.ravel(), nearly, *self.free.bounds(nearly))[0]

    def _expected(self, numbers: Numbers, side: int, factor: int) -> Weighted:
        """Mean, variance and slopes of the middle ``side`` x ``side`` pixels, with ``factor`` rays a side of each."""
        scene, noise = self.free.scene(numbers), self.recipe.observation.noise
        seen = self._seen(self._shone(scene, side, factor), factor)
        flux, slopes = seen[0], seen[1:]
        if isinstance(noise, PublishedCounts):
            mean, variance, by_flux, by_exposure = published_counts_moments(flux, scene.exposure, noise.background_rms)
            slopes[:-1] *= by_flux
            slopes[-1] = by_exposure
        else:
            exposure = noise.exposure.quantile(0.5) if isinstance(noise, PoissonSky) else 1.0
            mean, variance = flux, noise_rms(self.recipe, flux, exposure) ** 2
        return Weighted(mean.ravel(), variance.ravel(), slopes.reshape(len(slopes), -1))

    def _shone(self, scene: SmoothScene, side: int, factor: int) -> list[Image]:
        """Surface brightness on fine pixels, then its derivatives by all free numbers, in their order."""
        axis = pixel_axis(side * factor, self.recipe.pixel_scale / factor)
        beta, plane = plane_slopes(axis, scene.lens, self.free.lens)
        of_source = [*lensed_slopes(beta, plane, scene.source)]
        if scene.light is None:
            return [*of_source, of_source[0]]
        light, *of_light = _unlensed_slopes(axis, scene.light)
        both = [of_source[0] + light, *of_source[1:], *of_light[2:], light, of_source[0]]
        for name, slope in zip(("x", "y"), of_light, strict=False):  # the light is where the lens is
            if name in self.free.lens:
                both[1 + len(SOURCE) + self.free.lens.index(name)] += slope
        return both

    def _seen(self, shone: Sequence[Image], factor: int) -> Float64[np.ndarray, "k i j"]:
        """Flux per pixel behind the PSF, from surface brightness on pixels finer by a factor."""
        area, side = self.recipe.pixel_scale**2, len(shone[0]) // factor
        seen = np.empty((len(shone), side, side))
        for one, out in zip(shone, seen, strict=True):
            out[:] = blurred(self.recipe, one if factor == 1 else average_down(one, factor))
        seen *= area
        return seen


def _middle_and_coarse(recipe: Recipe) -> tuple[int, int]:
    """Pixels a side of the middle that is fitted, as far from all edges, and of a coarse pixel, which divides it."""
    most = min(recipe.image_size, int(FIELD / recipe.pixel_scale))
    usual = min(max(1, round(_COARSE / recipe.pixel_scale)), most)
    return next(
        (side, coarse)
        for coarse in range(usual, 0, -1)
        for side in range(most, 0, -1)
        if side % coarse == 0 and (recipe.image_size - side) % 2 == 0
    )


def _unlensed_slopes(axis: Float64[np.ndarray, " n"], light: SersicSource) -> Float64[np.ndarray, "k n n"]:
    """Surface brightness of light that is not lensed, and its derivatives by the numbers of `SOURCE`."""
    place = np.stack(np.meshgrid(axis, axis))
    return lensed_slopes(place, np.empty((0, *place.shape)), light)


def _excess(residual: Image, signal: Image, sigma: float) -> float:
    """Mean square of a residual smoothed by ``sigma`` pixels, weighted by the root of the signal over the noise."""
    weight = np.sqrt(signal) if signal.any() else np.ones_like(signal)
    taps = gaussian_taps(sigma, _TRUNCATION)
    smoothed = gaussian_blur(residual, sigma, _TRUNCATION) / np.square(taps).sum()
    return float((weight * np.square(smoothed)).sum() / weight.sum())
