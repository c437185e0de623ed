"""``lensym import``."""  # noqa: N999  a verb's module has the verb's name, and is imported by it

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from lensym.cli.common import Options, Parser, Steps, Verb, figure_path, print_table, write_figure

if TYPE_CHECKING:
    from lensym.data.importing.run import Imported


def _arguments(parser: Parser) -> None:
    parser.add_argument("source", type=str, help="a folder, a .zip, .tar or .tgz archive, or a file of many images")
    parser.add_argument("out", type=str, help="folder of the data set; one begun earlier is finished")
    parser.add_argument("--layout", type=str, default="", help="name of the layout, where it is not recognised")
    parser.add_argument("--pixel-scale", type=float, default=None, help="arcsec per pixel, where nothing says it")
    parser.add_argument("--classes", type=str, default="", help="classes of the labels 0, 1, 2: no_sub,cdm,axion")
    parser.add_argument("--split", type=str, default="", help="fractions, train=.8,val=.1,test=.1")
    parser.add_argument("--shard-images", type=int, default=500, help="images in one file")
    parser.add_argument("--preview", type=str, default="", help="PNG file for a contact sheet of the data set")


def _run(options: Options) -> int:
    from lensym.cli.simulate import parse_split
    from lensym.data.importing.options import ImportOptions
    from lensym.data.importing.run import import_to_folder

    preview = figure_path(options.preview)
    asked = ImportOptions(
        layout=options.layout or None,
        split=parse_split(options.split) if options.split else None,
        pixel_scale=options.pixel_scale,
        classes=tuple(filter(None, options.classes.split(","))),
        seed=options.seed,
        shard_images=options.shard_images,
    )
    with Steps() as steps:
        imported = import_to_folder(options.source, options.out, asked, steps.begin, steps.count)
    print(f"layout: {imported.layout}")
    _tables(imported)
    for remark in _remarks(imported):
        print(f"note: {remark}", file=sys.stderr)
    if preview:
        from lensym.simulation.preview import preview_data_set

        write_figure(preview, preview_data_set(options.out))
    m = imported.manifest
    shape = f"{m.channels} x {m.image_size} x {m.image_size}"
    print(f"{options.out}: {shape} {m.dtype}, {m.pixel_scale:g} arcsec/px")
    return 0


def _tables(imported: Imported) -> None:
    """What was taken, class by class and split by split, and what was refused and why."""
    from lensym.data.importing.report import class_counts, grouped_reasons

    m = imported.manifest
    rows = [
        [name, *map(str, counts), *(str(m.splits[split].get(name, 0)) for split in m.splits)]
        for name, *counts in class_counts(imported.taken, imported.refused, m.classes)
    ]
    print_table(["class", "found", "taken", "refused", *m.splits], rows)
    reasons = [[str(count), reason, example] for reason, count, example in grouped_reasons(imported.refused)]
    if reasons:
        print_table(["refused", "needed", "for instance"], reasons)


def _remarks(imported: Imported) -> list[str]:
    from lensym.data.importing.report import duplicates_in_words

    missing = [split for split in ("train", "val") if split not in imported.manifest.splits]
    wanted = [f"no {' and no '.join(missing)}, which training needs: import with --split"] if missing else []
    return [*imported.remarks, *duplicates_in_words(imported.taken), *wanted]


VERB = Verb("import", "Import a data set from elsewhere, in the layout it has.", _arguments, _run)
