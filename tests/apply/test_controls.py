"""What a network must not learn: labels that were dealt out at random, and classes of nothing but noise."""

import numpy as np
import pytest

from lensym.apply.assess import evaluate
from lensym.train.options import TrainOptions
from lensym.train.run import train

from .conftest import rings, save

EACH = {"train": 90, "val": 15, "test": 60}
GUESS = "The model is not shown to be better than guessing: too few images to tell."
NO_GUESS = "The model does no better than guessing."


def told_apart(seed, each):
    """Rings, with a knot in the second class and two in the third."""
    images = rings(3 * each, seed)
    images[each:, :, 5:9, 14:18] += 200
    images[2 * each :, :, 23:27, 14:18] += 200
    return images


def permuted(seed, each):
    return np.random.default_rng(seed).permutation(told_apart(seed, each))


def noise(seed, each):
    return np.random.default_rng(seed).poisson(20, (3 * each, 1, 32, 32)).astype(np.uint16)


@pytest.mark.parametrize(("images", "learns"), [(told_apart, True), (permuted, False), (noise, False)])
def test_a_network_learns_what_is_there_and_nothing_else(images, learns, tmp_path):
    data = save(tmp_path / "data", 1, **{split: images(k, n) for k, (split, n) in enumerate(EACH.items())})
    options = TrainOptions(model="cnn", width=0.25, epochs=6, batch_size=30, threads=1, seed=3)
    train(data, tmp_path / "run", options)
    results = evaluate(tmp_path / "run" / "model", data, symmetry=False)
    low, high = results["macro_auc_ci"]
    guessed = bool({GUESS, NO_GUESS} & set(results["flags"]))
    if learns:
        assert low > 0.8
        assert not guessed
    else:
        assert low < 0.5 < high
        assert guessed
        for found in (results["baseline"], *results["shortcuts"].values()):
            assert found["macro_auc_ci"][0] < 0.52
