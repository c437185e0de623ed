"""``lensym audit``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lensym.cli.common import Options, Parser, Verb, figure_path, print_json, print_table, progress

if TYPE_CHECKING:
    from lensym.evaluation.audit import Audit
    from lensym.evaluation.layers import LayersAudit


def _arguments(parser: Parser) -> None:
    parser.add_argument("model", type=str, help="name of packaged weights, a model folder, or an ONNX file")
    parser.add_argument(
        "data", type=str, nargs="?", default="", help="folder of a data set, or images in a .npy file (default random)"
    )
    parser.add_argument("--split", type=str, default="test", help="split to take images from")
    parser.add_argument("--control", type=str, default=None, help="second model beside it (default cnn)")
    parser.add_argument("--figure", type=str, default="", help="PNG file for the curve over the angle")
    parser.add_argument("--layers", type=str, default="", help="PNG file for what each layer knows of orientation")
    parser.add_argument("--json", action="store_true", help="as JSON")


def _run(options: Options) -> int:
    from lensym.apply.audit import audit_layers, audit_network, images_for, open_network
    from lensym.atomic import write_atomically
    from lensym.evaluation.figures import audit_figure, png_bytes
    from lensym.evaluation.layer_figure import layer_figure

    figure, layers_figure = figure_path(options.figure), figure_path(options.layers)
    network = open_network(options.model, options.device)
    images = images_for(network, options.data or None, options.split, options.seed)
    # the layers first: some networks are refused there, and the audit takes longer
    layers = audit_layers(network, images, options.seed) if layers_figure else None
    with progress("audit") as count:
        audited = audit_network(network, images, options.control, options.device, count)
    if figure:
        write_atomically(figure, png_bytes(audit_figure(audited)))
    if layers_figure and layers:
        write_atomically(layers_figure, png_bytes(layer_figure(layers)))
    if options.json:
        _print_as_json(audited, layers)
    else:
        _print_tables(audited, layers)
    return 0


def _print_as_json(audited: Audit, layers: LayersAudit | None) -> None:
    from lensym.evaluation.assess import audit_results

    print_json(audit_results(audited) | ({"layers": _layer_results(layers)} if layers else {}))


def _layer_results(layers: LayersAudit) -> list[dict[str, Any]]:
    """One object a layer; a figure that is not a number becomes null."""
    from dataclasses import asdict

    results = []
    for row in layers.rows:
        curve = layers.curves.get(row.layer)
        angles = {"angles": curve.similarity, "interpolation": curve.floor} if curve else {}
        results.append({key: None if value != value else value for key, value in (asdict(row) | angles).items()})
    return results


def _print_tables(audited: Audit, layers: LayersAudit | None) -> None:
    _print_elements(audited)
    _print_curve(audited)
    if layers:
        _print_layers(layers)
    first = audited.group[0]
    print(f"{first.network}: {'invariant' if first.invariant else 'not invariant'} under {first.group}")


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


def _print_layers(layers: LayersAudit) -> None:
    rows = [
        [
            row.layer,
            row.kind,
            str(row.channels),
            *(f"{v:.3f}" for v in (row.turns, row.reflections, row.own, row.shuffled, row.chance)),
        ]
        for row in layers.rows
    ]
    title = "correlation of a layer's features of turned images with its turned features, best-matching channels"
    columns = ["turned", "mirrored", "each with itself", "filters shuffled", "by chance"]
    print_table(["layer", "kind", "channels", *columns], rows, title)


VERB = Verb("audit", "Measure how far a model's answer changes when the image is turned.", _arguments, _run)
