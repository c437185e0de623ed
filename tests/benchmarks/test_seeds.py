"""Figures over several seeds: what the tables say of them."""

import json

import pytest

from lensym.models import available
from lensym.models.registry import entry
from pages import networks, seeds
from pages.sources import ROOT


def a_run(seed=0, value=0.95, **changes):
    figure = {"macro_auc": value, "variance": 1e-6, "freedom": 500.0, "pairs": 2000}
    return {
        "name": "cnn",
        "width": 1.0,
        "augment": True,
        "seed": seed,
        "group": "C1",
        "exact": True,
        "parameters": 107857,
        "gflop": 0.0097,
        "training": {"images": 20000, "seconds": 40.6, "memory_mib": 43.2},
        "test": {
            "n": 6000,
            "upright": figure,
            "rotated": figure | {"macro_auc": value - 0.01},
            "lost": {"value": 0.01, "interval": [0.007, 0.013]},
        },
        "invariance": {"C1": 0.0, "D4": 0.3},
        "turned_45": {"n": 300, "change": 0.1, "with_noise": 0.3, "noise_alone": 0.25},
    } | changes


def measured(*runs):
    return {"networks": {"runs": {str(number): run for number, run in enumerate(runs)}}}


def test_one_seed_has_the_interval_of_its_images():
    assert seeds.auc([a_run()], "upright").variance == 1e-6
    value, half = seeds.lost([a_run()])
    assert (value, half) == (0.01, pytest.approx(0.003))


def test_several_seeds_have_an_interval_of_images_and_seeds():
    runs = [a_run(seed, value) for seed, value in enumerate((0.94, 0.95, 0.96))]
    found = seeds.auc(runs, "upright")
    assert found.value == pytest.approx(0.95)
    assert found.variance == pytest.approx(1e-6 + 1e-4 / 3)
    assert 2 < found.freedom < 2.2  # hardly more than the seeds' own two
    low, high = found.interval()
    assert low < 0.926
    assert high > 0.967


def test_seeds_that_agree_leave_the_interval_of_the_images():
    one, three = ([a_run(seed) for seed in range(count)] for count in (1, 3))
    assert seeds.auc(three, "rotated").interval() == pytest.approx(seeds.auc(one, "rotated").interval())
    assert seeds.lost(three) == pytest.approx(seeds.lost(one), rel=0.01)


def test_runs_of_one_row_are_one_line_under_their_purpose():
    lens = {"name": "lensnet", "group": "D4", "gflop": 0.0557, "invariance": {"D4": 9e-7}}
    text = networks.networks(
        measured(a_run(0), a_run(1), a_run(0, augment=False), a_run(0, **lens), {"error": "no memory"})
    )
    assert text.startswith("Runs: 3 with seed 0, 1 with seed 1. Failed: 4 (no memory).")
    lines = text.splitlines()[4:]
    assert [line.split(" | ")[0] for line in lines] == [
        "| **without symmetry, trained on turned images**",
        "| `cnn`",
        "| **without symmetry, trained on upright images**",
        "| `cnn`",
        "| **exact under D4**",
        "| `lensnet`",
    ]
    assert [line.rstrip(" |")[-1] for line in lines if line.startswith("| `")] == ["2", "1", "1"]
    assert "| 9e-07 (D4) | 9e-07 |" in lines[-1]


def test_a_turn_by_45_degrees_is_told_beside_that_of_the_plain_network():
    c8 = {"name": "equal_c8", "group": "C8", "turned_45": {"change": 0.02, "with_noise": 0.2, "noise_alone": 0.2}}
    lines = networks.turned_45(measured(a_run(), a_run(augment=False), a_run(**c8))).splitlines()
    assert lines[-1] == "| `equal_c8` | C8 | 0.0097 | 0.020 | 0.20 | 0.200 | 0.200 |"


def test_the_table_of_the_registry_is_that_of_the_registry():
    rows = {row["name"]: row for row in json.loads((ROOT / "benchmarks/results/models.json").read_text())}
    found = {name: (entry(name).group, entry(name).exact, entry(name).reference) for name in rows}
    assert rows.keys() == {name for name in available() if entry(name).build.__module__.startswith("lensym.")}
    assert found == {name: (row["group"], row["exact"], row["reference"]) for name, row in rows.items()}
    assert "| `lensnet` | D4 | exact | 89\u202f315 | 0.0464 |" in networks.registry({"models": list(rows.values())})
