"""A simulated scene as a COOLEST template: plain data for JSON, and the arrays of the FITS files that it names."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from jaxtyping import Float, Shaped

from lensym import __version__
from lensym.data.coolest.profiles import (
    SERSIC_INDICES,
    external_shear,
    perturbers_as_plain,
    sersic,
    smooth_lens,
)
from lensym.physics.psf import GaussianPSF
from lensym.physics.raytrace import SersicSource
from lensym.simulation.brightness import Light
from lensym.simulation.images import camera, noise_rms
from lensym.simulation.parts import CcdNoise, Noiseless, PublishedCounts
from lensym.simulation.render import psf, render
from lensym.simulation.stored import StoredScene

IMAGE, NOISE, PSF = "image.fits", "noise.fits", "psf.fits"
"""Files beside the template."""

Plain = dict[str, Any]
Arrays = dict[str, Float[np.ndarray, "h w"]]

_KINDS = {
    "PointMasses": "point masses",
    "TruncatedHalos": "truncated NFW halos",
    "Lines": "uniform lines of mass",
    "Solitons": "soliton cores",
}


def template(stored: StoredScene, image: Shaped[np.ndarray, "h w"]) -> tuple[Plain, Arrays]:
    """The template of a scene of one band and the arrays of its files, the image in flux per pixel.

    What COOLEST has no profile for stands in ``meta``: ``not_in_coolest`` says it in words, ``perturbers`` holds the
    substructure's numbers.
    """
    recipe, scene = stored.recipe, stored.scene
    unit, flux = _flux(stored, image)
    arrays = {IMAGE: flux}
    observation, noise = _observation(stored), recipe.observation.noise
    if recipe.observation.scaled:
        observation["noise"] = {"type": None}  # what the noise was divided by is not kept
    elif isinstance(noise, Noiseless):
        observation["noise"] = {"type": "UniformGaussianNoise", "std_dev": 0.0}
    else:
        arrays[NOISE] = noise_rms(recipe, render(recipe, scene)[0], scene.exposure)
        observation["noise"] = {"type": "NoiseMap", "noise_map": _grid(NOISE, flux.shape, recipe.pixel_scale)}
    instrument, kernel = _instrument(stored)
    if kernel is not None:
        arrays[PSF] = kernel
    plain = {
        "standard": "COOLEST",
        "mode": "MOCK",
        "coordinates_origin": {"ra": "00h00m00s", "dec": "+00d00m00s"},
        "cosmology": {"astropy_name": "FlatLambdaCDM", "H0": recipe.cosmology.H0, "Om0": recipe.cosmology.Om0},
        "lensing_entities": _entities(stored),
        "observation": observation,
        "instrument": instrument,
        "meta": _meta(stored) | {"units": unit},
    }
    return plain, arrays


def _flux(stored: StoredScene, image: Shaped[np.ndarray, "h w"]) -> tuple[str, Float[np.ndarray, "h w"]]:
    """The stored image in the unit of the profiles' brightness, and that unit in words."""
    observation, flux = stored.recipe.observation, image.astype(np.float64)
    if observation.scaled:
        return "image clipped at zero and divided by its maximum: the lights' amplitudes are not in its unit", flux
    if isinstance(observation.noise, PublishedCounts):
        words = "flux per pixel, lights per square arcsec; times exposure_time the image is in counts, as it was stored"
        return words, flux / stored.scene.exposure
    if isinstance(observation.noise, Noiseless):
        return "flux per pixel, lights per square arcsec", flux / observation.noise.factor
    return "electrons per second and pixel, sky subtracted; lights per square arcsec", flux


def _entities(stored: StoredScene) -> list[Plain]:
    """Lens with its light, shear, neighbours where there are any, source."""
    scene, truth = stored.scene, stored.scene.truth
    z_lens, z_source = float(truth["z_lens"]), float(truth["z_source"])
    own = len(stored.recipe.lens_light)
    lights = scene.foreground[0]
    entities = [
        _galaxy("lens galaxy", z_lens, [smooth_lens(scene.lens)], lights[:own]),
        {"type": "MassField", "name": "external shear", "redshift": z_lens, "mass_model": [external_shear(scene.lens)]},
        # at the lens's redshift, so that nothing deflects their light
        *([_galaxy("neighbours", z_lens, [], lights[own:])] if lights[own:] else []),
        _galaxy("source galaxy", z_source, [], scene.source[0]),
    ]
    for number, entity in enumerate(entities):
        _give_ids(entity, number)
    return entities


def _galaxy(name: str, redshift: float, mass: list[Plain], lights: Iterable[Light]) -> Plain:
    light = [sersic(light) for light in lights if isinstance(light, SersicSource) and _has_profile(light)]
    return {"type": "Galaxy", "name": name, "redshift": redshift, "mass_model": mass, "light_model": light}


def _has_profile(light: Light) -> bool:
    low, high = SERSIC_INDICES
    return isinstance(light, SersicSource) and low <= light.n_sersic <= high


def _give_ids(entity: Plain, number: int) -> None:
    """The names by which COOLEST finds a profile and a parameter again."""
    for model in ("mass", "light"):
        for k, one in enumerate(entity.get(f"{model}_model", ())):
            one["id"] = f"{number}-{entity['type'].lower()}-{model}-{k}-{one['type']}"
            for name, parameter in one["parameters"].items():
                parameter["id"] = f"{one['id']}-{name}"


def _observation(stored: StoredScene) -> Plain:
    recipe = stored.recipe
    noise = recipe.observation.noise
    ccd = camera(recipe) if isinstance(noise, CcdNoise) else None
    return {
        "pixels": _grid(IMAGE, (recipe.image_size, recipe.image_size), recipe.pixel_scale),
        "exposure_time": ccd.total_exposure if ccd else stored.scene.exposure,
        "mag_zero_point": recipe.observation.zero_point,
        "mag_sky_brightness": ccd.sky_brightness if ccd else None,
    }


def _instrument(stored: StoredScene) -> tuple[Plain, Float[np.ndarray, "a b"] | None]:
    """The instrument, and the PSF's kernel where COOLEST has no formula for it."""
    recipe = stored.recipe
    part = psf(recipe)
    readout = math.sqrt(camera(recipe).readout_variance) if isinstance(recipe.observation.noise, CcdNoise) else 0.0
    kernel = None if isinstance(part, GaussianPSF) else part.kernel(recipe.pixel_scale)
    if isinstance(part, GaussianPSF):
        words = f"Gaussian of {part.fwhm:g} arcsec (FWHM), cut at {part.truncation:g} sigma"
        shown = {"type": "GaussianPSF", "fwhm": part.fwhm / recipe.pixel_scale, "description": words}
    else:
        assert kernel is not None
        shown = {"type": "PixelatedPSF", "pixels": _grid(PSF, kernel.shape, recipe.pixel_scale), "description": None}
    name = {"name": recipe.observation.instrument or "", "band": "", "pixel_size": recipe.pixel_scale}
    return name | {"readout_noise": readout, "psf": shown}, kernel


def _grid(file: str, shape: tuple[int, ...], pixel_scale: float) -> Plain:
    """A regular grid about the origin, from the outer side of the first pixel to that of the last."""
    rows, columns = shape
    return {
        "fits_file": {"path": file},
        "field_of_view_x": [-columns * pixel_scale / 2, columns * pixel_scale / 2],
        "field_of_view_y": [-rows * pixel_scale / 2, rows * pixel_scale / 2],
        "num_pix_x": columns,
        "num_pix_y": rows,
    }


def _meta(stored: StoredScene) -> Plain:
    recipe, scene = stored.recipe, stored.scene
    return {
        "lensym.__version__": __version__,
        "recipe": recipe.name,
        "variant": recipe.variant,
        "class": stored.class_name,
        "not_in_coolest": _left_out(stored),
        "perturbers": [perturbers_as_plain(perturbers) for perturbers in scene.perturbers],
        "truth": {name: np.asarray(value).tolist() for name, value in scene.truth.items()},
    }


def _left_out(stored: StoredScene) -> list[str]:
    """In words, what of the scene COOLEST has no profile or field for."""
    recipe, scene = stored.recipe, stored.scene
    said = [
        f"{len(p.x)} {_KINDS[type(p).__name__]}: COOLEST has no such mass profile; their numbers are in 'perturbers'"
        for p in scene.perturbers
    ]
    said += [
        f"multipole of the lens, {name} = {value:g} arcsec: COOLEST has no such mass profile"
        for name, value in (("a3", scene.lens.a3), ("a4", scene.lens.a4))
        if value
    ]
    lights = (*scene.source[0], *scene.foreground[0])
    if pictures := sum(not isinstance(light, SersicSource) for light in lights):
        said.append(f"{pictures} source that is a picture of a galaxy, turned: COOLEST has no such light profile")
    if others := [light for light in lights if isinstance(light, SersicSource) and not _has_profile(light)]:
        indices = ", ".join(f"{light.n_sersic:g}" for light in others)
        said.append(f"Sersic lights of index {indices}: COOLEST takes {SERSIC_INDICES[0]:g} to {SERSIC_INDICES[1]:g}")
    if recipe.cosmology.distance != "angular":
        said.append("masses in 'truth' are those of an Einstein radius from luminosity distances, a published quirk")
    return said
