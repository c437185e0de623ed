"""Surface brightness: Sersic profiles, images, procedural galaxies."""

from lensym.physics.light.galaxy import Spiral, draw_spiral, spiral_galaxy, spiral_image
from lensym.physics.light.pixels import interpolated_image
from lensym.physics.light.sersic import (
    R_SMOOTH,
    sersic,
    sersic_amplitude,
    sersic_b,
    sersic_quadratic_form,
    sersic_sum,
    sersic_total_flux,
)

__all__ = [
    "R_SMOOTH",
    "Spiral",
    "draw_spiral",
    "interpolated_image",
    "sersic",
    "sersic_amplitude",
    "sersic_b",
    "sersic_quadratic_form",
    "sersic_sum",
    "sersic_total_flux",
    "spiral_galaxy",
    "spiral_image",
]
