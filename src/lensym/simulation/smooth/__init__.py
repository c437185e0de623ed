"""Smooth lenses fitted to images: what they leave shows what is not smooth.

The model is a Sersic source behind an elliptical power law in an external shear, with a Sersic lens light where the
recipe has one. Known are the telescope (pixels, PSF, noise) and, where all images of the recipe have the same, slope
and place of the lens; the brightness of the source, where noise that grows with it tells the exposure. All other
numbers are free.

A fit is made in one orientation, which is chosen by the image alone: turned or mirrored on the pixel grid, an image
leaves the same residual, turned or mirrored, to the last bit.
"""

from lensym.simulation.smooth.channels import CHANNELS, SOFT, fitted, image_and_residual
from lensym.simulation.smooth.model import SmoothFit, SmoothModel
from lensym.simulation.smooth.scene import FARTHEST_PLACE, SmoothScene

__all__ = [
    "CHANNELS",
    "FARTHEST_PLACE",
    "SOFT",
    "SmoothFit",
    "SmoothModel",
    "SmoothScene",
    "fitted",
    "image_and_residual",
]
