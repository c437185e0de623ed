"""``lensym audit``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lensym.cli.common import Options, Parser, Verb, print_json, print_table, progress

if TYPE_CHECKING:
    from lensym.evaluation.audit import Audit
    from lensym.evaluation.layers import LayerRow


def _arguments(parser: Parser) -> None:
    parser.add_argument("model", type=str, help="name of packaged weights or a model folder")
    parser.add_argument("data", type=str, help="folder of a data set")
    parser.add_argument("--split", type=str, default="test", help="split to take images from")
    parser.add_argument("--control", type=str, default=None, help="second model beside it (default cnn)")
    parser.add_argument("--figure", type=str, default=None, help="PNG file for the curve over the angle")
    parser.add_argument("--layers", type=str, default=None, help="PNG file for what each layer knows of orientation")
    parser.add_argument("--json", action="store_true", help="as JSON")


def _run(options: Options) -> int:
    from dataclasses import asdict
    from pathlib import Path

    from lensym.apply.assess import audit_layers, audit_predictor
    from lensym.apply.predictor import load
    from lensym.atomic import write_atomically
    from lensym.evaluation.assess import audit_results
    from lensym.evaluation.figures import audit_figure, png_bytes
    from lensym.evaluation.layers import layer_figure, layer_rows
    from lensym.store import DatasetFolder, verify

    predictor = load(options.model, options.device)
    verify(options.data)
    view = DatasetFolder.open(options.data).split(options.split)
    with progress("audit") as count:
        audited = audit_predictor(predictor, view, options.control, options.seed, options.device, count)
    if options.figure:
        write_atomically(Path(options.figure), png_bytes(audit_figure(audited)))
    layers = layer_rows(audit_layers(predictor, view, options.seed)) if options.layers else []
    if options.layers:
        write_atomically(Path(options.layers), png_bytes(layer_figure(layers, predictor.name)))
    if options.json:
        print_json(audit_results(audited) | ({"layers": [asdict(row) for row in layers]} if layers else {}))
        return 0
    _print_elements(audited)
    _print_curve(audited)
    if layers:
        _print_layers(layers)
    first = audited.group[0]
    print(f"{first.network}: {'invariant' if first.invariant else 'not invariant'} under {first.group}")
    return 0


def _print_elements(audited: Audit) -> None:
    first = audited.group[0]
    rows = [[name, *(f"{entry.changes[name]:.1e}" for entry in audited.group)] for name in first.changes]
    title = f"largest change of the logits under {first.group}, relative, {first.n} images"
    print_table(["element", *(entry.network for entry in audited.group)], rows, title)


def _print_curve(audited: Audit) -> None:
    curves = list(audited.curves.values())
    rows = [
        [f"{angle:g}°", *(f"{curve.change[k]:.3f}" for curve in curves), f"{curves[0].floor[k]:.3f}"]
        for k, angle in enumerate(audited.angles)
    ]
    title = "change of the logits over their spread, images turned by an angle"
    print_table(["angle", *audited.curves, "interpolation alone"], rows, title)


def _print_layers(layers: list[LayerRow]) -> None:
    rows = [
        [row.layer, row.kind, str(row.channels), *(f"{v:.3f}" for v in (row.turns, row.reflections, row.chance))]
        for row in layers
    ]
    title = "correlation of a layer's features of turned images with its turned features, best-matching channels"
    print_table(["layer", "kind", "channels", "turned", "mirrored", "by chance"], rows, title)


VERB = Verb("audit", "Measure how far a model's answer changes when the image is turned.", _arguments, _run)
