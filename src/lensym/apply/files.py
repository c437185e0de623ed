"""Predictions on files: read, brought to the network's geometry, answered, and every doubt said."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lensym.apply.predictor import Predictor
from lensym.data.center import Center
from lensym.data.known_lenses import KnownLens, known_lens
from lensym.data.preprocess import Preprocessing
from lensym.data.readers import Frame, read_image
from lensym.errors import InputError, LensymError

OOD_THRESHOLD = 1.0
"""Out-of-distribution score above which no label is given."""

_SCALE_DISAGREES = 0.01
_COARSE = 1.25
"""Pixels this many times as large as the training images' have lost detail that resampling cannot bring back."""

_MUCH_FILLED = 0.01

_FAR_FROM_MIDDLE = 1.0
"""Pixels by which ``auto`` may move the centre unnoticed."""


@dataclass(frozen=True)
class FilePrediction:
    """The answer on one file.

    Parameters
    ----------
    file, hdu
        Where the image came from.
    probabilities
        Calibrated probability of each class.
    label
        Likeliest class; None where the image is unlike the training images.
    ood_score
        Above 1 is less typical than 99 % of the validation images.
    model
        Name or folder of the network.
    warnings
        Reasons to doubt the answer.
    steps
        What was done to the image, in words.
    id
        What the catalogue calls the image; None for a file.
    ra, dec
        Position of the lens in degrees, None where the file has no sky coordinates.
    known_lens
        The known lens there: ``name``, ``separation`` in arcsec, ``redshift``, ``grading``; None where there is none,
        or no list of them.
    """

    file: str
    hdu: str | None
    probabilities: dict[str, float]
    label: str | None
    ood_score: float
    model: str
    warnings: tuple[str, ...]
    steps: tuple[str, ...]
    id: str | None = None
    ra: float | None = None
    dec: float | None = None
    known_lens: KnownLens | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class FileFailure:
    """A file on which there is no answer, and why."""

    file: str
    error: LensymError
    id: str | None = None


def predict_file(
    predictor: Predictor,
    path: str | Path,
    hdu: str | None = None,
    pixel_scale: float | None = None,
    center: Center = None,
) -> FilePrediction:
    """Answer on the image of one file.

    Parameters
    ----------
    hdu
        Extension or data set to take, where the file has several images.
    pixel_scale
        Arcsec per pixel, in place of what the file says.
    center
        Where the lens is; see `lensym.data.center`.

    Raises
    ------
    LensymError
        If the file has no usable image, or nobody knows its pixel scale.
    """
    return predict_frame(predictor, read_image(path, hdu), pixel_scale, center)


def predict_frame(
    predictor: Predictor,
    frame: Frame,
    pixel_scale: float | None = None,
    center: Center = None,
    identity: str | None = None,
) -> FilePrediction:
    """Answer on an image as its file holds it; ``identity`` is what a catalogue calls it."""
    _require_channels(frame, predictor)
    scale, scale_doubt = _pixel_scale(frame, pixel_scale, predictor)
    with _naming(frame.source):
        cutout = Preprocessing(predictor.image_size, predictor.pixel_scale).frame(frame.pixels, scale, center)
        answer = predictor.answer(cutout.pixels[None])
    probabilities = predictor.probabilities(answer.logits)[0]
    score = float(answer.ood[0])
    doubts = (
        _score_doubt(score),
        frame.doubt,
        scale_doubt,
        _detail_doubt(scale / predictor.pixel_scale),
        _filling_doubt(cutout.filled),
        _center_doubt(frame, cutout.center) if center == "auto" else "",
    )
    position = frame.pointing.position(*cutout.center) if frame.pointing else None
    lens = known_lens(*position) if position else None
    ra, dec = position or (None, None)
    return FilePrediction(
        file=str(frame.source),
        hdu=frame.hdu,
        probabilities=dict(zip(predictor.classes, probabilities.tolist(), strict=True)),
        label=predictor.classes[probabilities.argmax()] if score <= OOD_THRESHOLD else None,
        ood_score=score,
        model=predictor.name,
        warnings=tuple(filter(None, doubts)),
        steps=tuple(
            filter(None, (frame.choice, _missing_words(frame), *cutout.steps, f"known lens: {lens}" if lens else ""))
        ),
        id=identity,
        ra=ra,
        dec=dec,
        known_lens=lens,
    )


@contextmanager
def _naming(path: str | Path) -> Iterator[None]:
    """Let errors about an array say from which file it came."""
    try:
        yield
    except LensymError as error:
        raise type(error)(error.needed, f"{error.got} in '{path}'", error.remedy) from None


def _missing_words(frame: Frame) -> str:
    """Pixels without data that the network does not look at; others are refused."""
    if not frame.missing:
        return ""
    return f"{frame.missing} of {frame.pixels[0].size} pixels of the file hold no data, none where the network looks"


def _require_channels(frame: Frame, predictor: Predictor) -> None:
    if len(frame.pixels) != predictor.channels:
        raise InputError(
            f"an image of {predictor.channels} channel(s) for model '{predictor.name}'",
            f"{len(frame.pixels)} in '{frame.source}'",
            "save the wanted channels as a file of their own, or use a model trained on such images",
        )


def _pixel_scale(frame: Frame, given: float | None, predictor: Predictor) -> tuple[float, str]:
    """The frame's pixel scale in arcsec, and what makes it doubtful."""
    said, own, size = frame.pixel_scale, predictor.pixel_scale, predictor.image_size
    if given is not None:
        differs = said is not None and abs(given / said - 1) > _SCALE_DISAGREES
        return given, f"took {given:g} arcsec/px as asked, although the file says {said:g}" if differs else ""
    if said is not None:
        return said, ""
    if frame.format == "npy" and frame.pixels.shape[1:] == (size, size):
        return own, f"a .npy file has no pixel scale: assumed the training images' {own:g} arcsec/px"
    got = f"none in '{frame.source}'" + (f": {frame.scale_fault}" if frame.scale_fault else "")
    raise InputError("a pixel scale", got, "give --pixel-scale in arcsec per pixel")


def _score_doubt(score: float) -> str:
    if score <= OOD_THRESHOLD:
        return ""
    return (
        f"unlike the training images: out-of-distribution score {score:.1f}, where 99 % of images like them score "
        "below 1; the probabilities say nothing about it"
    )


def _detail_doubt(coarser: float) -> str:
    if coarser <= _COARSE:
        return ""
    return f"its pixels are {coarser:.1f} times as coarse as the training images': detail is missing"


def _filling_doubt(filled: float) -> str:
    return f"{filled:.0%} of the image lies outside the file" if filled > _MUCH_FILLED else ""


def _center_doubt(frame: Frame, center: tuple[float, float]) -> str:
    height, width = frame.pixels.shape[1:]
    if math.dist(center, ((width - 1) / 2, (height - 1) / 2)) <= _FAR_FROM_MIDDLE:
        return ""
    return f"centred at ({center[0]:.1f}, {center[1]:.1f}) by its light: check it"
