"""What a network costs: parameters and floating-point operations."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.func import functional_call
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry

from lensym.models.classifier import Classifier


def parameters(module: nn.Module) -> int:
    """Number of trainable numbers."""
    return sum(p.numel() for p in module.parameters() if p.requires_grad)


def gflop(model: Classifier) -> float:
    """GFLOP for one image: 2 per multiply-add, all passes of an average over a group and any resampling included.

    Counted are matrix products and convolutions, those of attention and of messages between points too, and what the
    network itself states of its resampling; not counted are single additions and pointwise functions, nor what does
    not depend on the image, such as making the filters of an equivariant convolution, since that is done once for all.
    """
    training = model.training
    operations = _operations(model.eval())
    model.train(training)
    return (operations + model.resampling_flop) / 1e9


def _operations(model: Classifier) -> int:
    """Count a pass of one image, without computing a number where all shapes are known without."""
    state: dict[str, Tensor] = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    shape = (1, model.channels, model.image_size, model.image_size)
    weight = next(model.parameters())
    if model.shapes_depend_on_values:
        image = _spot(model.image_size).to(weight).expand(shape)
    else:
        state = {name: tensor.to("meta") for name, tensor in state.items()}
        image = torch.empty(shape, dtype=weight.dtype, device="meta")
    # not in inference mode, where products would hide in operations that are made of several
    with torch.no_grad(), _Counter(image) as counter:
        functional_call(model, state, (image,))
    return int(counter.operations)


class _Counter(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts the operations of what an image leads to."""

    def __init__(self, image: Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.operations = 0
        # the tensors themselves, lest the identity of one that is gone pass to another
        self._of_image = {id(image): image}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        result = func(*args, **kwargs)
        if any(id(value) in self._of_image for value in _tensors((args, kwargs))):
            self._of_image.update({id(value): value for value in _tensors(result)})
            count = flop_registry.get(func._overloadpacket)
            self.operations += count(*args, **kwargs, out_val=result) if count else 0
        return result


def _tensors(tree: Any) -> list[Tensor]:
    return [leaf for leaf in tree_leaves(tree) if isinstance(leaf, Tensor)]


def _spot(size: int) -> Float[Tensor, "s s"]:
    """A round source, whose brightest points lie side by side and so have the most neighbours, on little noise."""
    axis = torch.arange(size, dtype=torch.float64) - (size - 1) / 2
    noise = torch.randn(size, size, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return torch.exp(-((axis[:, None] ** 2 + axis**2) / (size / 5) ** 2)) + 1e-3 * noise
