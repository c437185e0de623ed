"""``lensym simulate``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lensym.cli.common import Options, Parser, Verb, figure_path, print_table, progress, write_figure
from lensym.errors import UsageError

if TYPE_CHECKING:
    from lensym.simulation.pool import Executor


def _arguments(parser: Parser) -> None:
    parser.add_argument("recipe", type=str, help="name of a recipe (see lensym recipes) or a YAML file")
    parser.add_argument("out", type=str, help="folder of the data set; one begun earlier is finished")
    parser.add_argument("--count", type=int, default=1000, help="images a class")
    parser.add_argument(
        "--split", type=str, default="train=.8,val=.1,test=.1", help="fractions, train=.8,val=.1,test=.1"
    )
    parser.add_argument("--variant", type=str, default="published", help="published, physical or stress")
    parser.add_argument(
        "--set", type=str, nargs="+", default=[], help="values in place of the recipe's: key.path=value"
    )
    parser.add_argument("--classes", type=str, nargs="+", default=[], help="some of the recipe's classes")
    parser.add_argument("--workers", type=int, default=0, help="processes (jobs of a cluster); 0: one a core")
    parser.add_argument("--scheduler", type=str, default="", help="address of a Dask scheduler whose workers do it")
    parser.add_argument("--cluster", type=str, default="", help="start a Dask cluster for it: local or slurm")
    parser.add_argument("--shard-images", type=int, default=500, help="images in one file")
    parser.add_argument("--preview", type=str, default="", help="PNG file for a contact sheet of the data set")


def parse_split(text: str) -> dict[str, float]:
    """Read ``train=.8,val=.2``.

    >>> parse_split("train=.75,test=.25")
    {'train': 0.75, 'test': 0.25}
    """
    try:
        pairs = (part.split("=") for part in text.split(","))
        return {name.strip(): float(fraction) for name, fraction in pairs}
    except ValueError:
        raise UsageError("--split like train=.8,val=.1,test=.1", f"'{text}'", "mend the option") from None


def _executor(options: Options) -> Executor | None:
    """Where the shards are made; None for processes of this machine."""
    from lensym.simulation.cluster import on_cluster, on_scheduler

    if options.scheduler and (options.cluster or options.workers):
        other = "--cluster" if options.cluster else "--workers"
        raise UsageError("--scheduler alone: it has workers of its own", f"{other} beside it", "leave one out")
    if options.scheduler:
        return on_scheduler(options.scheduler)
    return on_cluster(options.cluster, options.workers or None) if options.cluster else None


def _run(options: Options) -> int:
    from lensym.simulation.origin import named, origin
    from lensym.simulation.recipe import load_recipe
    from lensym.simulation.run import simulate_to_folder

    recipe = load_recipe(options.recipe, options.variant, options.set)
    executor, preview = _executor(options), figure_path(options.preview)
    with progress("simulate") as report:
        manifest = simulate_to_folder(
            recipe,
            options.out,
            options.count,
            parse_split(options.split),
            options.seed,
            options.workers or None,
            report,
            options.classes or None,
            options.shard_images,
            executor,
        )
    if preview:
        from lensym.simulation.preview import preview_data_set

        write_figure(preview, preview_data_set(options.out))
    rows = [[split, *(str(counts[c]) for c in manifest.classes)] for split, counts in manifest.splits.items()]
    print_table(["images", *manifest.classes], rows)
    pixels = f"{manifest.image_size} px of {manifest.pixel_scale:g} arcsec"
    print(f"{options.out}: {named(origin(manifest))}, {pixels}, seed {manifest.seed}")
    return 0


VERB = Verb("simulate", "Simulate lensed images of a recipe into a data set.", _arguments, _run)
