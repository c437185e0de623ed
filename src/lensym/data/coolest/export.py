"""One image of a data set as a COOLEST template with its FITS files."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
from jaxtyping import Float

from lensym.atomic import write_atomically
from lensym.data.coolest.template import template
from lensym.data.export import require_empty, write_folder
from lensym.errors import UsageError
from lensym.simulation.fits import sky_header
from lensym.simulation.stored import stored_scene
from lensym.store import DatasetFolder, manifest_digest, verify
from lensym.store.manifest import require_images_alone

TEMPLATE = "coolest.json"


def export_coolest(data: str | Path, out: str | Path, split: str = "test", image: int = 0) -> list[str]:
    """Write image number ``image`` of a split, its scene and its PSF into the new folder ``out``.

    Returns what of the scene COOLEST has no profile for, a sentence each; the template's ``meta`` says the same.

    Raises
    ------
    UsageError
        If there is no such split or image, or the image has several bands.
    InputError
        If the data set was not simulated by this version of lensym.
    IntegrityError
        If a byte of the data set was changed.
    OutputError
        If ``out`` has something in it, or cannot be written.
    """
    out = Path(out).resolve()
    require_empty(out)
    verify(data)
    folder = DatasetFolder.open(data)
    require_images_alone(data, folder.manifest)
    stored = stored_scene(folder, split, image)
    if folder.manifest.channels != 1:
        bands = f"{folder.manifest.channels} bands"
        raise UsageError("an image of one band, as a COOLEST template has", bands, "simulate one with image.bands=1")
    plain, arrays = template(stored, folder.split(split).images(image)[0, 0])
    plain["meta"] |= {"split": split, "image": image, "seed": folder.manifest.seed, "data": manifest_digest(data)}

    def write(folder: Path) -> None:
        for name, array in arrays.items():
            write_atomically(folder / name, _fits(array, stored.recipe.pixel_scale))
        text = json.dumps(plain, indent=1, allow_nan=False)
        write_atomically(folder / TEMPLATE, f"{text}\n".encode())

    write_folder(out, write)
    said: list[str] = plain["meta"]["not_in_coolest"]
    return said


def _fits(array: Float[np.ndarray, "h w"], pixel_scale: float) -> bytes:
    from astropy.io import fits

    content = io.BytesIO()
    fits.PrimaryHDU(array, sky_header(array.shape, pixel_scale)).writeto(content)
    return content.getvalue()
