"""A one-class support vector machine on the codes of the averaged autoencoder, by scikit-learn."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from jaxtyping import Float
from torch import Tensor

from lensym.models.detectors.averaged import AveragedAutoencoder

VECTORS = 512
"""Codes that it is fitted on, most of which support little."""
NU = 0.1
"""Bound on the share of training images that lie outside."""


class OneClassSVM(AveragedAutoencoder):
    """Scores: how far outside the support of the training codes, and the distance of the pixels' values.

    The autoencoder learns as usual; :meth:`fit` then finds the support. What is stored is one weight a code.
    """

    codes_of: Tensor
    weights: Tensor
    unit: Tensor
    offset: Tensor

    def __init__(self, image_size: int, channels: int, width: float = 1.0) -> None:
        super().__init__(image_size, channels, width)
        self.register_buffer("codes_of", torch.zeros(VECTORS, self.feature_count))
        self.register_buffer("weights", torch.zeros(VECTORS))
        self.register_buffer("unit", torch.ones(2, self.feature_count))
        self.register_buffer("offset", torch.zeros(()))

    def fit(self, codes: Float[Tensor, "n f"]) -> None:
        """Find the support of codes, of at most `VECTORS` of them."""
        from sklearn.svm import OneClassSVM as Machine

        some = codes[torch.linspace(0, len(codes) - 1, min(len(codes), VECTORS)).long()]
        self.unit.copy_(torch.stack([some.mean(0), some.std(0).clamp(min=1e-12)]))
        points = self._standard(some)
        machine = Machine(kernel="rbf", gamma=1 / self.feature_count, nu=NU).fit(points.double().cpu().numpy())
        self.codes_of.zero_()
        self.weights.zero_()
        self.codes_of[: len(points)] = points
        support = torch.from_numpy(machine.support_).long()
        self.weights[support] = torch.from_numpy(machine.dual_coef_[0]).to(self.weights)
        self.offset.copy_(torch.tensor(float(machine.offset_[0])))

    @torch.inference_mode()
    def calibrate(self, batches: Iterable[Float[Tensor, "n c h w"]]) -> None:
        """Find the support of the codes of images."""
        self.fit(torch.cat([self.features(images.to(self.offset.device)) for images in batches]))

    def forget(self) -> None:
        """Give the autoencoder's scores again."""
        self.weights.zero_()

    def scores(self, view: Float[Tensor, "n c s s"]) -> Float[Tensor, "n k"]:
        """The offset less the kernels' sum, above 0 outside the support; and the distance of the values.

        Before :meth:`fit` those of the autoencoder.
        """
        if not self.weights.is_meta and not self.weights.any():  # a count of the cost computes no numbers
            return super().scores(view)
        distances = torch.cdist(self._standard(self.codes(view)), self.codes_of.to(view.dtype)).square()
        inside = torch.exp(-distances / self.feature_count) @ self.weights.to(view.dtype)
        return torch.stack([self.offset.to(view.dtype) - inside, super().scores(view)[:, 1]], dim=1)

    def _standard(self, codes: Float[Tensor, "n f"]) -> Float[Tensor, "n f"]:
        mean, spread = self.unit.to(codes.dtype)
        standard: Tensor = (codes - mean) / spread
        return standard
