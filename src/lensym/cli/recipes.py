"""``lensym recipes``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lensym.cli.common import Options, Parser, Verb, figure_path, print_json, print_table, write_figure
from lensym.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from lensym.simulation.recipe import Recipe


def _arguments(parser: Parser) -> None:
    parser.add_argument("recipe", type=str, nargs="?", default="", help="show this one whole, as YAML")
    parser.add_argument("--variant", type=str, default="published", help="published, physical or stress: of it")
    parser.add_argument("--set", type=str, nargs="+", default=[], help="values in place of its own: key.path=value")
    parser.add_argument("--preview", type=str, default="", help="PNG file for a contact sheet of it")
    parser.add_argument("--json", action="store_true", help="as JSON, every constant included")


def _run(options: Options) -> int:
    from lensym.simulation.parts import VARIANTS
    from lensym.simulation.recipe import available_recipes, load_recipe

    preview = figure_path(options.preview)
    if options.recipe:
        recipe = load_recipe(options.recipe, options.variant, options.set)
        if preview:
            _preview(recipe, options.seed, preview)
        else:
            _show(recipe, options.json)
        return 0
    if preview or options.set:
        raise UsageError("a recipe's name with --preview and --set", "none", "give it, see lensym recipes")
    recipes = [load_recipe(name, variant) for name in available_recipes() for variant in VARIANTS]
    if options.json:
        print_json([recipe.to_dict() for recipe in recipes])
        return 0
    print_table(
        ["name", "variant", "classes", "pixels", "bands", "arcsec/px", "instrument", "drawn"],
        [_row(recipe) for recipe in recipes],
    )
    print("lensym recipes NAME --variant V shows what is drawn from which distribution")
    return 0


def _preview(recipe: Recipe, seed: int, path: Path) -> None:
    from lensym.simulation.preview import preview_recipe

    write_figure(path, preview_recipe(recipe, seed))


def _show(recipe: Recipe, as_json: bool) -> None:
    import yaml

    if as_json:
        print_json(recipe.to_dict())
    else:
        print(yaml.safe_dump(recipe.to_dict(), sort_keys=False, default_flow_style=None, width=110), end="")


def _row(recipe: Recipe) -> list[str]:
    instrument = recipe.observation.instrument or "of its own"
    return [
        recipe.name,
        recipe.variant,
        ", ".join(recipe.classes),
        str(recipe.image_size),
        str(recipe.channels),
        f"{recipe.pixel_scale:g}",
        instrument,
        f"{_distributions(recipe.to_dict())} values",
    ]


def _distributions(plain: Any) -> int:
    """How many values of a recipe are drawn."""
    from lensym.simulation.distributions import KINDS

    if isinstance(plain, dict):
        if len(plain) == 1 and next(iter(plain)) in KINDS:
            return 1
        return sum(map(_distributions, plain.values()))
    return sum(map(_distributions, plain)) if isinstance(plain, list) else 0


VERB = Verb(
    "recipes", "List the simulation recipes, or show one: what is drawn from which distribution.", _arguments, _run
)
