"""Predictions on many images: files, the rows of catalogues, and positions cut from a mosaic."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from lensym.apply.explanations import ExplanationFolder
from lensym.apply.files import FileFailure, FilePrediction, answer_frame
from lensym.apply.predictor import Predictor
from lensym.data.catalogue import CatalogueRow, is_catalogue, read_catalogue
from lensym.data.center import Center
from lensym.data.mosaic import Mosaic
from lensym.data.preprocess import Preprocessing
from lensym.data.readers import Frame, read_image
from lensym.errors import InputError, LensymError, UsageError

Images = Sequence[CatalogueRow | FileFailure]


def listed_images(paths: Iterable[str | Path]) -> list[CatalogueRow | FileFailure]:
    """Every image that files and catalogues stand for; a catalogue that cannot be read is one failure."""
    images: list[CatalogueRow | FileFailure] = []
    for path in paths:
        if not is_catalogue(path):
            images.append(CatalogueRow(None, Path(path), None, None))
            continue
        try:
            images.extend(read_catalogue(path))
        except LensymError as error:
            images.append(FileFailure(str(path), error))
    return images


def predict_images(
    predictor: Predictor,
    images: Images,
    mosaic: str | Path | None = None,
    hdu: str | None = None,
    pixel_scale: float | None = None,
    center: Center = None,
    explanations: ExplanationFolder | None = None,
) -> Iterator[FilePrediction | FileFailure]:
    """Answer on one image after the other; one that cannot be answered does not stop the others.

    Parameters
    ----------
    images
        As `listed_images` gives them.
    mosaic
        FITS file from which images without a file of their own are cut, about their positions.
    hdu
        Extension of the mosaic, and of files for which a catalogue names none.
    pixel_scale
        Arcsec per pixel, in place of what the files say.
    center
        Where the lens is in files without a position.
    explanations
        Where to draw what the network looked at in each image.

    Raises
    ------
    LensymError
        Before the first answer, if the mosaic cannot be read, is not needed, or is needed and missing.
    OutputError
        If a figure cannot be written.
    """
    _require_mosaic(images, mosaic)
    with ExitStack() as files:
        opened = None if mosaic is None else files.enter_context(Mosaic(mosaic, hdu))
        for image in images:
            if isinstance(image, FileFailure):
                yield image
                continue
            try:
                frame, own_center = _frame_of(image, opened, hdu, pixel_scale, predictor)
                answer, seen = answer_frame(predictor, frame, pixel_scale, own_center or center, image.id)
            except LensymError as error:
                yield FileFailure(str(image.file or mosaic), error, image.id)
                continue
            yield explanations.add(answer, seen.pixels) if explanations else answer


def _require_mosaic(images: Images, mosaic: str | Path | None) -> None:
    without = sum(isinstance(image, CatalogueRow) and image.file is None for image in images)
    if without and mosaic is None:
        got = f"{without} of {len(images)} images without a file"
        raise UsageError("a mosaic to cut positions from", got, "give --mosaic FILE.fits")
    if mosaic is not None and not without:
        got = "files alone" if images else "no images"
        raise UsageError("a catalogue of positions with --mosaic", got, "leave --mosaic out")


def _frame_of(
    image: CatalogueRow, mosaic: Mosaic | None, hdu: str | None, pixel_scale: float | None, predictor: Predictor
) -> tuple[Frame, tuple[float, float] | None]:
    """Pixels of an image and where in them its lens is, None where nothing says it."""
    if image.file is not None:
        frame = read_image(image.file, image.hdu or hdu)
        return frame, None if image.position is None else _pixel_in(frame, image.position)
    if mosaic is None or image.position is None:
        raise InputError("a file or a position", f"none in row '{image.id}'", "mend the catalogue")
    scale = _scale_of(mosaic, pixel_scale)
    geometry = Preprocessing(predictor.image_size, predictor.pixel_scale)
    place = mosaic.locate(*image.position, geometry.field(scale))
    return mosaic.cut(place, geometry.reach(scale))


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
