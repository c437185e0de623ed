"""The angular part of steerable kernels between irreducible representations, in closed form.

A kernel K(r, phi) from the irrep m to the irrep n is equivariant if K(g p) = psi_n(g) K(p) psi_m(g)^-1 (Weiler & Cesa
2019, arXiv:1911.08251, eq. 2). Each ring of radius r may be solved by itself. With the rotation matrix

    psi(a) = [[cos a, -sin a], [sin a, cos a]]

all solutions are combinations of ``psi(mu phi + gamma)`` with frequencies mu = n - m + t N, and, between irreps of two
channels, of ``psi(mu phi + gamma) diag(1, -1)`` with mu = n + m + t N, where t is any integer for C_N and D_N, and 0
for SO(2) and O(2). An irrep of one channel takes the first row or column alone. Without reflections gamma is 0 and
pi / 2; with them it is 0 where both parities agree and pi / 2 where they differ (the paper's tables of solutions, in
one formula).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from lensym.symmetry.irreducible import Irrep


@dataclass(frozen=True)
class AngularKernel:
    """One solution: ``psi(frequency phi + phase)[:outputs, :inputs]``, of the last column reversed if ``mirrored``.

    Parameters
    ----------
    outputs, inputs
        Channels of the irreps: 1 or 2.
    frequency
        mu, of either sign.
    phase
        gamma in radians.
    mirrored
        Whether ``diag(1, -1)`` stands at the right.
    """

    outputs: int
    inputs: int
    frequency: int
    phase: float
    mirrored: bool = False

    def sample(self, phi: Float[np.ndarray, " p"]) -> Float[np.ndarray, "n m p"]:
        """The matrices at the angles ``phi`` in radians."""
        angle = self.frequency * phi + self.phase
        c, s = np.cos(angle), np.sin(angle)
        sign = -1.0 if self.mirrored else 1.0
        return np.array([[c, -sign * s], [s, sign * c]])[: self.outputs, : self.inputs]


def angular_kernels(inputs: Irrep, outputs: Irrep, cutoff: int) -> tuple[AngularKernel, ...]:
    """All solutions from one irrep to another, of frequencies up to ``cutoff``, linearly independent.

    >>> from lensym.symmetry import Irrep, so2
    >>> [k.frequency for k in angular_kernels(Irrep(so2(), 1, 0), Irrep(so2(), 3, 0), cutoff=4)]
    [2, 2, 4, 4]
    """
    n, m, period = outputs.frequency, inputs.frequency, outputs.group.frequency_period
    sizes = (outputs.size, inputs.size)
    found = [
        AngularKernel(*sizes, frequency, phase)
        for frequency in _frequencies(n - m, period, cutoff)
        for phase in _phases(inputs, outputs)
        if sizes != (1, 1) or _is_new(frequency, phase)
    ]
    if sizes == (2, 2):
        mirrored = _frequencies(n + m, period, cutoff)
        found += [AngularKernel(2, 2, mu, phase, True) for mu in mirrored for phase in _phases(inputs, outputs)]
    return tuple(found)


def _frequencies(base: int, period: int, cutoff: int) -> list[int]:
    """All base + t period up to the cutoff, lowest absolute value first."""
    if not period:
        return [base] if abs(base) <= cutoff else []
    lowest = -cutoff + (base + cutoff) % period
    return sorted(range(lowest, cutoff + 1, period), key=lambda mu: (abs(mu), -mu))


def _phases(inputs: Irrep, outputs: Irrep) -> tuple[float, ...]:
    if not outputs.group.reflections:
        return (0.0, math.pi / 2)
    # the parity of an irrep of two channels is a matter of its basis
    odd = sum(irrep.parity for irrep in (inputs, outputs) if irrep.size == 1) % 2
    return (math.pi / 2,) if odd else (0.0,)


def _is_new(frequency: int, phase: float) -> bool:
    """Whether a cosine or sine is neither zero nor, up to its sign, that of the opposite frequency."""
    return frequency > 0 or (frequency == 0 and phase == 0)
