"""What the page says of an image, as arrays and HTML; every word of a file is escaped."""

from __future__ import annotations

import base64
import html
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float64
from scipy import ndimage

from lensym.app.upload import Upload
from lensym.apply.files import FilePrediction, answer_looked, look
from lensym.apply.predictor import Predictor, load
from lensym.data.center import Center
from lensym.evaluation.explain_figure import Explained, explanation_figure
from lensym.evaluation.figures import png_bytes
from lensym.evaluation.predictions import class_title

NETWORK, CONTROL = "lensnet", "cnn"
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


@lru_cache(maxsize=2)
def network(name: str) -> Predictor:
    """Packaged weights, loaded once."""
    return load(name)


def answered(upload: Upload, pixel_scale: float | None, center: Center) -> Shown:
    """The answer on a file.

    Raises
    ------
    LensymError
        If there is none.
    """
    looked = look(network(NETWORK), upload.frame, pixel_scale, center)
    (answer,) = answer_looked(network(NETWORK), [looked])
    return Shown(looked.seen.pixels, answer, looked.seen.center, looked.seen.pixel_scale)


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


def bars(title: str, probabilities: Mapping[str, float], note: str = "", faint: bool = False) -> str:
    """Probabilities as bars."""
    rows = "".join(
        f'<div class="ls-row"><span>{html.escape(class_title(name))}</span>'
        f'<div class="ls-bar"><div style="width:{100 * p:.1f}%"></div></div><b>{100 * p:.1f} %</b></div>'
        for name, p in probabilities.items()
    )
    look_ = "ls-bars ls-faint" if faint else "ls-bars"
    return f'<div class="{look_}"><h4>{html.escape(title)}</h4>{rows}<small>{html.escape(note)}</small></div>'


def verdict(answer: FilePrediction) -> str:
    """The answer in plain words."""
    if answer.label is None:
        words = (
            f"<b>No answer.</b> This image is unlike those that the network was trained on (score "
            f"{answer.ood_score:.1f}; 99 of 100 images like them stay below 1). The bars say nothing about it."
        )
        return f'<div class="ls-verdict ls-warn">{words}</div>'
    chance = answer.probabilities[answer.label]
    words = f"<b>{html.escape(class_title(answer.label))}</b>, with a probability of {100 * chance:.0f} %"
    limits = "A statement about simulated images with the three kinds equally frequent, not about nature."
    score = f"Like the training images (score {answer.ood_score:.2f}, usual below 1)."
    return f'<div class="ls-verdict">{words}.<br><small>{score} {limits}</small></div>'


def remarks(answer: FilePrediction) -> str:
    """What was done to the image, and every doubt, as a list."""
    doubts = "".join(f"<li><b>{html.escape(words)}</b></li>" for words in answer.warnings)
    steps = "".join(f"<li>{html.escape(words)}</li>" for words in answer.steps)
    return f'<ul class="ls-remarks">{doubts}{steps}</ul>' if doubts or steps else ""


def chances(name: str, pixels: Float64[np.ndarray, "c n n"]) -> dict[str, float]:
    """A packaged network's probability of each class."""
    own = network(name)
    return dict(zip(own.classes, own.predict(pixels[None])[0].tolist(), strict=True))


def both(shown: Shown, degrees: float) -> str:
    """The answers of the invariant network and of the plain one on the image, turned."""
    image = turned(shown.pixels, degrees)[None]
    found = []
    for name, note in ((NETWORK, "invariant under D4: still at every quarter turn"), (CONTROL, "a plain CNN")):
        found.append(bars(name, chances(name, image[0]), note, shown.answer.label is None))
    return f'<div class="ls-both">{"".join(found)}</div>'


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
    parts = [verdict(shown.answer), image, both(shown, 0), remarks(shown.answer), maps]
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{style}</style>'
    return f"{head}<h1>{title}</h1>{''.join(parts)}</html>"


def _png(values: np.ndarray) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "PNG")
    return buffer.getvalue()


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()
