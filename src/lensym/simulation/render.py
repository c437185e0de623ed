"""From a scene to its image without noise."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lensym.physics.kernels import lensed_image_kernel
from lensym.physics.light import R_SMOOTH, sersic_b, sersic_quadratic_form
from lensym.physics.observe import FWHM_PER_SIGMA, average_down, gaussian_blur, gaussian_taps
from lensym.physics.perturbers import deflection
from lensym.physics.psf import PSF, GaussianPSF, ImagePSF, MoffatPSF, convolve, require_kernel_fits
from lensym.physics.raytrace import MacroLens, PointMasses, SersicSource, macro_source_plane, pixel_axis, pixel_grid
from lensym.simulation.brightness import Light
from lensym.simulation.files import read_pixels
from lensym.simulation.parts import FilePsf
from lensym.simulation.recipe import Recipe
from lensym.simulation.scene import Scene

Image = NDArray[np.float64]


def render(recipe: Recipe, scene: Scene) -> Image:
    """Noise-free image (C, H, W) in flux per pixel, by the fast kernel where there is one for the scene."""
    if _has_kernel(recipe, scene):
        return _kernel_image(recipe, scene)[None]
    return render_plain(recipe, scene)


def render_plain(recipe: Recipe, scene: Scene) -> Image:
    """The same by the plain formulas, for any scene."""
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
    return np.stack([_blur(recipe, average_down(image, part.supersampling) * area) for image in images])


def _brightness(x: Image, y: Image, lights: tuple[Light, ...]) -> Image:
    """Summed surface brightness at (x, y)."""
    total = np.zeros_like(x)
    for light in lights:
        total += light.brightness(x, y)
    return total


def psf(recipe: Recipe) -> PSF:
    """The recipe's point spread function."""
    part = recipe.observation.psf
    return ImagePSF(read_pixels(part.file)) if isinstance(part, FilePsf) else part


@lru_cache(maxsize=4)
def _kernel(part: GaussianPSF | MoffatPSF | FilePsf, pixel_scale: float, size: int) -> Image:
    """The PSF on the recipe's pixels, refused where it is larger than the image."""
    kernel = (ImagePSF(read_pixels(part.file)) if isinstance(part, FilePsf) else part).kernel(pixel_scale)
    require_kernel_fits(kernel, (size, size))
    return kernel


def _blur(recipe: Recipe, image: Image) -> Image:
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
    axis, beta_x, beta_y = _lensed_grid(recipe.image_size, recipe.pixel_scale, scene.lens)
    (s,) = scene.source[0]
    assert isinstance(s, SersicSource)
    p = _joined(scene.perturbers)
    image: Image = lensed_image_kernel(
        axis,
        beta_x,
        beta_y,
        p.x,
        p.y,
        p.theta_E**2,
        sersic_quadratic_form(s.R_sersic, s.e1, s.e2),
        (sersic_b(s.n_sersic), 1 / s.n_sersic, s.center_x, s.center_y, (R_SMOOTH / s.R_sersic) ** 2),
        s.amplitude * recipe.pixel_scale**2,
        _taps(_sigma(recipe), part.truncation),
    )
    return image


def _joined(perturbers: tuple[object, ...]) -> PointMasses:
    """All point masses of a scene together."""
    points = [p for p in perturbers if isinstance(p, PointMasses)]
    if len(points) == 1:
        return points[0]
    return PointMasses(
        *(np.concatenate([np.zeros(0), *(getattr(p, k) for p in points)]) for k in ("x", "y", "theta_E"))
    )


@lru_cache(maxsize=4)
def _lensed_grid(size: int, pixel_scale: float, lens: MacroLens) -> tuple[Image, ...]:
    """What every image of a recipe with one smooth lens shares: pixel axis, source plane behind the lens."""
    beta_x, beta_y = macro_source_plane(*pixel_grid(size, pixel_scale), lens)
    return pixel_axis(size, pixel_scale), beta_x, beta_y


@lru_cache(maxsize=4)
def _taps(sigma: float, truncation: float) -> Image:
    return gaussian_taps(sigma, truncation)
