"""What every equivariant layer has: the field type it takes, the one it gives, and a chain that checks both."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from lensym.errors import SymmetryError
from lensym.symmetry.field import FieldType
from lensym.symmetry.stamp import Stamped


class ExactBuffers(nn.Module):
    """A module with constants that are known in float64 and are as exact in whatever precision it computes in.

    A plain buffer that was once rounded to float32 stays so in ``module.double()``.
    """

    def __init__(self) -> None:
        super().__init__()
        self._exact: dict[str, Tensor] = {}

    def register_exact(self, name: str, values: np.ndarray) -> None:
        """Add the buffer ``name``, which is not part of the state on disk."""
        # copies, here and below: the constants are shared by all layers of the same kind
        self._exact[name] = torch.from_numpy(np.array(values, dtype=np.float64, order="C"))
        self.register_buffer(name, self._exact[name].to(torch.get_default_dtype()), persistent=False)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> ExactBuffers:
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        for name, values in self._exact.items():
            rounded = getattr(self, name)
            # a tensor without values (the meta device) has none to restore
            setattr(self, name, rounded if rounded.is_meta else values.to(rounded.device, rounded.dtype, copy=True))
        return self


class FieldModule(ExactBuffers, Stamped):
    """A module from fields ``in_type`` to fields ``out_type`` of one group.

    A layer of one's own is a subclass whose ``forward`` commutes with the group; ``fold`` keeps it as it is.

    If the input is moved by an element of the group as ``in_type`` says, the output moves as ``out_type`` says.

    ``state_dict`` says the fields beside the tensors, and loading that of other fields raises
    SymmetryError: layers of different groups can have tensors of the same shapes.
    """

    may_restrict: ClassVar[bool] = False
    """Whether the output may be fields of a subgroup."""

    def __init__(self, in_type: FieldType, out_type: FieldType) -> None:
        super().__init__()
        if in_type.group != out_type.group and not (self.may_restrict and in_type.group.contains(out_type.group)):
            raise SymmetryError(
                f"{type(self).__name__} of one group on both sides",
                f"in '{in_type}' and out '{out_type}'",
                "use the same group for both, with a RestrictionModule before it",
            )
        self.in_type = in_type
        self.out_type = out_type

    def check_input(self, x: Float[Tensor, "n c h w"]) -> None:
        """Refuse feature maps that cannot be of the input's type."""
        if x.ndim != 4 or x.shape[1] != self.in_type.size:
            raise SymmetryError(
                f"{type(self).__name__} takes (N, {self.in_type.size}, H, W) of type '{self.in_type}'",
                f"shape {tuple(x.shape)}",
                "give features of that type",
            )

    def made_for(self) -> str:
        """The field types."""
        return f"'{self.in_type}' -> '{self.out_type}'"

    def fingerprint(self) -> bytes:
        """The field types to the last matrix."""
        return self.in_type.fingerprint + self.out_type.fingerprint

    def require_permuted_channels(self) -> None:
        """Refuse input fields whose channels the group does more to than permute them."""
        if not self.in_type.permutes_channels:
            raise SymmetryError(
                f"{type(self).__name__} of fields whose channels the group permutes",
                f"'{self.in_type}'",
                "use trivial, quotient or regular fields, or a layer for others, such as NormNonlinearity or NormPool",
            )

    def require_orthogonal(self) -> None:
        """Refuse input fields whose length the group does not leave as it is."""
        for run in self.in_type.runs:
            if not run.representation.is_orthogonal:
                raise SymmetryError(
                    f"{type(self).__name__} of fields with orthogonal representations",
                    f"{run.representation.name} in '{self.in_type}'",
                    "change the basis to an orthonormal one",
                )

    def extra_repr(self) -> str:
        """The field types."""
        return str(self.in_type) if self.in_type == self.out_type else f"{self.in_type} -> {self.out_type}"


class FieldLayer(FieldModule):
    """A field module whose parts are its own affair: it is shown in one line."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.extra_repr()})"


class FieldSequential(FieldModule):
    """Modules one after the other, each taking the fields that the one before gives.

    >>> from lensym.symmetry import FieldSequential, PointwiseNonlinearity, cyclic, regular_type
    >>> four, eight = (PointwiseNonlinearity(regular_type(cyclic(4), count)) for count in (4, 8))
    >>> FieldSequential(four, four).out_type
    C4: 4 regular (16 channels)
    >>> FieldSequential(four, eight)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    lensym.errors.SymmetryError: PointwiseNonlinearity (number 0) gives 'C4: 4 regular (16 channels)' ...
    """

    may_restrict = True
    stamped = False
    """Its parts are."""

    def __init__(self, *modules: FieldModule) -> None:
        if not modules:
            raise SymmetryError("at least one module", "none", "give the modules in the order of computing")
        for number, (first, second) in enumerate(pairwise(modules)):
            if first.out_type != second.in_type:
                raise SymmetryError(
                    f"{type(first).__name__} (number {number}) gives '{first.out_type}' to the next",
                    f"{type(second).__name__} taking '{second.in_type}'",
                    "make the two the same",
                )
        super().__init__(modules[0].in_type, modules[-1].out_type)
        self.layers = nn.ModuleList(modules)

    def forward(self, x: Float[Tensor, "n c h w"]) -> Tensor:
        """The last module's output."""
        for layer in self.layers:
            x = layer(x)
        return x
