"""Tables of the page on results; the README has some of them."""

from __future__ import annotations

from typing import Any

from lensym.conventions import CLASS_TITLES
from lensym.evaluation.wording import count, percent, percent_range, share, share_range
from lensym.simulation.recipe import load_recipe
from pages.markdown import Measured, Tables, table
from pages.sources import SOURCES


def test_set(measured: Measured) -> str:
    """The images that the figures refer to, and how much each network was trained."""
    found = measured["model_1"]
    n = found["networks"]["lensnet"]["test"]["n"]
    passes = ", ".join(
        f"`{name}` for {sum(options['epochs'] for options in _cycles(network['training']))} passes over "
        f"{count(_training_images(network['training']))} images"
        for name, network in found["networks"].items()
    )
    return (
        f"{count(n)} test images, {count(found['count'])} a class, of recipe `{found['recipe']}`, variant "
        f"`{found['variant']}`, seed {found['seed']}; no network was trained on or chosen by any of them. "
        f"Trained were {passes}."
    )


def classification(measured: Measured) -> str:
    """Networks and baseline on the test set: the headline."""
    networks = measured["model_1"]["networks"]
    rows = [
        [
            f"`{name}`",
            found["test"]["model"]["group"],
            count(found["parameters"]),
            f"{found['gflop']:.3f}",
            *_figures(found["test"]),
            _change(measured, name, "trained", "float32"),
        ]
        for name, found in networks.items()
    ]
    baseline = networks["lensnet"]["test"]["baseline"]
    rows.append(["radial profile, logistic regression", "D4", "", "", *_figures(baseline), ""])
    columns = ["", "invariant under", "parameters", "GFLOP", "macro AUC (95 %)", "accuracy (95 %)", "change under D4"]
    return table(columns, rows)


def classes(measured: Measured) -> str:
    """AUC of each class, and calibration."""
    networks = measured["model_1"]["networks"]
    rows = [
        [
            f"`{name}`",
            *(f"{share(auc)} ({share_range(test['auc_ci'][c])})" for c, auc in test["auc"].items()),
            f"{test['ece']:.4f}",
            f"{test['brier']:.4f}",
        ]
        for name, test in ((name, found["test"]) for name, found in networks.items())
    ]
    titles = [CLASS_TITLES[c] for c in networks["lensnet"]["test"]["classes"]]
    return table(["AUC (95 %)", *titles, "calibration error", "Brier score"], rows)


def confusion(measured: Measured) -> str:
    """What lensnet called the images of each class."""
    test = measured["model_1"]["networks"]["lensnet"]["test"]
    titles = [CLASS_TITLES[c] for c in test["classes"]]
    rows = [[title, *map(count, row)] for title, row in zip(titles, test["confusion"], strict=True)]
    return table(["truth, and what `lensnet` said", *titles], rows)


def training(measured: Measured) -> str:
    """What each network was trained on."""
    rows = []
    for name, found in measured["model_1"]["networks"].items():
        facts = found["training"]
        cycles = _cycles(facts)
        rows.append(
            [
                f"`{name}`",
                count(_training_images(facts)),
                str(facts["data"]["seed"]),
                ", then ".join(str(options["epochs"]) for options in cycles),
                str(facts["options"]["batch_size"]),
                ", then ".join(f"{options['learning_rate']:g}" for options in cycles),
                share(facts["validation"]["macro_auc"]),
            ]
        )
    columns = ["", "training images", "seed of the images", "epochs", "batch", "learning rate", "validation macro AUC"]
    return table(columns, rows)


def invariance(measured: Measured) -> str:
    """Change of the logits under D4, in both precisions, before and after training."""
    rows = [
        [f"`{name}`", f"{weights} weights", *(_change(measured, name, weights, p) for p in ("float32", "float64"))]
        for name in measured["model_1"]["networks"]
        for weights in ("random", "trained")
    ]
    return table(["", "", "float32", "float64"], rows)


def cold(measured: Measured) -> str:
    """Time of a command in a fresh process."""
    rows = [
        [f"`lensym {row['verb']}`", f"{row['wall_s']:.2f} s", f"{row['processor_s']:.2f} s"]
        for row in measured["model_1"]["cold"]
    ]
    return table(["", "on the wall", "processor time"], rows)


def simulation(measured: Measured) -> str:
    """Simulated images a second on one core, beside lenstronomy and caustics."""
    rows = [
        [
            CLASS_TITLES[row["class"]],
            row["noise"],
            *(count(round(row[package])) for package in ("lensym", "lenstronomy", "caustics")),
            *(f"{row[f'times_{peer}']:.1f}" for peer in ("lenstronomy", "caustics")),
        ]
        for row in measured["simulate"]["rows"]
    ]
    packages = ["lensym", "lenstronomy", "caustics", "lensym / lenstronomy", "lensym / caustics"]
    return table(["images a second, one core", "noise", *packages], rows)


def noise(measured: Measured) -> str:
    """Time that the noise alone takes."""
    steps = measured["simulate"]["noise"]
    return table(["noise of one image", *steps], [["ms", *(f"{time:.2f}" for time in steps.values())]])


def scale(measured: Measured) -> str:
    """Images that a whole run stores with one worker and with one for each core."""
    places = {"a disk": measured["scale_disk"], "memory": measured["scale_memory"]}
    rows = [
        [
            f"{place}, {row['workers']} worker{'s' * (row['workers'] > 1)}",
            count(round(row["rate"])),
            f"{row['times_one']:.2f}",
            *(count(round(row[f"mib_{run}"])) for run in ("few", "many")),
        ]
        for place, found in places.items()
        for row in found["rows"]
    ]
    classes = len(load_recipe(places["memory"]["recipe"]).classes)
    runs = (f"MiB at {count(classes * places['memory'][run])} images" for run in ("few", "many"))
    return table(["stored on", "images a second", "times one worker", *runs], rows)


def published(measured: Measured) -> str:
    """Figures others published for their own files of the same recipe."""
    rows = [
        [row["network"], row["study"], f"{row['macro_auc']:.4f}", f"{100 * row['accuracy']:.1f} %"]
        for row in measured["published"]["rows"]
    ]
    return table(["network", "study", "macro AUC", "accuracy"], rows)


def machine(measured: Measured) -> str:
    """Processors and versions behind the figures of each file."""
    rows = [
        [f"`{SOURCES[name]}`", _processors(found), ", ".join(f"{p} {v}" for p, v in found["versions"].items())]
        for name, found in measured.items()
        if "versions" in found
    ]
    return table(["figures of", "processor", "versions"], rows)


def _processors(found: dict[str, Any]) -> str:
    """What the figures were measured with; a benchmark of many runs may have gone on elsewhere."""
    parts = [found, *found.get("runs", {}).values(), *found.get("trials", [])]
    networks = found.get("networks", {})
    parts += networks.values() if isinstance(networks, dict) else []
    return ", ".join(sorted({part.get("cpu") for part in parts} - {None}))


def _figures(test: dict[str, Any]) -> tuple[str, str]:
    """Macro AUC and accuracy with their intervals."""
    return (
        f"{share(test['macro_auc'])} ({share_range(test['macro_auc_ci'])})",
        f"{percent(test['accuracy'])} ({percent_range(test['accuracy_ci'])})",
    )


def _cycles(training: dict[str, Any]) -> list[dict[str, Any]]:
    """Options of each training that led to the weights, the first one first."""
    start = training.get("start")
    return [*(_cycles(start["training"]) if start else ()), training["options"]]


def _training_images(training: dict[str, Any]) -> int:
    return sum(training["data"]["splits"]["train"].values())


def _change(measured: Measured, network: str, weights: str, precision: str) -> str:
    wanted = (network, weights, precision)
    rows = measured["model_1"]["invariance"]
    return next(f"{r['change']:.0e}" for r in rows if (r["network"], r["weights"], r["precision"]) == wanted)


TABLES: Tables = {
    f.__name__: f
    for f in (
        test_set,
        classification,
        classes,
        confusion,
        training,
        invariance,
        cold,
        simulation,
        noise,
        scale,
        published,
        machine,
    )
}
