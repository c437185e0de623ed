"""From a scene to its image without noise."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lensym.physics.kernels import blur, convolve_image, deflect, lensed_image_kernel, power_law_plane, shine
from lensym.physics.observe import FWHM_PER_SIGMA, average_down, gaussian_blur, gaussian_taps
from lensym.physics.perturbers import deflection
from lensym.physics.psf import PSF, GaussianPSF, MoffatPSF, convolve, require_kernel_fits
from lensym.physics.raytrace import MacroLens, PointMasses, SersicSource, macro_source_plane, pixel_axis, pixel_grid
from lensym.simulation.arrays import perturber_arrays, sersic_array, sersic_profile
from lensym.simulation.brightness import Light
from lensym.simulation.files import read_psf
from lensym.simulation.parts import FilePsf
from lensym.simulation.recipe import Recipe
from lensym.simulation.scene import Scene

Image = NDArray[np.float64]
Lights = tuple[Light, ...]


def render(recipe: Recipe, scene: Scene) -> Image:
    """Noise-free image (C, H, W) in flux per pixel, by fast kernels; :func:`render_plain` is the twin."""
    if _has_kernel(recipe, scene):
        return _kernel_image(recipe, scene)[None]
    part = recipe.image
    axis = _fine_axis(part.size, part.pixel_scale, part.supersampling)
    beta = source_plane(axis, scene)
    area = part.pixel_scale**2
    return np.stack(
        [
            blurred(recipe, _light(axis, beta, source, foreground, part.supersampling) * area)
            for source, foreground in zip(scene.source, scene.foreground, strict=True)
        ]
    )


def source_plane(axis: Image, scene: Scene) -> Image:
    """Positions (2, n, n) in the source plane behind the whole lens, for the points of ``axis`` (n,), in arcsec."""
    lens = scene.lens
    if lens.a3 or lens.a4:
        beta = np.stack(macro_source_plane(*np.meshgrid(axis, axis), lens))
    else:
        shape = (lens.theta_E, lens.slope, lens.e1, lens.e2, lens.gamma1, lens.gamma2, lens.x, lens.y)
        beta = power_law_plane(axis, *shape)
    deflect(axis, beta, *perturber_arrays(scene.perturbers))
    return beta


def _light(axis: Image, beta: Image, source: Lights, foreground: Lights, factor: int) -> Image:
    """Mean surface brightness (H, W) of one band, without the PSF."""
    size = len(axis) // factor
    image = np.zeros((size, size))
    shine(axis, beta, sersic_array(source), sersic_array(foreground), factor, image)
    for light in source:
        if not isinstance(light, SersicSource):
            image += average_down(light.brightness(beta[0], beta[1]), factor)
    return image


@lru_cache(maxsize=4)
def _fine_axis(size: int, pixel_scale: float, factor: int) -> Image:
    return pixel_axis(size * factor, pixel_scale / factor)


def render_plain(recipe: Recipe, scene: Scene) -> Image:
    """The same by the plain formulas."""
    part = recipe.image
    x, y = pixel_grid(part.size * part.supersampling, part.pixel_scale / part.supersampling)
    beta_x, beta_y = macro_source_plane(x, y, scene.lens)
    for perturbers in scene.perturbers:
        alpha_x, alpha_y = deflection(perturbers, x, y)
        beta_x, beta_y = beta_x - alpha_x, beta_y - alpha_y
    images = [
        _brightness(beta_x, beta_y, source) + _brightness(x, y, foreground)
        for source, foreground in zip(scene.source, scene.foreground, strict=True)
    ]
    area = part.pixel_scale**2
    return np.stack([convolve_plain(recipe, average_down(image, part.supersampling) * area) for image in images])


def _brightness(x: Image, y: Image, lights: Lights) -> Image:
    """Summed surface brightness at (x, y)."""
    total = np.zeros_like(x)
    for light in lights:
        total += light.brightness(x, y)
    return total


def psf(recipe: Recipe) -> PSF:
    """The recipe's point spread function."""
    part = recipe.observation.psf
    return read_psf(part.file) if isinstance(part, FilePsf) else part


@lru_cache(maxsize=4)
def _kernel(part: GaussianPSF | MoffatPSF | FilePsf, pixel_scale: float, size: int) -> Image:
    """The PSF on the recipe's pixels, refused where it is larger than the image."""
    kernel = (read_psf(part.file) if isinstance(part, FilePsf) else part).kernel(pixel_scale)
    require_kernel_fits(kernel, (size, size))
    return kernel


def blurred(recipe: Recipe, image: Image) -> Image:
    """An image (H, W) as the recipe's PSF blurs it."""
    part, out = recipe.observation.psf, np.empty_like(image)
    if isinstance(part, GaussianPSF):
        blur(image, _taps(_sigma(recipe), part.truncation), out)
    else:
        convolve_image(image, _kernel(part, recipe.pixel_scale, recipe.image_size), out)
    return out


def convolve_plain(recipe: Recipe, image: Image) -> Image:
    """The PSF applied by the plain formulas."""
    part = recipe.observation.psf
    if isinstance(part, GaussianPSF):
        return gaussian_blur(image, _sigma(recipe), part.truncation)
    blurred: Image = convolve(image, _kernel(part, recipe.pixel_scale, recipe.image_size))
    return blurred


def _sigma(recipe: Recipe) -> float:
    """Gaussian sigma of the recipe's PSF in pixels."""
    part = recipe.observation.psf
    assert isinstance(part, GaussianPSF)
    return part.fwhm / FWHM_PER_SIGMA / recipe.pixel_scale


def _has_kernel(recipe: Recipe, scene: Scene) -> bool:
    """Whether the fused kernel can render this scene."""
    return (
        recipe.image.supersampling == 1
        and recipe.channels == 1
        and isinstance(recipe.observation.psf, GaussianPSF)
        and all(isinstance(perturbers, PointMasses) for perturbers in scene.perturbers)
        and [type(light) for light in scene.source[0]] == [SersicSource]
        and not scene.foreground[0]
    )


def _kernel_image(recipe: Recipe, scene: Scene) -> Image:
    part = recipe.observation.psf
    assert isinstance(part, GaussianPSF)
    (light,) = scene.source[0]
    assert isinstance(light, SersicSource)
    points, *_ = perturber_arrays(scene.perturbers)
    profile = sersic_profile(light)
    image: Image = lensed_image_kernel(
        *_lensed_grid(recipe.image_size, recipe.pixel_scale, scene.lens),
        *points,
        profile[:3],
        profile[3:8],
        profile[8] * recipe.pixel_scale**2,
        _taps(_sigma(recipe), part.truncation),
    )
    return image


@lru_cache(maxsize=4)
def _lensed_grid(size: int, pixel_scale: float, lens: MacroLens) -> tuple[Image, ...]:
    """What every image of a recipe with one smooth lens shares: pixel axis, source plane behind the lens."""
    beta_x, beta_y = macro_source_plane(*pixel_grid(size, pixel_scale), lens)
    return pixel_axis(size, pixel_scale), beta_x, beta_y


@lru_cache(maxsize=4)
def _taps(sigma: float, truncation: float) -> Image:
    return gaussian_taps(sigma, truncation)
