"""What the page shows of an image: the answers of the networks, pictures, and a report."""

from __future__ import annotations

import base64
import html
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float64
from scipy import ndimage

from lensym.app.networks import CONTROL, NETWORK, Beside, network
from lensym.app.upload import Upload
from lensym.app.words import anomaly_line, bars, mass_line, meaning, remarks, verdict
from lensym.apply.files import FileFailure, FilePrediction, answer_looked, look, predict_frame
from lensym.apply.predictor import Predictor
from lensym.apply.said import Said, reliability_of, said
from lensym.data.center import Center
from lensym.data.readers import Frame
from lensym.errors import LensymError
from lensym.evaluation.explain_figure import Explained, explanation_figure
from lensym.evaluation.figures import png_bytes
from lensym.evaluation.predictions import class_title

AXION = "axion"
_ALONE = Beside()
_SIDE = 450
"""Pixels of a picture on the page."""


@dataclass(frozen=True)
class Shown:
    """An answered image: what the networks saw of it, and the answer."""

    pixels: Float64[np.ndarray, "c n n"]
    answer: FilePrediction
    place: tuple[float, float]
    """Column and row of the file that lie in the middle."""
    pixel_scale: float
    """Of the file, in arcsec."""
    beside: str = ""
    """What networks of other tasks say, as HTML."""


def answered(upload: Upload, pixel_scale: float | None, center: Center, beside: Beside = _ALONE) -> Shown:
    """The answer on a file.

    Raises
    ------
    LensymError
        If there is none.
    """
    looked = look(network(NETWORK), upload.frame, pixel_scale, center)
    (answer,) = answer_looked(network(NETWORK), [looked])
    scale, lines = looked.seen.pixel_scale, []
    if beside.anomaly:
        lines.append(anomaly_line(_asked(beside.anomaly, upload.frame, scale, center), answer.warnings))
    if beside.mass and answer.label == AXION:
        lines.append(mass_line(_asked(beside.mass, upload.frame, scale, center), answer.warnings))
    return Shown(looked.seen.pixels, answer, looked.seen.center, scale, "".join(lines))


def _asked(predictor: Predictor, frame: Frame, pixel_scale: float, center: Center) -> FilePrediction | FileFailure:
    """What a network of another task says, or why it cannot."""
    try:
        return predict_frame(predictor, frame, pixel_scale, center)
    except LensymError as error:
        return FileFailure("", error)


def picture(pixels: Float64[np.ndarray, "c n n"], stretch: float) -> np.ndarray:
    """The first channel as (side, side, 3) bytes, its first row at the bottom; a larger ``stretch`` lifts the faint."""
    from matplotlib import colormaps

    image = pixels[0][::-1]
    low, high = np.nanpercentile(image, 1), np.nanmax(image)
    scaled = np.clip((image - low) / max(high - low, 1e-30), 0, 1)
    lifted = np.arcsinh(stretch * np.nan_to_num(scaled)) / math.asinh(stretch)
    coloured = (colormaps["magma"](lifted)[..., :3] * 255).astype(np.uint8)
    times = max(1, _SIDE // max(image.shape))
    return np.repeat(np.repeat(coloured, times, axis=0), times, axis=1)


def place_of(click: Sequence[int], shown: Shown, pixel_scale: float) -> tuple[float, float]:
    """Column and row of the file under a place of the picture, (x, y) from its upper left corner."""
    size = shown.pixels.shape[-1]
    times, step = max(1, _SIDE // size), network(NETWORK).pixel_scale / pixel_scale
    x = (click[0] + 0.5) / times - 0.5 - (size - 1) / 2
    y = (size - 1) / 2 - ((click[1] + 0.5) / times - 0.5)
    return shown.place[0] + x * step, shown.place[1] + y * step


def turned(pixels: Float64[np.ndarray, "c n n"], degrees: float) -> Float64[np.ndarray, "c n n"]:
    """The image turned about its middle, by quarter turns exactly, between them by interpolation."""
    quarters, rest = divmod(round(degrees), 90)
    whole = np.rot90(pixels, quarters, axes=(1, 2))
    if rest == 0:
        return np.ascontiguousarray(whole)
    found: Float64[np.ndarray, "c n n"] = ndimage.rotate(whole, rest, axes=(2, 1), reshape=False, mode="nearest")
    return found


def chances(name: str, pixels: Float64[np.ndarray, "c n n"], with_intervals: bool = False) -> Said:
    """A packaged network's probability of each class; the intervals are those of images like the validation images."""
    own = network(name)
    (found,) = said(own.logits(pixels[None]), own.config)
    return found if with_intervals else replace(found, intervals=None)


def both(shown: Shown, degrees: float) -> str:
    """The answers of the invariant network and of the plain one on the image, turned.

    The validation images were upright: intervals stand where the image is, or where turning it changes nothing.
    """
    image, faint, found = turned(shown.pixels, degrees), shown.answer.label is None, []
    for name, note in ((NETWORK, "invariant under D4: still at every quarter turn"), (CONTROL, "a plain CNN")):
        same = degrees % (90 if network(name).invariant else 360) == 0
        found.append(bars(name, chances(name, image, same and not faint), note, faint))
    kept = reliability_of(network(NETWORK).config)
    sentence = meaning(kept.validated_on) if kept and not faint else ""
    return f'<div class="ls-both">{"".join(found)}</div>{sentence}'


def explanation(shown: Shown) -> bytes:
    """The figure of what the network looked at, as PNG."""
    found = network(NETWORK).explain(shown.pixels)
    classes = [class_title(name) for name in network(NETWORK).classes]
    warning = "" if shown.answer.label else "unlike the training images: the answer says nothing about it"
    return png_bytes(explanation_figure([Explained(shown.pixels, found)], classes, "", warning))


def report(shown: Shown, name: str, style: str) -> str:
    """One page with everything, which opens without a network connection."""
    image = f'<img width="450" src="data:image/png;base64,{_encoded(_png(picture(shown.pixels, 10)))}">'
    maps = f'<img style="max-width:100%" src="data:image/png;base64,{_encoded(explanation(shown))}">'
    title = html.escape(name)
    parts = [verdict(shown.answer), shown.beside, image, both(shown, 0), remarks(shown.answer), maps]
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{style}</style>'
    return f"{head}<h1>{title}</h1>{''.join(parts)}</html>"


def _png(values: np.ndarray) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "PNG")
    return buffer.getvalue()


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()
