"""Answers as a table in CSV format: one row an image, also for those on which there is no answer."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from lensym.apply.files import FileFailure, FilePrediction


def answers_table(results: Sequence[FilePrediction | FileFailure], classes: Sequence[str]) -> str:
    """The table as text: id, file, hdu, ra, dec, the probability of each class, label, ood_score, known_lens, ...

    ``error`` says why there is no answer, and is empty where there is one.
    """
    text = io.StringIO()
    columns = ["id", "file", "hdu", "ra", "dec", *classes, "label", "ood_score", "known_lens", "model", "explanation"]
    table = csv.writer(text, lineterminator="\n")
    table.writerow([*columns, "warnings", "steps", "error"])
    for result in results:
        if isinstance(result, FileFailure):
            empty = [None] * (len(columns) - 2)
            table.writerow([result.id, result.file, *empty, None, None, result.error])
        else:
            table.writerow(_row(result))
    return text.getvalue()


def _row(result: FilePrediction) -> list[object]:
    lens = result.known_lens and result.known_lens.name
    position = [None if value is None else f"{value:.7f}" for value in (result.ra, result.dec)]
    chances = [f"{p:.6f}" for p in result.probabilities.values()]
    answer = [result.label, f"{result.ood_score:.4f}", lens, result.model, result.explanation]
    words = ["; ".join(result.warnings), "; ".join(result.steps), None]
    return [result.id, result.file, result.hdu, *position, *chances, *answer, *words]
