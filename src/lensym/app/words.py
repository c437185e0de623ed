"""What the page says of an answer, as HTML; every word of a file is escaped."""

from __future__ import annotations

import html
from collections.abc import Sequence

from lensym.apply.files import FileFailure, FilePrediction
from lensym.apply.said import Said
from lensym.evaluation.predictions import class_title


def bars(title: str, said: Said, note: str = "", faint: bool = False) -> str:
    """Probabilities as bars, each with its interval where there is one."""
    rows = "".join(
        f'<div class="ls-row"><span>{html.escape(class_title(name))}</span>{_bar(p, said, name)}</div>'
        for name, p in said.probabilities.items()
    )
    look = "ls-bars ls-faint" if faint else "ls-bars"
    return f'<div class="{look}"><h4>{html.escape(title)}</h4>{rows}<small>{html.escape(note)}</small></div>'


def _bar(p: float, said: Said, name: str) -> str:
    bar, number = f'<div style="width:{100 * p:.1f}%"></div>', f"{100 * p:.1f} %"
    if said.intervals:
        low, high = said.intervals[name]
        bar += f'<i style="left:{100 * low:.1f}%;width:{100 * (high - low):.1f}%"></i>'
        number += f"<small>{100 * low:.1f} to {100 * high:.1f}</small>"
    return f'<div class="ls-bar">{bar}</div><b>{number}</b>'


def meaning(images: int) -> str:
    """What the interval of a probability is, in one sentence."""
    return (
        f'<p class="ls-meaning">Under a probability, and as a line on its bar: how often, among {images} validation '
        "images, those that got about as much for this kind were of it (95 % interval).</p>"
    )


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


def anomaly_line(found: FilePrediction | FileFailure) -> str:
    """How strange the image is."""
    if isinstance(found, FileFailure):
        return _unsaid("No anomaly score", found)
    score, threshold = ((found.estimate or {})[key] for key in ("value", "threshold"))
    beside = "strange" if score > threshold else "not strange"
    words = f"{beside} beside images without substructure, of which 1 in 100 scores above {threshold:.2f}"
    return f'<p class="ls-beside">Anomaly score <b>{score:.2f}</b>: {words}.</p>'


def mass_line(found: FilePrediction | FileFailure, known: Sequence[str] = ()) -> str:
    """How heavy the axion is, with the doubts that are not ``known`` yet."""
    if isinstance(found, FileFailure):
        return _unsaid("No estimate of the axion's mass", found)
    value, low, high, level = ((found.estimate or {})[key] for key in ("value", "low", "high", "level"))
    doubts = "".join(f" <b>{html.escape(words)}.</b>" for words in found.warnings if words not in known)
    ends = f"{level:.0%} interval {low:.2f} to {high:.2f}"
    return f'<p class="ls-beside">Axion: log10 of its mass in eV <b>{value:.2f}</b> ({ends}).{doubts}</p>'


def _unsaid(what: str, failure: FileFailure) -> str:
    return f'<p class="ls-beside">{what}: {html.escape(str(failure.error))}</p>'


def remarks(answer: FilePrediction) -> str:
    """What was done to the image, and every doubt, as a list."""
    doubts = "".join(f"<li><b>{html.escape(words)}</b></li>" for words in answer.warnings)
    steps = "".join(f"<li>{html.escape(words)}</li>" for words in answer.steps)
    return f'<ul class="ls-remarks">{doubts}{steps}</ul>' if doubts or steps else ""
