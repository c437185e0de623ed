"""``lensym export``."""

from __future__ import annotations

from lensym.cli.common import Options, Parser, Verb, print_table, progress
from lensym.errors import UsageError


def _arguments(parser: Parser) -> None:
    parser.add_argument("source", type=str, help="folder of a data set; or a model, by name or folder")
    parser.add_argument("out", type=str, help="new folder for the files; or the file for the model's graph")
    parser.add_argument("--layout", type=str, default="", help="of a data set: model_i, test_i or fits")
    parser.add_argument(
        "--format", type=str, default="", help="of a model: onnx, torch or huggingface; of one image: coolest"
    )
    parser.add_argument("--image", type=int, default=None, help="number of the image for coolest, from 0 (default 0)")
    parser.add_argument("--split", type=str, default=None, help="split of that image (default test)")


def _run(options: Options) -> int:
    if bool(options.layout) == bool(options.format):
        got = "both" if options.layout else "neither"
        raise UsageError(
            "either --layout, for a data set, or --format, for a model or one image", got, "give one of them"
        )
    if options.format == "coolest":
        return _scene(options)
    if options.image is not None or options.split is not None:
        raise UsageError("--image and --split with --format coolest", "another form", "leave them out")
    return _data_set(options) if options.layout else _model(options)


def _scene(options: Options) -> int:
    from lensym.data.coolest.export import TEMPLATE, export_coolest

    number, split = options.image or 0, options.split or "test"
    for sentence in export_coolest(options.source, options.out, split, number):
        print(sentence)
    print(f"{options.out}: {TEMPLATE} and the FITS files that it names, image {number} of the split {split}")
    return 0


def _data_set(options: Options) -> int:
    from lensym.data.export import LAYOUTS, export_data_set

    with progress("export") as report:
        manifest = export_data_set(options.source, options.out, options.layout, report)
    rows = [[split, *(str(counts.get(c, 0)) for c in manifest.classes)] for split, counts in manifest.splits.items()]
    print_table(["images", *manifest.classes], rows)
    print(f"{options.out}: {LAYOUTS[options.layout].summary}, and the numbers of each in truth.csv")
    return 0


def _model(options: Options) -> int:
    from lensym.apply.graph import OUTPUTS, export_graph
    from lensym.apply.predictor import load

    predictor = load(options.source)
    if options.format == "huggingface":
        predictor.save_pretrained(options.out)
        print(f"{options.out}: config.json, model.safetensors and README.md")
        return 0
    difference = export_graph(predictor, options.out, options.format)
    config = predictor.config
    shape = " x ".join(map(str, ("N", config.channels, config.image_size, config.image_size)))
    print(f"{options.out}: images ({shape}, float32) to {', '.join(OUTPUTS)}")
    print(f"run again, it differs from lensym by {difference:.1e} at most")
    return 0


VERB = Verb("export", "Write a data set or a model in a form that others read.", _arguments, _run)
