from dataclasses import fields

import pytest

from lensym.errors import UsageError
from lensym.train.options import TrainOptions


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": 0}, "--epochs must be a whole number above 0; got 0; choose another --epochs"),
        ({"epochs": 2.5}, "--epochs must be a whole number above 0; got 2.5"),
        ({"batch_size": 1}, "--batch-size must be a whole number of at least 2; got 1"),
        ({"threads": -1}, "--threads must be a whole number of at least 0; got -1"),
        ({"seed": -1}, "--seed must be a whole number of at least 0; got -1"),
        ({"seed": None}, "--seed must be a whole number of at least 0; got None"),
        ({"learning_rate": 0.0}, "--learning-rate between 0 and 1; got 0.0"),
        ({"learning_rate": 1.0}, "--learning-rate between 0 and 1; got 1.0"),
        ({"learning_rate": float("nan")}, "--learning-rate between 0 and 1; got nan"),
        ({"weight_decay": -0.1}, "--weight-decay of 0 or more; got -0.1"),
        ({"weight_decay": float("nan")}, "--weight-decay of 0 or more; got nan"),
        ({"width": 0.0}, "--width above 0; got 0.0"),
        ({"width": float("inf")}, "--width above 0; got inf"),
        ({"device": "gpu"}, "--device auto, cpu or cuda; got 'gpu'; choose one of them"),
    ],
)
def test_impossible_options_are_refused(options, message, unchecked):
    with unchecked(), pytest.raises(UsageError, match=message):
        TrainOptions(**options)


def test_the_defaults_and_the_limits_are_possible():
    TrainOptions()
    TrainOptions(epochs=1, batch_size=2, threads=0, seed=0, weight_decay=0.0)


def test_every_option_says_what_it_is():
    assert all(field.metadata["help"] for field in fields(TrainOptions))
