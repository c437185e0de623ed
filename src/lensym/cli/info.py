"""``lensym info``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lensym.cli.common import Options, Parser, Verb, figure_path, print_json, print_table, write_figure
from lensym.errors import InputError, UsageError

_LISTED = 8
"""Entries of a list that the table shows."""


def _arguments(parser: Parser) -> None:
    parser.add_argument(
        "target", type=str, help="a data set, a model (folder or packaged name), an image file or a catalogue"
    )
    parser.add_argument("--verify", action="store_true", help="check every hash")
    parser.add_argument(
        "--preview", type=str, default="", help="PNG file: a data set's contact sheet, or what a model sees of a file"
    )
    parser.add_argument("--model", type=str, default="lensnet", help="model that sees the file in --preview")
    parser.add_argument("--hdu", type=str, default=None, help="as for predict, for --preview of a file")
    parser.add_argument("--pixel-scale", type=float, default=None, help="as for predict, for --preview of a file")
    parser.add_argument("--center", type=str, default=None, help="as for predict, for --preview of a file")
    parser.add_argument("--json", action="store_true", help="as JSON")


def _run(options: Options) -> int:
    preview = figure_path(options.preview)
    content = describe(options.target, options.verify)
    if preview:
        _preview(options, content.get("kind", "file"), preview)
    if options.json:
        print_json(content)
    else:
        images = content.pop("images", None)
        print_table(["", options.target], [[key, _text(value)] for key, value in content.items()])
        if images:
            said = [key for key in images[0] if any(image[key] not in (None, "") for image in images)]
            print_table(said, [[_text(image[key]) for key in said] for image in images])
    return 0


def _preview(options: Options, kind: str, path: Path) -> None:
    if kind == "data set":
        from lensym.simulation.preview import preview_data_set

        write_figure(path, preview_data_set(options.target))
    elif kind == "file":
        from lensym.apply.file_preview import preview_file
        from lensym.data.center import parse_center

        center = parse_center(options.center)
        write_figure(path, preview_file(options.target, options.model, options.hdu, options.pixel_scale, center))
    else:
        raise UsageError("a data set or an image file for --preview", f"'{options.target}', a {kind}", "leave it out")


def describe(target: str, verify: bool = False) -> dict[str, Any]:
    """What is inside a data set, a model or a file, as plain data."""
    path = Path(target)
    if path.is_dir():
        if (path / "config.json").exists():
            return _describe_model(target)
        return _describe_data(path, verify)
    if path.is_file():
        from lensym.data.catalogue import is_catalogue

        if is_catalogue(path):
            return _describe_catalogue(path)
        from lensym.data.readers import describe as describe_file

        return describe_file(path)
    from lensym.models.packaged import packaged_models

    if target in packaged_models():
        return _describe_model(target)
    raise InputError(
        "a data set, a model or a file",
        f"nothing at '{target}'",
        f"check the path (models: {', '.join(packaged_models())})",
    )


def _describe_catalogue(path: Path) -> dict[str, Any]:
    from lensym.data.catalogue import read_catalogue

    rows = read_catalogue(path)
    return {
        "kind": "catalogue",
        "n": len(rows),
        "files": sum(row.file is not None for row in rows),
        "positions": sum(row.position is not None for row in rows),
    }


def _describe_data(path: Path, verify: bool) -> dict[str, Any]:
    from lensym.store import DatasetFolder, manifest_digest
    from lensym.store import verify as check

    folder = DatasetFolder.open(path)
    manifest = folder.manifest
    classes = {c: sum(counts.get(c, 0) for counts in manifest.splits.values()) for c in manifest.classes}
    content = {
        "kind": "data set",
        "n": sum(classes.values()),
        "classes": classes,
        "image_size": manifest.image_size,
        "channels": manifest.channels,
        "pixel_scale": manifest.pixel_scale,
        "dtype": manifest.dtype,
        "splits": manifest.splits,
        "recipe": manifest.recipe,
        "variant": manifest.variant,
        "seed": manifest.seed,
        "sha256": manifest_digest(path),
        "lensym_version": manifest.lensym_version,
    }
    if manifest.smooth_fit:
        content["smooth_fit"] = f"second channel: what smooth lenses leave of the data set {manifest.smooth_fit}"
    if verify:
        content["verified"] = f"{check(path).shards} shards as written"
    return content


def _describe_model(target: str) -> dict[str, Any]:
    """A model is always verified: its weights are read anyway."""
    from dataclasses import asdict

    from lensym.apply.predictor import load
    from lensym.models.cost import gflop, parameters

    predictor = load(target)
    network = predictor.model.network
    said = asdict(predictor.config)
    if predictor.config.smooth_fit:
        said["smooth_fit"] = (
            f"to an image a smooth lens of {predictor.config.smooth_fit['recipe']}, for a second channel"
        )
    return {"kind": "model", **said, "parameters": parameters(network), "gflop": gflop(network)}


def _text(value: Any) -> str:
    """A value in one cell; of a long or nested list only how long it is, and no keys without a value."""
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_text(v)}" for key, v in value.items() if v not in (None, ""))
    if isinstance(value, list | tuple):
        if len(value) > _LISTED or any(isinstance(v, dict | list | tuple) for v in value):
            return f"{len(value)} entries (--json)"
        return ", ".join(_text(v) for v in value)
    if value is None:
        return "-"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


VERB = Verb("info", "Say what is inside a data set, a model or a file.", _arguments, _run)
