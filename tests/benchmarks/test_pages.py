"""What the documentation's tables say of a figure."""

import pytest

from lensym.evaluation.wording import count
from pages import adapt, symmetry, tasks


@pytest.mark.parametrize(
    ("ratio", "aim", "cells"),
    [(0.4256, 0.4, ("**0.426**", "0.4")), (0.148, 1 / 6, ("0.148", "0.167")), (0.2, 0.2, ("0.200", "0.2"))],
)
def test_a_ratio_that_misses_its_aim_is_in_bold(ratio, aim, cells):
    assert symmetry._against(ratio, aim) == cells


def test_a_layer_whose_memory_was_not_measured_has_no_cells_for_it():
    row = {"what": "a", "beside": "b", "ours_ms": 1.0, "other_ms": 2.0, "ratio": 0.5, "aim": 1.0}
    lines = symmetry.layers({"symmetry": {"rows": [row]}}).splitlines()
    assert lines[-1] == "| a | b | 1.0 | 2.0 | 0.500 | 1 |  |  |  |  |"


def test_estimates_of_a_network_without_runs_are_said_to_be_not_run():
    figures = {
        "n": 2000,
        "mae": 0.3,
        "mae_ci": [0.29, 0.31],
        "guess": {"mae": 0.5},
        "coverage": {"0.9": 0.91},
        "width": {"0.9": 1.2},
        "symmetry": {"worst": 3e-7},
        "seconds": 600.0,
    }
    runs = {"mass lensnet 1": figures, "mass lensnet 2": figures | {"mae": 0.4}, "mass cnn 1": {"error": "stopped"}}
    text = tasks.regression({"regression": {"images": 10_000, "epochs": 20, "runs": runs}})
    assert f"{count(10_000)} training images, each shown 20 times; {count(2000)} tested" in text
    assert "| mass | `lensnet` | 0.35 dex (0.29 to 0.31) | 0.5 dex | 91.0 % | 1.2 dex | 3e-07 | 10.0 | 2 |" in text
    assert "| mass | `cnn` | not run |" in text
    assert "| angle | `lensnet` | not run |" in text


def test_methods_and_networks_without_runs_are_said_to_be_not_run():
    figures = {
        "n": 3000,
        "macro_auc": 0.91,
        "interval": [0.9, 0.92],
        "accuracy": 0.8,
        "accuracy_interval": [0.79, 0.81],
        "labelled_macro_auc": 0.97,
        "seconds": 120.0,
    }
    shift = {"before": {"auc": 0.99}, "after": {"auc": 0.6}}
    runs = {
        "a_to_b cnn none 1": figures | {"shift": None},
        "a_to_b cnn adda 1": figures | {"shift": shift},
        "a_to_b cnn adda 2": figures | {"shift": shift, "macro_auc": 0.93},
        "a_to_b cnn cgdm 1": {"error": "stopped"},
        "turned vit_tiny none 1": figures | {"shift": None},
    }
    text = adapt.adaptation({"adapt": {"images": 2000, "epochs": 20, "runs": runs}})
    assert f"{count(2000)} training images of each class in each set, those with labels shown 20 times" in text
    same = "80.0 % (79.0 to 81.0 %) | 0.9700 |"
    assert f"| Model A to B | `cnn` | none | 0.9100 (0.9000 to 0.9200) | {same}  | 2.0 | 1 |" in text
    assert f"| Model A to B | `cnn` | ADDA | 0.9200 (0.9000 to 0.9200) | {same} 0.990, 0.600 | 2.0 | 2 |" in text
    assert "| Model A to B | `cnn` | CGDM | not run |" in text
    assert "| Model A to B | `lensnet` | not run |" in text
    assert "| Model I to turned scenes | `vit_tiny` | none | 0.9100" in text
