"""The table of what a fit of the true models tells apart, beside the packaged networks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from lensym.evaluation.intervals import delong, wilson
from lensym.evaluation.metrics import auc
from lensym.evaluation.wording import count, percent, percent_range, share, share_range
from pages.markdown import Measured, Tables, table

CLASSES = ("no_sub", "cdm", "axion")
ANSWERING = {"the fit": "fit", "`lensnet`": "lensnet", "`lensnet-tiny`": "lensnet-tiny"}


def likelihood(measured: Measured) -> str:
    """Accuracy and AUC of each on the same images, and how far the best vortex is behind the true subhalos."""
    runs = [run for run in measured["likelihood"]["runs"].values() if "error" not in run]
    labels = np.concatenate([np.full(len(run["fit"]), CLASSES.index(run["class"])) for run in runs])
    rows = [[name, *_figures(np.concatenate([run[key] for run in runs]), labels)] for name, key in ANSWERING.items()]
    behind = np.concatenate([run["behind"]["axion"] for run in runs if run["class"] == "cdm"])
    seconds = sum(run["seconds"] for run in runs) / len(labels)
    words = (
        f"{count(len(labels))} images, {seconds:.1f} s of one core each for the fit. Of {len(behind)} images with "
        f"subhalos the best vortex is less likely than the true scene by a difference of -2 ln of the likelihoods of "
        f"{np.median(behind):.0f} in the median, {behind.min():.0f} at least."
    )
    return f"{words}\n\n" + table(["", "accuracy (95 %)", "macro AUC (95 %)", "AUC of cdm against axion"], rows)


def _figures(answers: NDArray[np.float64], labels: NDArray[np.int64]) -> list[str]:
    right, macro = int((answers.argmax(1) == labels).sum()), delong(_odds(answers), labels).macro
    cdm, axion = (CLASSES.index(name) for name in ("cdm", "axion"))
    some = (labels == cdm) | (labels == axion)
    pair = auc((answers[:, axion] - answers[:, cdm])[some], labels[some] == axion)
    interval = wilson(right, len(labels))
    return [
        f"{percent(right / len(labels))} ({percent_range(interval)})",
        f"{share(macro.value)} ({share_range(macro.interval())})",
        share(pair),
    ]


def _odds(answers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logarithm of the odds of each class against all others, (N, K): probabilities so near 0 and 1 are no numbers."""
    others = [np.delete(answers, k, axis=1) for k in range(answers.shape[1])]
    return np.stack([answers[:, k] - logsumexp(other, axis=1) for k, other in enumerate(others)], axis=1)


TABLES: Tables = {"likelihood": likelihood}
"""Every table by its name."""
