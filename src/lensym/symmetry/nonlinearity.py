"""Nonlinearities and the fields they are admissible for."""

from __future__ import annotations

from collections.abc import Callable

from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from lensym.errors import unknown_name
from lensym.symmetry.field import FieldType
from lensym.symmetry.module import FieldModule

FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {"relu": F.relu, "elu": F.elu, "gelu": F.gelu}
"""The pointwise functions, by name."""


class PointwiseNonlinearity(FieldModule):
    """A function of each value by itself, admissible where the group only permutes channels.

    Parameters
    ----------
    in_type
        Fields taken and given.
    function
        ``"relu"``, ``"elu"`` or ``"gelu"``.

    Examples
    --------
    >>> from lensym.symmetry import dihedral, regular_type
    >>> PointwiseNonlinearity(regular_type(dihedral(4), 8), "gelu")
    PointwiseNonlinearity(D4: 8 regular (64 channels), gelu)
    """

    def __init__(self, in_type: FieldType, function: str = "relu") -> None:
        super().__init__(in_type, in_type)
        self.require_permuted_channels()
        if function not in FUNCTIONS:
            raise unknown_name("pointwise nonlinearity", function, FUNCTIONS)
        self.function = function

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """The function of every value."""
        self.check_input(x)
        return FUNCTIONS[self.function](x)

    def extra_repr(self) -> str:
        """Fields and function."""
        return f"{super().extra_repr()}, {self.function}"
