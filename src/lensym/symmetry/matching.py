"""Which channel of some feature maps answers as which channel of others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True)
class Match:
    """A partner for every channel, one to one.

    Parameters
    ----------
    partner
        For each channel the one that it is compared with.
    correlation
        Between the two, over all images and places; 0 where one of them is constant.
    own
        Of each channel with itself.
    channels
        Number of channels that are not constant.
    """

    partner: NDArray[np.int64]
    correlation: NDArray[np.float64]
    own: NDArray[np.float64]
    channels: int

    @property
    def mean(self) -> float:
        """Mean correlation of the channels that are not constant; without any it is not a number."""
        return self._mean(self.correlation)

    @property
    def own_mean(self) -> float:
        """The same of each channel with itself: what is left where no channel stands in for another."""
        return self._mean(self.own)

    def _mean(self, correlation: NDArray[np.float64]) -> float:
        return float(correlation.sum() / self.channels) if self.channels else float("nan")


def standardised(maps: Float[Tensor, "n c *p"]) -> Float[Tensor, "c n q"]:
    """Each channel of mean 0 and variance 1 over all images and places; zero where it is constant."""
    values = maps.flatten(2).transpose(0, 1)
    low, high = values.amin((1, 2), keepdim=True), values.amax((1, 2), keepdim=True)
    constant = high - low <= torch.finfo(torch.float32).eps * torch.maximum(high.abs(), low.abs())
    centred = values - values.mean((1, 2), keepdim=True)
    spread = centred.square().mean((1, 2), keepdim=True).sqrt()
    return centred * torch.where(constant, 0.0, 1 / spread)


def best_match(first: Float[Tensor, "c n q"], second: Float[Tensor, "c n q"]) -> Match:
    """For every channel of ``second`` the channel of ``first`` such that the mean correlation is largest.

    Both are standardised.

    Examples
    --------
    >>> x = torch.randn(3, 4, 5, 5, generator=torch.Generator().manual_seed(0))
    >>> match = best_match(standardised(x[:, [2, 0, 3, 1]]), standardised(2 * x + 1))
    >>> match.partner.tolist(), round(match.mean, 6)
    ([1, 3, 0, 2], 1.0)
    """
    from scipy.optimize import linear_sum_assignment  # late: it takes longer than all of symmetry

    a, b = first.flatten(1), second.flatten(1)
    correlation = (b @ a.T / a.shape[1]).double().cpu().numpy()
    rows, columns = linear_sum_assignment(correlation, maximize=True)
    alive = min(int((torch.linalg.vector_norm(channels, dim=1) > 0).sum()) for channels in (a, b))
    return Match(columns, correlation[rows, columns], correlation.diagonal(), alive)
