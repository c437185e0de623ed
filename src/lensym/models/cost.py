"""What a network costs: parameters and floating-point operations."""

from __future__ import annotations

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from lensym.models.classifier import Classifier


def parameters(module: nn.Module) -> int:
    """Number of trainable numbers."""
    return sum(p.numel() for p in module.parameters() if p.requires_grad)


def gflop(model: Classifier) -> float:
    """GFLOP for one image: 2 per multiply-add, all passes of an average over a group and any resampling included."""
    training = model.training
    weight = next(model.parameters())
    image = weight.new_zeros(1, model.channels, model.image_size, model.image_size)
    counter = FlopCounterMode(display=False)
    with torch.inference_mode(), counter:
        model.eval()(image)
    model.train(training)
    return float(counter.get_total_flops() + model.resampling_flop) / 1e9
