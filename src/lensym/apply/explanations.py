"""A folder of figures: for each answered image, what the network looked at."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from lensym.apply.files import OOD_THRESHOLD, FilePrediction
from lensym.apply.predictor import Predictor
from lensym.atomic import output_errors, remove_temporaries, write_atomically
from lensym.evaluation.explain_figure import Explained, explanation_figure
from lensym.evaluation.figures import png_bytes
from lensym.evaluation.output import require_empty
from lensym.evaluation.predictions import class_title

_LONGEST = 60
"""Letters of a figure's name, which may take four bytes each."""


class ExplanationFolder:
    """A new or empty folder that gets a PNG for each answered image.

    Parameters
    ----------
    predictor
        The network whose answers are explained.
    folder
        Made with the first figure; refused here where it cannot be, or holds anything.
    """

    def __init__(self, predictor: Predictor, folder: Path) -> None:
        require_empty(folder)
        if folder.exists():
            remove_temporaries(folder)  # of a writer that was killed
        self.predictor, self.folder = predictor, folder
        self._taken: set[str] = set()

    def add(self, answer: FilePrediction, pixels: Float64[np.ndarray, "c n n"]) -> FilePrediction:
        """Write the figure of an answer on an image as the network saw it; the answer with the figure's path.

        Raises
        ------
        OutputError
            If the figure cannot be written; those before it are kept.
        """
        found = self.predictor.explain(pixels)
        classes = [class_title(name) for name in self.predictor.classes]
        file = Path(answer.file)
        figure = explanation_figure([Explained(pixels, found)], classes, answer.id or file.name, _warning(answer))
        path = self.folder / self._new_name(answer.id or file.stem)
        with output_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        write_atomically(path, png_bytes(figure))
        return replace(answer, explanation=str(path))

    def _new_name(self, name: str) -> str:
        """A file name after an image's, safe on every system and not given before, in whatever letters."""
        stem = re.sub(r"[^\w.+-]+", "_", name).strip("._")[:_LONGEST] or "image"
        number, found = 1, stem
        while found.casefold() in self._taken:
            number += 1
            found = f"{stem}-{number}"
        self._taken.add(found.casefold())
        return f"{found}.png"


def _warning(answer: FilePrediction) -> str:
    if answer.ood_score <= OOD_THRESHOLD:
        return ""
    return (
        f"unlike the training images (out-of-distribution score {answer.ood_score:.1f}, usual below 1): "
        "the answer says nothing about it"
    )
