"""Images of one class: how often a model calls them each of the classes it knows.

There is nothing to rank in them, hence no AUC. Smooth lenses of a kind that the model was not trained on, a stress set,
are tested so: the share called substructure is the rate of false alarms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import lensym
from lensym.conventions import SMOOTH, names_in
from lensym.evaluation.assess import METHODS, audit_results
from lensym.evaluation.audit import Audit
from lensym.evaluation.flags import find_flags
from lensym.evaluation.intervals import LEVEL, wilson
from lensym.evaluation.predictions import Answers


def assess_called(
    answers: Answers,
    model: Mapping[str, Any],
    data: Mapping[str, Any],
    audit: Audit | None = None,
    warnings: Sequence[str] = (),
) -> dict[str, Any]:
    """Results of one model on images of one class, ready for JSON.

    Parameters
    ----------
    answers
        Of the model, all images of one class.
    model, data, audit, warnings
        As for :func:`~lensym.evaluation.assess.assess`.

    Returns
    -------
    What `assess` returns less all that needs a ranking, and ``called``, the share of the images called each class, with
    ``called_ci``. Where the model knows images without substructure, ``called_substructure`` is the share of all other
    classes together.
    """
    hits = {name: int((answers.predicted == k).sum()) for k, name in enumerate(answers.classes)}
    results = {
        "n": len(answers),
        "classes": list(answers.classes),
        "counts": {name: n for name, n in zip(answers.classes, answers.counts.tolist(), strict=True) if n},
        "called": {name: n / len(answers) for name, n in hits.items()},
        "called_ci": {name: _interval(n, len(answers)) for name, n in hits.items()},
        "model": dict(model),
        "data": dict(data),
        "methods": {"level": LEVEL, "called_ci": "Wilson", "audit": METHODS["audit"]},
        "lensym_version": lensym.__version__,
    }
    if SMOOTH in hits:
        alarms = len(answers) - hits[SMOOTH]
        results["called_substructure"] = alarms / len(answers)
        results["called_substructure_ci"] = _interval(alarms, len(answers))
    if audit is not None:
        results["audit"] = audit_results(audit)
    return results | {"flags": [*names_in(warnings), *find_flags(results)]}


def _interval(hits: int, n: int) -> list[float]:
    return list(wilson(hits, n))
