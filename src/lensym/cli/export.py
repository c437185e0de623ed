"""``lensym export``."""

from __future__ import annotations

from lensym.cli.common import Options, Parser, Verb, print_table, progress


def _arguments(parser: Parser) -> None:
    parser.add_argument("data", type=str, help="folder of a data set")
    parser.add_argument("out", type=str, help="new folder for the files")
    parser.add_argument("--layout", type=str, required=True, help="model_i, test_i or fits")


def _run(options: Options) -> int:
    from lensym.data.export import LAYOUTS, export_data_set

    with progress("export") as report:
        manifest = export_data_set(options.data, options.out, options.layout, report)
    rows = [[split, *(str(counts.get(c, 0)) for c in manifest.classes)] for split, counts in manifest.splits.items()]
    print_table(["images", *manifest.classes], rows)
    print(f"{options.out}: {LAYOUTS[options.layout].summary}, and the numbers of each in truth.csv")
    return 0


VERB = Verb("export", "Write a data set in a layout of others.", _arguments, _run)
