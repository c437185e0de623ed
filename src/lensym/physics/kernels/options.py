"""How numba compiles the kernels."""

from __future__ import annotations

from lensym.physics.fastmath import FAST

OPTIONS = {"cache": True, "nogil": True, "error_model": "numpy", "fastmath": FAST}
