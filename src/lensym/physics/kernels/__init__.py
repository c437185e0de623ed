"""Fused CPU kernels: the fast way of a lens image, each beside its plain twin in the other modules of ``physics``.

A kernel works along one row of pixels, so that its loop over pixels is the inner one and vectorises. Deflectors take
their deflection away from the source-plane positions ``beta_x``, ``beta_y`` (W,) of the row; sources add their light.
``error_model="numpy"`` drops the test for division by zero, which alone would keep a loop scalar; ``no_type_check``
keeps checkers of annotations away from what numba compiles. Everything is float64.
"""

from lensym.physics.kernels.image import lensed_image_kernel

__all__ = ["lensed_image_kernel"]
