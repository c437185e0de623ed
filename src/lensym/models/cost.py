"""What a network costs: parameters and floating-point operations."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.func import functional_call
from torch.utils.flop_counter import FlopCounterMode

from lensym.models.classifier import Classifier


def parameters(module: nn.Module) -> int:
    """Number of trainable numbers."""
    return sum(p.numel() for p in module.parameters() if p.requires_grad)


def gflop(model: Classifier) -> float:
    """GFLOP for one image: 2 per multiply-add, all passes of an average over a group and any resampling included.

    Counted are matrix products and convolutions, those of attention and of messages between points too, and what the
    network itself states of its resampling; not counted are single additions and pointwise functions.
    """
    training = model.training
    counter = FlopCounterMode(display=False)
    with torch.inference_mode(), counter:
        _one_image(model.eval())
    model.train(training)
    return float(counter.get_total_flops() + model.resampling_flop) / 1e9


def _one_image(model: Classifier) -> None:
    """Run the network on one image, without computing a number where all shapes are known without."""
    weight = next(model.parameters())
    shape = (1, model.channels, model.image_size, model.image_size)
    if model.shapes_depend_on_values:
        model(_spot(model.image_size).to(weight).expand(shape))
        return
    state: dict[str, Tensor] = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    shapes = {name: tensor.to("meta") for name, tensor in state.items()}
    functional_call(model, shapes, (torch.empty(shape, dtype=weight.dtype, device="meta"),))


def _spot(size: int) -> Float[Tensor, "s s"]:
    """A round source, whose brightest points lie side by side and so have the most neighbours, on little noise."""
    axis = torch.arange(size, dtype=torch.float64) - (size - 1) / 2
    noise = torch.randn(size, size, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return torch.exp(-((axis[:, None] ** 2 + axis**2) / (size / 5) ** 2)) + 1e-3 * noise
