"""The tables of the pages, written from the measured figures and from the recipes.

    python benchmarks/tables.py            write them
    python benchmarks/tables.py --check    fail, with exit code 1, where a page differs from the figures

A page marks the place of a table by two comments, ``<!-- table: NAME -->`` and ``<!-- end of table -->``; what stands
between them is replaced.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from lensym.conventions import CLASS_TITLES
from lensym.evaluation.wording import count, percent, percent_range, share, share_range
from lensym.physics.instruments import INSTRUMENTS
from lensym.simulation.recipe import Recipe, available_recipes, load_recipe
from lensym.study.figures import TITLES

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", "docs/results.md", "docs/recipes.md", "docs/sensitivity.md")
SOURCES = {
    "model_1": "benchmarks/results/model_1.json",
    "simulate": "benchmarks/results/simulate.json",
    "scale_disk": "benchmarks/results/scale_disk.json",
    "scale_memory": "benchmarks/results/scale_memory.json",
    "sensitivity": "benchmarks/results/sensitivity_model_1.json",
    "published": "benchmarks/published.json",
    "quirks": "benchmarks/results/quirks.json",
}
MARKED = re.compile(r"(?<=<!-- table: )(\w+)( -->\n).*?(?=<!-- end of table -->)", re.DOTALL)

Measured = dict[str, Any]
"""Contents of the files in SOURCES, by name."""


def test_set(measured: Measured) -> str:
    """The images that the figures refer to, and how much each network was trained."""
    found = measured["model_1"]
    n = found["networks"]["lensnet"]["test"]["n"]
    passes = " and ".join(
        f"`{name}` was trained for {sum(options['epochs'] for options in _cycles(network['training']))} passes over "
        f"{count(_training_images(network['training']))} images"
        for name, network in found["networks"].items()
    )
    return (
        f"{count(n)} test images, {count(found['count'])} a class, of recipe `{found['recipe']}`, variant "
        f"`{found['variant']}`, seed {found['seed']}; no network was trained on or chosen by any of them. "
        f"{passes}."
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


def sensitivity(measured: Measured, study: str) -> str:
    """What each point of a study reaches."""
    rows = [
        [
            f"{TITLES[row['axis']]} x {row['factor']:g}",
            row["value"],
            *(
                f"{share(row[of]['macro_auc'])} ({share_range(row[of]['macro_auc_ci'])})"
                for of in ("network", "baseline")
            ),
        ]
        for row in measured[study]
    ]
    return table(["", "value", "network: macro AUC (95 %)", "radial profile: macro AUC (95 %)"], rows)


def published(measured: Measured) -> str:
    """Figures others published for their own files of the same recipe."""
    rows = [
        [row["network"], row["study"], f"{row['macro_auc']:.4f}", f"{100 * row['accuracy']:.1f} %"]
        for row in measured["published"]["rows"]
    ]
    return table(["network", "study", "macro AUC", "accuracy"], rows)


def recipes(measured: Measured) -> str:
    """Every recipe, in the variants that have substructure."""
    rows = []
    for name in available_recipes():
        for variant in ("published", "physical"):
            recipe = load_recipe(name, variant)
            size = f"{recipe.image_size} px of {recipe.pixel_scale:g}″"
            bands = "" if recipe.channels == 1 else f", {recipe.channels} bands"
            instrument = f"`{recipe.observation.instrument}`" if recipe.observation.instrument else "of its own"
            rows.append([f"[`{name}`](#{name})", variant, size + bands, instrument, _substructure(recipe)])
    return table(["recipe", "variant", "image", "instrument", "substructure of `cdm`; of `axion`"], rows)


def _substructure(recipe: Recipe) -> str:
    return "; ".join(f"`{recipe.populations[name].kind}`" for name in ("cdm", "axion"))


def instruments(measured: Measured) -> str:
    """Every named instrument."""
    rows = [
        [
            f"`{name}`",
            f"{found.pixel_scale:g}",
            f"{found.psf.fwhm:g}",
            f"{found.zero_point:g}",
            f"{found.sky_brightness:g}",
            f"{found.read_noise:g}",
            f"{found.exposures} x {found.exposure_time:g}",
        ]
        for name, found in INSTRUMENTS.items()
    ]
    columns = ["instrument", "its pixels (″)", "PSF's FWHM (″)", "zero point", "sky (mag/arcsec²)", "read noise (e⁻)"]
    return table([*columns, "exposures (s)"], rows)


def quirks(measured: Measured, name: str) -> str:
    """What a published generator does and should not, and what that changes."""
    found = measured["quirks"]["recipes"][name]
    as_published = f"{share(found['macro_auc'])} ({share_range(found['macro_auc_ci'])})"
    text = f"Baseline as published: macro AUC {as_published}, {count(found['count'])} images a class.\n\n"
    return text + table(
        ["quirk", "what it changes", "as published", "without", "baseline without", "left out by `--set`"],
        [_quirk(row) for row in found["quirks"]],
    )


def _quirk(row: dict[str, Any]) -> list[str]:
    if "what" not in row:
        return [row["quirk"], "no value leaves it out", "", "", "", ""]
    changes = "<br>".join(f"`{change}`" for change in row["set"])
    return [
        row["quirk"],
        row["what"],
        *map(_short, (row["published"], row["without"])),
        share(row["macro_auc"]),
        changes,
    ]


def _short(value: float) -> str:
    """Three digits; what is zero but for rounding is zero."""
    if abs(value) < 1e-9:
        return "0"
    exponent = math.floor(math.log10(value))
    return f"{value / 10**exponent:.1f}e{exponent}" if exponent > 4 else f"{value:.3g}"


def machine(measured: Measured) -> str:
    """Processors and versions behind the figures of each file."""
    rows = [
        [f"`{SOURCES[name]}`", found["cpu"], ", ".join(f"{p} {v}" for p, v in found["versions"].items())]
        for name, found in measured.items()
        if "cpu" in found
    ]
    return table(["figures of", "processor", "versions"], rows)


TABLES: dict[str, Callable[[Measured], str]] = {
    function.__name__: function
    for function in (
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
        recipes,
        instruments,
        machine,
    )
} | {study: partial(sensitivity, study=study) for study in ("sensitivity",)}
TABLES |= {f"quirks_{name}": partial(quirks, name=name) for name in available_recipes()}


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


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [columns, *rows]
    text = ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join([text[0], "|---" * len(columns) + "|", *text[1:]])


def fill(page: str, measured: Measured) -> str:
    """The page with every marked table written anew."""
    return MARKED.sub(lambda match: f"{match[1]}{match[2]}\n{TABLES[match[1]](measured)}\n\n", page)


def main() -> int:
    """Write or check every page; the exit code is 1 where a check fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing, fail where a page is out of date")
    check = parser.parse_args().check
    measured = {name: json.loads((ROOT / file).read_text("utf-8")) for name, file in SOURCES.items()}
    stale = []
    for name in PAGES:
        path = ROOT / name
        former = path.read_text("utf-8")
        page = fill(former, measured)
        if page != former:
            stale.append(name)
            if not check:
                path.write_text(page, "utf-8")
    if check and stale:
        print(f"out of date: {', '.join(stale)}; run python benchmarks/tables.py", file=sys.stderr)
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
