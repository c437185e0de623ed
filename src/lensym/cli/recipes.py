"""``lensym recipes``."""

from __future__ import annotations

from lensym.cli.common import Options, Parser, Verb, print_json, print_table


def _arguments(parser: Parser) -> None:
    parser.add_argument("--json", action="store_true", help="as JSON, every constant included")


def _run(options: Options) -> int:
    from lensym.simulation.recipe import available_recipes, load_recipe

    recipes = [load_recipe(name) for name in available_recipes()]
    if options.json:
        print_json([recipe.to_dict() for recipe in recipes])
        return 0
    print_table(
        ["name", "variant", "classes", "pixels", "arcsec/px", "title"],
        [[r.name, r.variant, ", ".join(r.classes), str(r.image_size), f"{r.pixel_scale:g}", r.title] for r in recipes],
    )
    return 0


VERB = Verb(
    "recipes", "List the simulation recipes; --json shows what is drawn from which distribution.", _arguments, _run
)
