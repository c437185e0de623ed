"""Trained networks as folders in the layout of Hugging Face: config.json, model.safetensors and README.md.

A model folder of lensym has that layout; what is added here is the head of the card by which the hub lists a network.
"""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import yaml

from lensym.apply.predictor import Predictor, load
from lensym.errors import InputError, UsageError
from lensym.evaluation.output import require_empty
from lensym.models.checkpoint import CARD, WEIGHTS, save_model
from lensym.models.model_config import CONFIG, ModelConfig
from lensym.models.packaged import model_folder, packaged_models

_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_HEAD = "---\n"


def save_pretrained(predictor: Predictor, folder: str | Path) -> None:
    """Write a network to a new or empty folder, with a card that the hub understands.

    Raises
    ------
    InputError
        If the folder that the network was loaded from is gone.
    OutputError
        If the folder holds something else, or cannot be written.
    """
    out = Path(folder)
    require_empty(out)
    save_model(predictor.model, predictor.config, out, hub_card(predictor.config, _card(predictor)))


def from_pretrained(name_or_folder: str | Path, device: str = "auto", revision: str | None = None) -> Predictor:
    """A network of the package, of a folder, or of a repository ``OWNER/NAME`` of the hub.

    Only the last needs the network, once: what was fetched stays in the hub's cache. Nothing but config, weights and
    card is fetched, and no code of a repository is run.

    Parameters
    ----------
    revision
        Branch, tag or commit of the repository.

    Raises
    ------
    LensymError
        As `lensym.load`; if the package huggingface_hub is needed and missing, or the repository cannot be had.
    """
    name = str(name_or_folder)
    if Path(name).exists() or name in packaged_models() or not _REPOSITORY.fullmatch(name):
        return load(name_or_folder, device)
    return load(_fetched(name, revision), device)


def hub_card(config: ModelConfig, body: str) -> str:
    """A model card whose head the hub reads; a head that is there already is replaced."""
    if body.startswith(_HEAD):
        body = body.partition("\n" + _HEAD)[2].lstrip("\n")
    head = yaml.safe_dump(_facts(config), sort_keys=False, allow_unicode=True)
    return f"{_HEAD}{head}{_HEAD}\n{body}"


def _facts(config: ModelConfig) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "license": "mit",
        "library_name": "lensym",
        "tags": [
            "astronomy",
            "gravitational-lensing",
            "dark-matter",
            "equivariance",
            config.architecture,
            config.group,
        ],
    }
    validation = config.training.get("validation", {})
    if "macro_auc" not in validation:
        return facts
    recipe = f"{config.data.get('recipe')} ({config.data.get('variant')})"
    result = {
        "task": {"type": "image-classification"},
        "dataset": {"name": f"simulated images of {recipe}, validation", "type": str(config.data.get("recipe"))},
        "metrics": [
            {"type": "roc_auc", "name": "macro AUC", "value": round(validation["macro_auc"], 5)},
            {"type": "accuracy", "value": round(validation["accuracy"], 4)},
        ],
    }
    index = {"name": config.architecture, "results": [result]}
    return {**facts, "pipeline_tag": "image-classification", "model-index": [index]}


def _card(predictor: Predictor) -> str:
    path = model_folder(predictor.name) / CARD
    try:
        return path.read_text("utf-8")
    except OSError as error:
        got = f"{path}: {error.strerror}"
        raise InputError("the folder that the network was loaded from", got, "load it again") from None


def _fetched(repository: str, revision: str | None) -> Path:
    """Folder of the hub's cache with a repository's three files."""
    if importlib.util.find_spec("huggingface_hub") is None:
        remedy = "pip install huggingface_hub, or give a folder"
        raise UsageError("the package huggingface_hub for a network of the hub", f"'{repository}'", remedy)
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(repository, revision=revision, allow_patterns=[CONFIG, WEIGHTS, CARD]))
    except Exception as error:  # noqa: BLE001  whatever the hub's client, or the way to it, does
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError("a repository of the hub that can be had", f"'{repository}': {reason}", "check it") from None
