"""What the documentation's tables say of a figure."""

import pytest

from lensym.evaluation.wording import count
from pages import (
    adapt,
    anomaly,
    design,
    finetune,
    from_nothing,
    off_centre,
    predict,
    residual,
    stability,
    symmetry,
    tasks,
    vortex_limits,
)


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


def test_fine_tuning_stands_beside_training_from_scratch_with_the_spread_of_the_seeds():
    before = {
        "n": 3000,
        "macro_auc": 0.84,
        "interval": [0.83, 0.85],
        "accuracy": 0.6,
        "accuracy_interval": [0.58, 0.62],
    }
    runs = {f"finetune 30 {seed}": before | {"macro_auc": auc} for seed, auc in ((1, 0.9), (2, 0.92))}
    text = finetune.finetune({"finetune": {"epochs": 20, "runs": {"as_it_is": before, **runs}}})
    assert "| 0: the packaged weights |  | 0.8400 (0.8300 to 0.8500) |  | 60.0 % (58.0 to 62.0 %) |" in text
    assert "| 30 | not run | 0.9100 (0.9000 to 0.9200) | not run | 60.0 % (60.0 % to 60.0 %) |" in text


def test_detectors_are_averaged_over_seeds_by_recipe_and_kind():
    scores = ("combined", *anomaly.SINGLE)
    figures = {
        "n": 3000,
        "auc": {score: {"cdm": 0.9, "axion": 0.8} for score in scores},
        "auc_ci": {"combined": {"cdm": [0.88, 0.92], "axion": [0.78, 0.82]}},
        "called_strange": {"no_sub": 0.01},
        "symmetry": {"worst": 2e-7},
        "seconds": 120.0,
    }
    runs = {"model_a early rbm 1": figures, "model_a early rbm 2": figures, "model_1 rbm 1": {"error": "stopped"}}
    text = anomaly.anomaly({"anomaly": {"images": 2000, "epochs": 20, "runs": runs}})
    both = " | ".join(["0.8500"] * 4)
    cells = f"0.9000 (0.8800 to 0.9200) | 0.8000 (0.7800 to 0.8200) | {both} | 1.0 % | 2e-07 | 2.0 | 2 |"
    assert text.splitlines()[-1] == f"| model_a early | `rbm` | {cells}"


def test_of_the_drawn_designs_those_are_left_that_no_other_beats():
    trials = [{"auc": 0.9, "gflop": 1}, {"auc": 0.8, "gflop": 2}, {"auc": 0.95, "gflop": 3}]
    assert [trial["gflop"] for trial in design.front(trials)] == [1, 3]


def test_the_mean_errors_over_all_masses_stand_below_those_by_mass():
    whole = {"value": 0.24, "interval": [0.23, 0.25]}
    ranges = [{"half_length": 0.05, "signal": 0.011, "unknown": 0.5, "known": 0.4}]
    angle = {"value": 30.0, "interval": [29.0, 31.0]}
    ideal = {"unknown": whole, "known": whole | {"value": 0.2}, "unknown angle": angle, "known angle": angle}
    ideal["ranges"] = ranges
    found = {"scenes": 10, "masses": 40, "images": 20, "network": "lensnet-mass", "ends": [-23, -22], "ideal": ideal}
    network = whole | {"ranges": [{"error": 0.6, "bias": -0.6}]}
    words, *_, first, last = vortex_limits.vortex_limits(
        {"vortex_limits": found | {"of_network": network}}
    ).splitlines()
    assert words.endswith("30.0° (29.0 to 31.0) and 30.0° (29.0 to 31.0).")
    assert first == '| -23.0 to -22.0 | 0.05" | 0.011 | 0.500 | 0.400 | 0.600 | -0.600 |'
    assert last.startswith("| all |  |  | 0.240 (0.230 to 0.250) | 0.200 (")


def test_the_spread_over_rates_and_seeds_counts_runs_that_were_ended():
    run = {"name": "cnn", "factor": 1.0, "macro_auc": 0.92, "validation_auc": [0.7, 0.91, 0.92]}
    lower = run | {"factor": 0.25, "macro_auc": 0.9}
    ended = {"name": "cnn", "factor": 4.0, "ended": "loss is nan"}
    text = stability.stability({"stability": {"presentations": 9000, "runs": {"a": run, "b": lower, "c": ended}}})
    row = "| `cnn` | 0.9000 (0.9000 to 0.9000) [1] | 0.9200 (0.9200 to 0.9200) [1] | all ended [1] | 0.0200 | 1 of 3 |"
    assert text.splitlines()[-1] == f"{row} {count(6000)} (1 of 1) |"


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


@pytest.mark.parametrize(
    ("ratio", "load", "said"),
    [(1.6, 0.1, "1.5 times as fast as the loop, is reached."), (1.2, 3.0, "is not reached here.")],
)
def test_the_throughput_says_whether_its_aim_is_reached_and_what_ran_beside_it(ratio, load, said):
    row = {"what": "lensym predict", "start_s": 4.0, "wall_s": 20.0, "rate": 500.0, "processor_ms": 3.0}
    rows = [row | {"times_plain": ratio, "times_plain_whole": 1.0}]
    facts = {"count": 2000, "workers": 2, "cores": 2, "rounds": 2, "load_before": load, "rows": rows}
    text = predict.throughput({"predict": facts})
    assert said in text
    assert ("Other programs ran beside it (load 3.0" in text) == (load == 3.0)
    assert f"| lensym predict | 4.0 s | 20.0 s | 500 | 3.0 ms | {ratio:.2f} | 1.00 |" in text


def test_networks_that_see_a_fits_residual_stand_beside_those_that_do_not():
    test = {"n": 9000, "macro_auc": 0.98, "variance": 1e-6, "freedom": 500.0, "pairs": 3000, "accuracy": 0.9}
    run = {"network": "lensnet", "seen": "image", "size": 1000, "test": test}
    more = run | {"seen": "image and residual", "size": 3000, "test": test | {"macro_auc": 0.998, "accuracy": 0.97}}
    measured = {"residual": {"fit_seconds": 0.0625, "runs": {"a": run, "b": more, "c": {"error": "e"}}}}
    text = residual.residual(measured)
    assert "A fit takes 62 ms of one core." in text
    assert f"|  | sees | {count(1000)} a class | {count(3000)} a class |" in text
    assert "| `lensnet` | image | 0.9800 (0.9779 to 0.9819), 90.0 % | not run |" in text
    assert "| `lensnet` | image and residual | not run | 0.9980 (0.99467 to 0.99925), 97.0 % |" in text
    assert len(residual.residual_behind(measured).splitlines()) == 2  # the reference is not compared with itself


def test_controls_that_see_the_same_are_told_how_far_they_are_behind():
    test = {"n": 9000, "macro_auc": 0.98, "variance": 1e-6, "freedom": 500.0, "pairs": 3000, "accuracy": 0.9}
    run = {"network": "lensnet_broken", "seen": "image and residual", "size": 300, "test": test}
    runs = {
        "a": run | {"behind": {"value": 0.01, "interval": [0.008, 0.012]}},
        "b": run | {"behind": {"value": 0.02, "interval": [0.018, 0.022]}},
    }
    lines = residual.residual_behind({"residual": {"fit_seconds": 0.1, "runs": runs}}).splitlines()
    assert lines[-1].startswith("| `lensnet` without its symmetry | image and residual | 0.0150 (")
    assert lines[-1].endswith("[2] |")
    del runs["b"]
    lines = residual.residual_behind({"residual": {"fit_seconds": 0.1, "runs": runs}}).splitlines()
    assert lines[-1].endswith("| 0.0100 (0.0080 to 0.0120) |")


def test_the_time_from_nothing_is_that_of_the_processor_in_all_commands():
    test = {"n": 9000, "macro_auc": 0.998, "interval": [0.997, 0.999], "accuracy": 0.97}
    test["accuracy_interval"] = [0.96, 0.98]
    seconds = {"simulate": 30.0, "train": 600.0}
    facts = {"model": "lensnet-tiny", "images": 13_500, "epochs": 12, "seconds": seconds, "test": test}
    text = from_nothing.from_nothing({"from_nothing": facts})
    assert f"{count(13_500)} training images, shown to `lensnet-tiny` 12 times" in text
    assert "macro AUC 0.9980 (0.9970 to 0.9990), accuracy 97.0 % (96.0 to 98.0 %)" in text
    assert "| `lensym simulate` | 0.5 |" in text
    assert text.splitlines()[-1] == "| together | 10.5 |"


def test_lenses_beside_the_middle_stand_by_their_distance():
    test = {"macro_auc": 0.9, "interval": [0.88, 0.92], "accuracy": 0.75, "labelled": 0.5}
    run = {"n": 3000, "by_shift": {"0": test, "2": test | {"macro_auc": 0.89, "accuracy": 0.5}}}
    names = ("lensnet", "lensnet-residual, --center fit", "cnn, jitter 3")
    measured = {"off_centre": {"size": 1000, "runs": dict.fromkeys(names, run) | {"lensnet, jitter 0": {"error": ""}}}}
    words = (
        "`lensnet`, packaged",
        "`lensnet-residual`, packaged, `--center fit`",
        "`cnn`, 1\u202f000 a class, `--jitter 3`",
    )
    for made, cells in (
        (off_centre.off_centre, "0.9000 (0.8800 to 0.9200) | 0.8900 (0.8800 to 0.9200) |"),
        (off_centre.off_centre_labels, "75.0 % / 50.0 % | 50.0 % / 50.0 % |"),
    ):
        assert made(measured).splitlines()[-3:] == [f"| {name} | {cells}" for name in words]
