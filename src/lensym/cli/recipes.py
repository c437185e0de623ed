"""``lensym recipes``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lensym.cli.common import Options, Parser, Verb, print_json, print_table

if TYPE_CHECKING:
    from lensym.simulation.recipe import Recipe


def _arguments(parser: Parser) -> None:
    parser.add_argument("recipe", type=str, nargs="?", default="", help="show this one whole, as YAML")
    parser.add_argument("--variant", type=str, default="published", help="published or physical, of the one shown")
    parser.add_argument("--json", action="store_true", help="as JSON, every constant included")


def _run(options: Options) -> int:
    from lensym.simulation.recipe import VARIANTS, available_recipes, load_recipe

    if options.recipe:
        _show(load_recipe(options.recipe, options.variant), options.json)
        return 0
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
