"""What the page says of an answer, as HTML; every word of a file is escaped."""

from __future__ import annotations

import html
from collections.abc import Sequence

from lensym.apply.files import FileFailure, FilePrediction
from lensym.apply.said import STRANGE, Said
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
    bar, number = f'<div style="width:{100 * p:.1f}%"></div>', percent(p)
    if said.intervals:
        low, high = said.intervals[name]
        bar += f'<i style="left:min({100 * low:.1f}%, 100% - 3px);width:{100 * (high - low):.1f}%"></i>'
        number += f"<small>{round(100 * low, 1):g} to {round(100 * high, 1):g}</small>"
    return f'<div class="ls-bar">{bar}</div><b>{number}</b>'


def percent(p: float) -> str:
    """A probability in words that never claim certainty; as HTML.

    >>> percent(0.97312), percent(0.99998), percent(0.0)
    ('97.3 %', '&gt; 99.9 %', '&lt; 0.1 %')
    """
    if p > 0.9995:
        return "&gt; 99.9 %"
    return "&lt; 0.1 %" if p < 0.0005 else f"{100 * p:.1f} %"


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
    words = (
        f"<b>{html.escape(class_title(answer.label))}</b>, probability {percent(answer.probabilities[answer.label])}"
    )
    limits = "A statement about simulated images with the three kinds equally frequent, not about nature."
    score = f"Like the training images (score {answer.ood_score:.2f}, usual below 1)."
    return f'<div class="ls-verdict">{words}.<br><small>{score} {limits}</small></div>'


def anomaly_line(found: FilePrediction | FileFailure, known: Sequence[str] = ()) -> str:
    """How strange the image is, with the doubts that are not ``known`` yet."""
    if isinstance(found, FileFailure):
        return _unsaid("No anomaly score", found)
    score, threshold = ((found.estimate or {})[key] for key in ("value", "threshold"))
    beside = "strange" if score > threshold else "not strange"
    words = f"{beside} beside images without substructure, of which 1 in 100 scores above {threshold:.2f}"
    return f'<p class="ls-beside">Anomaly score <b>{score:.2f}</b>: {words}.</p>{_unknown(found, (*known, STRANGE))}'


def mass_line(found: FilePrediction | FileFailure, known: Sequence[str] = ()) -> str:
    """How heavy the axion is, with the doubts that are not ``known`` yet."""
    if isinstance(found, FileFailure):
        return _unsaid("No estimate of the axion's mass", found)
    value, low, high, level = ((found.estimate or {})[key] for key in ("value", "low", "high", "level"))
    ends = f"{100 * level:.0f} % interval {low:.2f} to {high:.2f}"
    return (
        f'<p class="ls-beside">Axion: log10 of its mass in eV <b>{value:.2f}</b> ({ends}).</p>{_unknown(found, known)}'
    )


def _unknown(found: FilePrediction, known: Sequence[str]) -> str:
    """The doubts that are not known yet, as a list."""
    return _listed([words for words in found.warnings if words not in known])


def _unsaid(what: str, failure: FileFailure) -> str:
    return f'<p class="ls-beside">{what}: {html.escape(str(failure.error))}</p>'


def remarks(answer: FilePrediction) -> str:
    """What was done to the image, and every doubt, as a list."""
    return _listed(answer.warnings, answer.steps)


def _listed(doubts: Sequence[str], steps: Sequence[str] = ()) -> str:
    items = [f"<b>{html.escape(words)}</b>" for words in doubts] + [html.escape(words) for words in steps]
    return f'<ul class="ls-remarks">{"".join(f"<li>{item}</li>" for item in items)}</ul>' if items else ""
