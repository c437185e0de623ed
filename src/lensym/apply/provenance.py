"""Where a model and its test images come from, and what of that speaks against a result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lensym.errors import InputError
from lensym.models.model_config import ModelConfig
from lensym.simulation.origin import alike, named, origin
from lensym.store import DatasetFolder, Manifest


def model_facts(name: str, config: ModelConfig) -> dict[str, Any]:
    """What metrics.json keeps of the model."""
    return {
        "name": name,
        "architecture": config.architecture,
        "group": config.group,
        "weights_sha256": config.weights_sha256,
        "temperature": config.temperature,
        "trained_on": dict(config.data),
    }


def data_facts(path: str, manifest: Manifest, split: str, sha256: str) -> dict[str, Any]:
    """What metrics.json keeps of the data set; ``sha256`` is the manifest's."""
    return {
        "path": path,
        **origin(manifest),
        "split": split,
        "manifest_sha256": sha256,
    }


def find_warnings(config: ModelConfig, manifest: Manifest, split: str) -> list[str]:
    """What is known against the result before looking at it."""
    found = _seen_before(config, manifest, split)
    tested = origin(manifest)
    if not alike(config.data, tested):
        found.append(f"The model was trained on {named(config.data)}, these images are {named(tested)}.")
    return found


def _seen_before(config: ModelConfig, manifest: Manifest, split: str) -> list[str]:
    """A warning for every training in the model's past that used these very images."""
    if split not in {"train", "val"}:
        return []
    use = "trained on" if split == "train" else "chosen by"
    warnings = [
        f"{who} {use} images of this split and seed: this is not a test."
        for who, data in _lineage(config)
        if all(data.get(key) == getattr(manifest, key) for key in ("recipe", "variant", "seed"))
    ]
    return list(dict.fromkeys(warnings))


def _lineage(config: ModelConfig) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Who was trained and on which data: the model, the weights it started from, those they started from, ..."""
    yield "The model was", config.data
    start = config.training.get("start")
    while start:
        yield "The weights that the model's training started from were", start["data"]
        start = start["training"].get("start")


def require_match(config: ModelConfig, folder: DatasetFolder) -> None:
    """Refuse a data set of images of another shape or pixel scale than the model's, with or without a fit's channel."""
    manifest = folder.manifest
    channels = config.channels if manifest.smooth_fit and config.smooth_fit else config.bands
    for what, own, found in (
        (
            "images of the model's shape",
            (channels, config.image_size, config.image_size),
            (manifest.channels, manifest.image_size, manifest.image_size),
        ),
        ("images of the model's pixel scale", config.pixel_scale, manifest.pixel_scale),
    ):
        if own != found:
            raise InputError(f"{what}: {own}", f"{found} in '{folder.path}'", "choose a model of this recipe")
