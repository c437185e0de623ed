"""The page's second tab: one simulated image for what the sliders say."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from lensym.simulation.images import simulate_block
from lensym.simulation.recipe import load_recipe

RECIPE = "model_1"
CLASSES = ("no_sub", "cdm", "axion")


def simulated(
    kind: str, log_mass: float, shear: float, size: float, x: float, y: float, amount: float, seed: int
) -> Float64[np.ndarray, "c n n"]:
    """An image of recipe model_1 with these values in place of its own.

    Parameters
    ----------
    kind
        Class of the substructure.
    log_mass
        Of the halo, log10 of solar masses.
    shear
        External, along the columns.
    size, x, y
        Half-light radius and place of the source, in arcsec.
    amount
        Substructure, as a multiple of the recipe's: the number of subhalos, or the vortex's mass.
    seed
        Of everything that is random.
    """
    values = [
        f"lens.mass={10**log_mass!r}",
        f"lens.shear.gamma1={shear!r}",
        f"source.R_sersic={size!r}",
        f"source.center.x={x!r}",
        f"source.center.y={y!r}",
        f"classes.cdm.count={max(1, round(25 * amount))}",
        f"classes.axion.total_mass={3e10 * amount!r}",
    ]
    recipe = load_recipe(RECIPE, "published", values)
    block = simulate_block(recipe, kind, "test", 0, 1, int(seed))
    return np.asarray(block.images[0], np.float64)
