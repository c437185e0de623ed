"""``lensym export``."""

from __future__ import annotations

from lensym.cli.common import Options, Parser, Verb, print_table, progress


def _arguments(parser: Parser) -> None:
    parser.add_argument("source", type=str, help="folder of a data set; or a model, by name or folder")
    parser.add_argument("out", type=str, help="new folder for the files; or the file for the model's graph")
    parser.add_argument("--layout", type=str, default="", help="of a data set: model_i, test_i or fits")
    parser.add_argument("--format", type=str, default="", help="of a model: onnx, torch or huggingface")


def _run(options: Options) -> int:
    if bool(options.layout) == bool(options.format):
        from lensym.errors import UsageError

        got = "both" if options.layout else "neither"
        raise UsageError("either --layout, for a data set, or --format, for a model", got, "give one of them")
    return _data_set(options) if options.layout else _model(options)


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
    shape = " x ".join(map(str, ("N", *predictor.image_shape)))
    print(f"{options.out}: images ({shape}, float32) to {', '.join(OUTPUTS)}")
    print(f"run again, it differs from lensym by {difference:.1e} at most")
    return 0


VERB = Verb("export", "Write a data set or a model in a form that others read.", _arguments, _run)
