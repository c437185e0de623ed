"""The files of figures that the tables are made from."""

from __future__ import annotations

import json
from pathlib import Path

from pages.markdown import Measured

ROOT = Path(__file__).parents[2]
# models.json is what ``lensym models --json`` prints; counting all costs takes half a minute
SOURCES = {
    "model_1": "benchmarks/results/model_1.json",
    "simulate": "benchmarks/results/simulate.json",
    "scale_disk": "benchmarks/results/scale_disk.json",
    "scale_memory": "benchmarks/results/scale_memory.json",
    "sensitivity": "benchmarks/results/sensitivity_model_1.json",
    "sensitivity_physical": "benchmarks/results/sensitivity_model_1_physical.json",
    "published": "benchmarks/published.json",
    "models": "benchmarks/results/models.json",
    "networks": "benchmarks/results/networks.json",
    "digits": "benchmarks/results/digits.json",
    "symmetry": "benchmarks/results/symmetry.json",
    "quirks": "benchmarks/results/quirks.json",
    "faults": "benchmarks/results/faults.json",
    "hostile": "benchmarks/results/hostile.json",
    "mutations": "benchmarks/results/mutations.json",
    "importing": "benchmarks/results/importing.json",
    "regression": "benchmarks/results/regression.json",
    "adapt": "benchmarks/results/adapt.json",
    "app": "benchmarks/results/app.json",
    "predict": "benchmarks/results/predict.json",
    "wheel": "benchmarks/results/wheel.json",
    "fresh": "benchmarks/results/fresh.json",
    "finetune": "benchmarks/results/finetune.json",
    "headline": "benchmarks/results/headline.json",
    "residual": "benchmarks/results/residual.json",
    "left_over": "benchmarks/results/left_over.json",
    "anomaly": "benchmarks/results/anomaly.json",
    "from_nothing": "benchmarks/results/from_nothing.json",
    "off_centre": "benchmarks/results/off_centre.json",
    "stability": "benchmarks/results/stability.json",
    "shared_cores": "benchmarks/results/shared_cores.json",
    "substructure_signal": "benchmarks/results/substructure_signal.json",
    "physical": "benchmarks/results/physical.json",
    "vortex_limits": "benchmarks/results/vortex_limits.json",
    "design": "benchmarks/results/design.json",
}


def read() -> Measured:
    """Contents of every file."""
    return {name: json.loads((ROOT / file).read_text("utf-8")) for name, file in SOURCES.items()}
