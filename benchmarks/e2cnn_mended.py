"""e2cnn made to run with today's numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
from e2cnn.kernels import irreps_basis, utils


class OlderNumpy:
    """numpy where ``array(x, copy=False)`` copies if it must, as before numpy 2."""

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    def array(self, value: Any, copy: bool = True, **options: Any) -> np.ndarray:
        """As ``numpy.array``."""
        return np.array(value, copy=copy or None, **options)


def mend_e2cnn() -> None:
    """e2cnn's dihedral groups call an array method that numpy 2.3 dropped, and another's former meaning."""
    utils.np = OlderNumpy()
    for kernel in (irreps_basis.R2FlipsSolution, irreps_basis.R2FlipsDiscreteRotationsSolution):
        kernel.__hash__ = lambda self: hash((self.in_irrep, self.out_irrep))
