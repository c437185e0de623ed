"""Give packaged weights the record from which the intervals of their probabilities are made.

    python benchmarks/packaged_reliability.py NAME...

Weights that were trained before the record was kept lack it. The validation images are simulated again, answered, and
counted; the macro AUC and the accuracy on them must be those that config.json has, or nothing is written.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys

import numpy as np

from lensym.apply.predictor import Predictor, load
from lensym.evaluation.metrics import accuracy, macro_auc
from lensym.evaluation.reliability import Reliability
from lensym.models.checkpoint import CARD, save_model
from lensym.models.packaged import model_folder
from lensym.simulation.images import simulate_block
from lensym.simulation.recipe import load_recipe

BLOCK = 500
TOLERANCE = 2e-4
"""By which figures may differ: another processor rounds otherwise, and an image on the edge changes its class."""


def validation_answers(predictor: Predictor) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities (N, K) and labels (N,) of the validation images, which are simulated again."""
    data = predictor.config.data
    recipe = load_recipe(data["recipe"], data["variant"])
    parts, labels = [], []
    for label, name in enumerate(predictor.classes):
        count = data["splits"]["val"][name]
        for start in range(0, count, BLOCK):
            block = simulate_block(recipe, name, "val", start, min(BLOCK, count - start), data["seed"])
            parts.append(predictor.predict(block.images))
        labels += [label] * count
    return np.concatenate(parts), np.array(labels)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="+")
    for name in parser.parse_args().names:
        predictor, folder = load(name), model_folder(name)
        kept = predictor.config.training["validation"]
        probabilities, labels = validation_answers(predictor)
        found = {"macro_auc": macro_auc(probabilities, labels), "accuracy": accuracy(probabilities, labels)}
        print(f"{name}: {found}, kept {kept}")
        if any(abs(found[key] - kept[key]) > TOLERANCE for key in found):
            print(f"{name}: these are not its validation images", file=sys.stderr)
            return 1
        record = {"reliability": Reliability.count(probabilities, labels).plain()}
        training = {**predictor.config.training, "validation": {**kept, **record}}
        config = dataclasses.replace(predictor.config, training=training)
        save_model(predictor.model, config, folder, (folder / CARD).read_text("utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
