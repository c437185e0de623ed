"""Fused CPU kernels: the fast way of a lens image, each beside its plain twin in the other modules of ``physics``.

A kernel works along one row of pixels, so that its loop over pixels is the inner one and vectorises. Deflectors take
their deflection away from the source-plane positions ``beta_x``, ``beta_y`` (W,) of the row; sources add their light.
``no_type_check`` keeps checkers of annotations away from what numba compiles. Everything is float64.
"""

from lensym.physics.kernels.blur import blur, convolve_image
from lensym.physics.kernels.halos import halo_table
from lensym.physics.kernels.image import lensed_image_kernel
from lensym.physics.kernels.power_law import power_law_plane
from lensym.physics.kernels.scene import deflect, shine
from lensym.physics.kernels.slopes import sersic_slopes

__all__ = [
    "blur",
    "convolve_image",
    "deflect",
    "halo_table",
    "lensed_image_kernel",
    "power_law_plane",
    "sersic_slopes",
    "shine",
]
