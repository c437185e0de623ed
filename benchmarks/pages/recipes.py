"""Tables of the page on recipes."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from lensym.evaluation.wording import count, share, share_range
from lensym.physics.instruments import INSTRUMENTS
from lensym.simulation.recipe import Recipe, available_recipes, load_recipe
from pages.markdown import Measured, Tables, table


def recipes(measured: Measured) -> str:
    """Every recipe, in the variants that have substructure."""
    rows = []
    for name in available_recipes():
        for variant in ("published", "physical"):
            recipe = load_recipe(name, variant)
            size = f"{recipe.image_size} px of {recipe.pixel_scale:g}″"
            bands = "" if recipe.channels == 1 else f", {recipe.channels} bands"
            instrument = f"`{recipe.observation.instrument}`" if recipe.observation.instrument else "of its own"
            rows.append([f"[`{name}`](#{name})", variant, size + bands, instrument, _substructure(recipe)])
    return table(["recipe", "variant", "image", "instrument", "substructure of `cdm`; of `axion`"], rows)


def _substructure(recipe: Recipe) -> str:
    return "; ".join(f"`{recipe.populations[name].kind}`" for name in ("cdm", "axion"))


def instruments(measured: Measured) -> str:
    """Every named instrument."""
    rows = [
        [
            f"`{name}`",
            f"{found.pixel_scale:g}",
            f"{found.psf.fwhm:g}",
            f"{found.zero_point:g}",
            f"{found.sky_brightness:g}",
            f"{found.read_noise:g}",
            f"{found.exposures} x {found.exposure_time:g}",
        ]
        for name, found in INSTRUMENTS.items()
    ]
    columns = ["instrument", "its pixels (″)", "PSF's FWHM (″)", "zero point", "sky (mag/arcsec²)", "read noise (e⁻)"]
    return table([*columns, "exposures (s)"], rows)


def quirks(measured: Measured, name: str) -> str:
    """What a published generator does and should not, and what that changes."""
    found = measured["quirks"]["recipes"][name]
    as_published = f"{share(found['macro_auc'])} ({share_range(found['macro_auc_ci'])})"
    text = f"Baseline as published: macro AUC {as_published}, {count(found['count'])} images a class.\n\n"
    return text + table(
        ["quirk", "what it changes", "as published", "without", "baseline without", "left out by `--set`"],
        [_quirk(row) for row in found["quirks"]],
    )


def _quirk(row: dict[str, Any]) -> list[str]:
    if "what" not in row:
        return [row["quirk"], "no value leaves it out", "", "", "", ""]
    changes = "<br>".join(f"`{change}`" for change in row["set"])
    return [
        row["quirk"],
        row["what"],
        *map(_short, (row["published"], row["without"])),
        share(row["macro_auc"]),
        changes,
    ]


def _short(value: float) -> str:
    """Three digits; what is zero but for rounding is zero."""
    if abs(value) < 1e-9:
        return "0"
    exponent = math.floor(math.log10(value))
    return f"{value / 10**exponent:.1f}e{exponent}" if exponent > 4 else f"{value:.3g}"


TABLES: Tables = {"recipes": recipes, "instruments": instruments}
TABLES |= {f"quirks_{name}": partial(quirks, name=name) for name in available_recipes()}
