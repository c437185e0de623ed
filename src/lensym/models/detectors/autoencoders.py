"""Plain autoencoders: convolutional, variational, adversarial. None of them has a symmetry."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from lensym.models.detectors.autoencoder import Autoencoder, squared_error
from lensym.models.width import scaled

CODE = 32
"""Numbers that an image is pressed into."""
KL_WEIGHT = 1e-3
"""Of the divergence beside a mean over pixels."""
ADVERSARIAL_WEIGHT = 1e-2


class ConvAutoencoder(Autoencoder):
    """Three strided convolutions to a code, and back by as many transposed ones."""

    outputs = CODE

    def __init__(self, image_size: int, channels: int, width: float = 1.0) -> None:
        super().__init__(image_size, channels, CODE)
        first, second, third = scaled((16, 32, 64), width)
        small = self.side // 8
        self.encoder = nn.Sequential(
            *_down(channels, first), *_down(first, second), *_down(second, third), nn.Flatten()
        )
        self.to_code = nn.Linear(third * small**2, self.outputs)
        self.decoder = nn.Sequential(
            nn.Linear(CODE, third * small**2),
            nn.ReLU(),
            nn.Unflatten(1, (third, small, small)),
            *_up(third, second),
            *_up(second, first),
            nn.ConvTranspose2d(first, channels, 4, 2, 1),
        )

    def codes(self, view: Float[Tensor, "n c s s"]) -> Float[Tensor, "n f"]:
        """The code."""
        code: Tensor = self.to_code(self.encoder(view))[:, :CODE]
        return code

    def reconstruction(self, view: Float[Tensor, "n c s s"]) -> Float[Tensor, "n c s s"]:
        """The view decoded from its code."""
        return self.decoded(self.codes(view))

    def decoded(self, codes: Float[Tensor, "n f"]) -> Float[Tensor, "n c s s"]:
        """The view that a code stands for."""
        back: Tensor = self.decoder(codes)
        return back


class VariationalAutoencoder(ConvAutoencoder):
    """The code is drawn about a mean with a variance, which is kept near a standard normal distribution."""

    outputs = 2 * CODE

    def losses(self, view: Float[Tensor, "n c s s"]) -> Float[Tensor, "n 1"]:
        """Mean squared error of a draw, and the divergence."""
        mean, log_variance = self.to_code(self.encoder(view)).split(CODE, dim=1)
        log_variance = log_variance.clamp(-10, 10)
        drawn = mean + torch.randn_like(mean) * (log_variance / 2).exp()
        divergence = (mean.square() + log_variance.exp() - 1 - log_variance).sum(1, keepdim=True) / 2
        loss: Tensor = squared_error(view, self.decoder(drawn)) + KL_WEIGHT * divergence
        return loss


class AdversarialAutoencoder(ConvAutoencoder):
    """A judge learns to tell codes from draws of a normal distribution; the encoder learns to deceive it.

    Both learn in one step: the judge's gradient is reversed on its way into the encoder (Ganin & Lempitsky 2015,
    arXiv:1409.7495).
    """

    def __init__(self, image_size: int, channels: int, width: float = 1.0) -> None:
        super().__init__(image_size, channels, width)
        self.judge = nn.Sequential(nn.Linear(CODE, 64), nn.LeakyReLU(0.2), nn.Linear(64, 1))

    def losses(self, view: Float[Tensor, "n c s s"]) -> Float[Tensor, "n 1"]:
        """Mean squared error, and how well the judge tells the codes."""
        code = self.codes(view)
        real, false = self.judge(torch.randn_like(code)), self.judge(_reversed(code))
        told = F.softplus(-real) + F.softplus(false)
        return squared_error(view, self.decoder(code)) + ADVERSARIAL_WEIGHT * told


def _reversed(x: Tensor) -> Tensor:
    y: Tensor = _Reversed.apply(x)  # type: ignore[no-untyped-call]
    return y


class _Reversed(torch.autograd.Function):
    """The identity, with the gradient's sign changed."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        return -grads[0]


def _down(inputs: int, outputs: int) -> list[nn.Module]:
    return [nn.Conv2d(inputs, outputs, 4, 2, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]


def _up(inputs: int, outputs: int) -> list[nn.Module]:
    return [nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
