"""Predictions on many images: files, the rows of catalogues, and positions cut from a mosaic."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lensym.apply.files import FileFailure, FilePrediction, Looked, answer_looked, look
from lensym.apply.predictor import Predictor
from lensym.data.catalogue import CatalogueRow
from lensym.data.center import ByFit, Center
from lensym.data.mosaic import Mosaic
from lensym.data.preprocess import Preprocessing
from lensym.data.readers import Frame, read_image
from lensym.errors import InputError, LensymError, UsageError
from lensym.simulation.smooth import FARTHEST_PLACE

if TYPE_CHECKING:  # it draws, and a prediction does so only where it is asked to
    from lensym.apply.explanations import ExplanationFolder

Images = Sequence[CatalogueRow | FileFailure]

TOGETHER = 64
"""Images that the network sees together, and that are read before."""


@dataclass(frozen=True)
class Reading:
    """How images are read, where a catalogue does not say it.

    Parameters
    ----------
    mosaic
        FITS file from which images without a file of their own are cut, about their positions.
    hdu
        Extension of the mosaic, and of files for which a catalogue names none.
    pixel_scale
        Arcsec per pixel, in place of what the files say.
    center
        Where the lens is in files without a position; a fit begins at the position of those that have one.
    """

    mosaic: str | Path | None = None
    hdu: str | None = None
    pixel_scale: float | None = None
    center: Center = None


AS_SAID = Reading()
"""As the files and catalogues say themselves."""


def predict_images(
    predictor: Predictor, images: Images, reading: Reading = AS_SAID, explanations: ExplanationFolder | None = None
) -> Iterator[FilePrediction | FileFailure]:
    """Answer on one image after the other; one that cannot be answered does not stop the others.

    Parameters
    ----------
    images
        As `lensym.apply.listing.listed_images` gives them; the network sees `TOGETHER` of them at a time.
    explanations
        Where to draw what the network looked at in each image.

    Raises
    ------
    LensymError
        Before the first answer, if the mosaic cannot be read, is not needed, or is needed and missing.
    OutputError
        If a figure cannot be written.
    """
    require_mosaic(images, reading.mosaic)
    for start in range(0, len(images), TOGETHER):
        yield from answer_part(predictor, images[start : start + TOGETHER], reading, explanations)


def answer_part(
    predictor: Predictor, images: Images, reading: Reading, explanations: ExplanationFolder | None = None
) -> Iterator[FilePrediction | FileFailure]:
    """The answers on images that the network sees together."""
    looked = _looked(predictor, images, reading)
    usable = [image for image in looked if isinstance(image, Looked)]
    answers = iter(answer_looked(predictor, usable) if usable else [])
    for image in looked:
        if isinstance(image, FileFailure):
            yield image
        else:
            answer = next(answers)
            yield explanations.add(answer, image.seen.pixels) if explanations else answer


def _looked(predictor: Predictor, images: Images, reading: Reading) -> list[Looked | FileFailure]:
    """What the network can be asked about, and what not."""
    found: list[Looked | FileFailure] = []
    with ExitStack() as files:
        cut = any(isinstance(image, CatalogueRow) and image.file is None for image in images)
        mosaic = files.enter_context(Mosaic(reading.mosaic, reading.hdu)) if reading.mosaic and cut else None
        for image in images:
            if isinstance(image, FileFailure):
                found.append(image)
                continue
            try:
                frame, center = _frame_of(image, mosaic, reading, predictor)
                if isinstance(reading.center, ByFit):
                    place: Center = ByFit(center or reading.center.about)
                else:
                    place = center or reading.center
                found.append(look(predictor, frame, reading.pixel_scale, place, image.id))
            except LensymError as error:
                found.append(FileFailure(str(image.file or reading.mosaic or ""), error, image.id))
    return found


def require_mosaic(images: Images, mosaic: str | Path | None) -> None:
    """Refuse a mosaic that is not needed, and positions without one.

    A row with neither file nor position needs none, and what a catalogue that cannot be read would need is not known.
    """
    if mosaic is None:
        without = sum(isinstance(image, CatalogueRow) and _is_cut(image) for image in images)
        if without:
            got = f"{without} of {len(images)} images without a file"
            raise UsageError("a mosaic to cut positions from", got, "give --mosaic FILE.fits")
    elif all(isinstance(image, CatalogueRow) and image.file is not None for image in images):
        got = "files alone" if images else "no images"
        raise UsageError("a catalogue of positions with --mosaic", got, "leave --mosaic out")


def _is_cut(row: CatalogueRow) -> bool:
    return row.file is None and row.position is not None


def _frame_of(
    image: CatalogueRow, mosaic: Mosaic | None, reading: Reading, predictor: Predictor
) -> tuple[Frame, tuple[float, float] | None]:
    """Pixels of an image and where in them its lens is, None where nothing says it."""
    if image.file is not None:
        frame = read_image(image.file, image.hdu or reading.hdu, with_companions=False)
        return frame, None if image.position is None else _pixel_in(frame, image.position)
    if mosaic is None or image.position is None:
        raise InputError("a file or a position", f"none in row '{image.id}'", "mend the catalogue")
    scale = _scale_of(mosaic, reading.pixel_scale)
    geometry = Preprocessing(predictor.image_size, predictor.pixel_scale)
    place = mosaic.locate(*image.position, geometry.field(scale))
    margin = 2 * FARTHEST_PLACE / scale if isinstance(reading.center, ByFit) else 0.0
    return mosaic.cut(place, geometry.reach(scale) + math.ceil(margin))


def _scale_of(mosaic: Mosaic, given: float | None) -> float:
    scale = mosaic.entry.pixel_scale if given is None else given
    if scale is None:
        fault = mosaic.entry.scale_fault or "it says none"
        raise InputError("a pixel scale", f"none in '{mosaic.path}': {fault}", "give --pixel-scale in arcsec per pixel")
    return scale


def _pixel_in(frame: Frame, position: tuple[float, float]) -> tuple[float, float]:
    """Column and row of a position in a file of its own."""
    if frame.pointing is None:
        got = f"none in '{frame.source}'"
        raise InputError("sky coordinates to find the position in", got, "leave ra and dec out, or add a WCS")
    pixel = frame.pointing.pixel(*position)
    height, width = frame.pixels.shape[1:]
    if pixel is None or not (-0.5 <= pixel[0] <= width - 0.5 and -0.5 <= pixel[1] <= height - 0.5):
        got = f"({position[0]:.6f}, {position[1]:.6f}), which lies off '{frame.source}'"
        raise InputError("a position in the image", got, "mend the catalogue")
    return pixel
