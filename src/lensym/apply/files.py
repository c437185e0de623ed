"""Predictions on files: read, brought to the network's geometry, answered, and every doubt said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Shaped

from lensym.apply.predictor import Predictor
from lensym.apply.said import Said, said
from lensym.apply.seen import Seen, naming, see
from lensym.apply.unit import unit_doubt
from lensym.data.center import Center
from lensym.data.known_lenses import KnownLens, known_lens
from lensym.data.readers import Frame, read_image
from lensym.errors import LensymError
from lensym.models.heads import ANOMALY
from lensym.models.model_config import ModelConfig
from lensym.simulation.smooth import SOFT

OOD_THRESHOLD = 1.0
"""Out-of-distribution score above which no label is given."""


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
        Likeliest class; None where the image is unlike the training images, or its fit leaves what is no noise or lies
        beside the middle.
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
    explanation
        File of the figure of what the network looked at; None where none was asked for.
    intervals
        Of each class how often validation images that got a like probability of it were of it, the ends of a 95 %
        interval (`lensym.evaluation.reliability`); None without a label, or where the model does not keep it.
    estimate
        Of a regression in the place of the probabilities: ``column``, ``value``, ``sigma``, and the interval ``low`` to
        ``high`` of ``level``; of an anomaly search ``value``, ``threshold`` and each score; None of a classification.
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
    explanation: str | None = None
    intervals: dict[str, list[float]] | None = None
    estimate: dict[str, Any] | None = None

    @property
    def numbers(self) -> list[float]:
        """What stands under `Predictor.columns`."""
        if self.estimate is None:
            return list(self.probabilities.values())
        keys = ("value", "threshold") if "threshold" in self.estimate else ("value", "low", "high")
        return [self.estimate[key] for key in keys]

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON; a classification has no ``estimate``."""
        plain = dict(vars(self))  # not copied as asdict does, which takes as long as answering
        plain["known_lens"] = self.known_lens and asdict(self.known_lens)
        if self.estimate is None:
            del plain["estimate"]
        return plain


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
    return answer_frame(predictor, frame, pixel_scale, center, identity)[0]


def answer_frame(
    predictor: Predictor,
    frame: Frame,
    pixel_scale: float | None = None,
    center: Center = None,
    identity: str | None = None,
) -> tuple[FilePrediction, Seen]:
    """The answer of `predict_frame`, and what the network saw of the image."""
    looked = look(predictor, frame, pixel_scale, center, identity)
    return answer_looked(predictor, [looked])[0], looked.seen


@dataclass(frozen=True)
class Looked:
    """An image that the network can be asked about, without the file that it came from.

    Parameters
    ----------
    file, hdu, identity
        Where it came from, and what a catalogue calls it.
    seen
        As it goes into the network.
    position
        Right ascension and declination of what lies in its middle, in degrees; None without sky coordinates.
    """

    file: str
    hdu: str | None
    identity: str | None
    seen: Seen
    position: tuple[float, float] | None


def look(
    predictor: Predictor,
    frame: Frame,
    pixel_scale: float | None = None,
    center: Center = None,
    identity: str | None = None,
) -> Looked:
    """Bring an image to the network's geometry.

    Raises
    ------
    LensymError
        If the network cannot be asked about it.
    """
    seen = see(frame, predictor.config, predictor.name, pixel_scale, center)
    with naming(frame.source):
        predictor.require_images(seen.pixels[None])
    position = frame.pointing.position(*seen.center) if frame.pointing else None
    return Looked(str(frame.source), frame.hdu, identity, seen, position)


def answer_looked(predictor: Predictor, images: Sequence[Looked]) -> list[FilePrediction]:
    """The answers on one or more images, which the network sees together."""
    seen = predictor.seen(np.stack([image.seen.pixels for image in images]))
    answer = predictor.answer(seen)
    meant, doubts = said(answer.logits, predictor.config), _fit_doubts(predictor.config, seen)
    return [_answered(predictor, *row) for row in zip(images, meant, answer.ood.tolist(), doubts, strict=True)]


def _answered(
    predictor: Predictor, image: Looked, meant: Said, score: float, fit_doubts: tuple[str, ...]
) -> FilePrediction:
    usable = score <= OOD_THRESHOLD and not fit_doubts and not image.seen.beside
    lens = known_lens(*image.position) if image.position else None
    ra, dec = image.position or (None, None)
    return FilePrediction(
        file=image.file,
        hdu=image.hdu,
        probabilities=meant.probabilities,
        label=meant.likeliest if usable else None,
        ood_score=score,
        model=predictor.name,
        warnings=(*_score_doubts(score, predictor.task), *fit_doubts, *meant.doubts, *image.seen.doubts),
        steps=(*image.seen.steps, *([f"known lens: {lens}"] if lens else [])),
        id=image.identity,
        ra=ra,
        dec=dec,
        known_lens=lens,
        estimate=meant.estimate,
        intervals=meant.intervals if usable else None,
    )


def _fit_doubts(config: ModelConfig, seen: Shaped[np.ndarray, "n c h w"]) -> list[tuple[str, ...]]:
    """Of each image what its smooth lens leaves, where that is no noise of the recipe: its unit may be another."""
    if config.smooth_fit is None:
        return [()] * len(seen)
    left = np.square(SOFT * seen[:, 1].astype(np.float64)).mean(axis=(1, 2))
    doubts = [unit_doubt(chi_square, config.smooth_fit["recipe"]) for chi_square in left.tolist()]
    return [(doubt,) if doubt else () for doubt in doubts]


def _score_doubts(score: float, task: str) -> tuple[str, ...]:
    if score <= OOD_THRESHOLD:
        return ()
    meaning = (
        "for images of the same telescope that is a sign of strangeness too"
        if task == ANOMALY
        else "the answer says nothing about it"
    )
    doubt = (
        f"unlike the training images: out-of-distribution score {score:.1f}, where 99 % of images like them score "
        f"below 1; {meaning}"
    )
    return (doubt,)
