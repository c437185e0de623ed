"""The check that a module is equivariant or invariant, element by element, for any torch module.

A module f is equivariant under a group if moving its input moves its output: f(g x) = g f(x), where the field types
of input and output say how each moves; it is invariant if its output does not move.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lensym.errors import SymmetryError, UsageError
from lensym.symmetry.field import FieldType, trivial_type
from lensym.symmetry.plane import PlaneGroup

TOLERANCES: dict[torch.dtype, float] = {torch.float32: 1e-5, torch.float64: 1e-12}
"""Largest error that rounding explains, by the dtype computed in."""

DEFAULT_SIZE = 16
"""Pixels a side of the random input for a module that does not state its ``image_size``."""


class EquivarianceError(SymmetryError, AssertionError):
    """A module that is not equivariant within the tolerance."""


def assert_equivariant(
    module: nn.Module,
    group: PlaneGroup,
    x: Float[Tensor, "n c h w"] | None = None,
    *,
    in_type: FieldType | None = None,
    out_type: FieldType | None = None,
    dtype: torch.dtype = torch.float64,
    seed: int = 0,
    tolerance: float | None = None,
) -> None:
    """Raise :class:`EquivarianceError`, naming the worst element, unless ``module`` is equivariant under ``group``.

    The parameters not listed here are those of :func:`equivariance_error`.

    Parameters
    ----------
    tolerance
        Largest admissible error; by default 1e-5 in float32 and 1e-12 in float64.

    Examples
    --------
    >>> from lensym.symmetry import dihedral, trivial_type
    >>> image = trivial_type(dihedral(4), 1)
    >>> assert_equivariant(nn.AvgPool2d(2), dihedral(4), in_type=image, out_type=image)
    """
    limit = tolerance_for(dtype) if tolerance is None else tolerance
    errors = equivariance_error(module, group, x, in_type=in_type, out_type=out_type, dtype=dtype, seed=seed)
    # written so that an error that is not a number fails
    if not all(error <= limit for error in errors.values()):
        raise _equivariance_error(module, group, errors, limit)


def equivariance_error(
    module: nn.Module,
    group: PlaneGroup,
    x: Float[Tensor, "n c h w"] | None = None,
    *,
    in_type: FieldType | None = None,
    out_type: FieldType | None = None,
    dtype: torch.dtype = torch.float64,
    seed: int = 0,
) -> dict[str, float]:
    """Return ``max |f(g x) - g f(x)| / max(1, max |f(x)|)`` for each element g on the grid, by name.

    The elements are those that map the pixel grid onto itself, so that nothing is interpolated: all of C4 or D4, every
    second one of C8, the multiples of 90 degrees of SO(2). For the others see
    :func:`~lensym.symmetry.smooth.smooth_equivariance_error`. A copy of the module is checked, in evaluation mode,
    computing in ``dtype``; the module itself stays as it is.

    Parameters
    ----------
    module
        Any module that takes feature maps (N, C, H, W) and gives one tensor.
    group
        The group, one with elements that map the pixel grid onto itself.
    x
        The input; by default normal random numbers of the module's ``image_size``, or of 16 px.
    in_type
        How the input moves; by default ``module.in_type``, else as images do.
    out_type
        How the output moves; by default ``module.out_type``, else not at all (an invariant classifier).
    dtype
        Floating-point type to compute in.
    seed
        Seed of the random input.
    """
    _check_elements(group)
    frozen = copy.deepcopy(module).to(dtype).eval()
    x, in_type = _input(module, group, x, in_type, seed)
    x = x.to(device_of(module), dtype)
    out_type = of_group(out_type or declared_type(module, "out_type"), group)
    with torch.no_grad():
        y = tensor_output(frozen, x, out_type)
        scale = max(1.0, y.abs().max().item())
        errors = {}
        for g in group.grid_elements:
            moved = out_type.transform(y, g) if out_type else y
            errors[group.label(g)] = _largest_difference(frozen(in_type.transform(x, g)), moved) / scale
    return errors


def tolerance_for(dtype: torch.dtype) -> float:
    """Return the error that rounding explains in ``dtype``.

    >>> tolerance_for(torch.float32)
    1e-05
    """
    if dtype not in TOLERANCES:
        raise UsageError(
            "a floating-point type with a default tolerance (float32, float64)", str(dtype), "give tolerance="
        )
    return TOLERANCES[dtype]


def _check_elements(group: PlaneGroup) -> None:
    if len(group.grid_elements) == 1 and not group.is_trivial:
        raise SymmetryError(
            "a group with elements, besides the identity, that map the pixel grid onto itself",
            group.name,
            "check it with smooth_equivariance_error",
        )


def _input(
    module: nn.Module, group: PlaneGroup, x: Tensor | None, in_type: FieldType | None, seed: int
) -> tuple[Tensor, FieldType]:
    """The input and its type, drawn and guessed as the module states where they are not given."""
    in_type = of_group(in_type or declared_type(module, "in_type"), group)
    if x is None:
        channels = in_type.size if in_type else int(getattr(module, "channels", 1))
        size = int(getattr(module, "image_size", DEFAULT_SIZE))
        x = torch.randn((2, channels, size, size), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return x, in_type or trivial_type(group, x.shape[1])


def declared_type(module: nn.Module, name: str) -> FieldType | None:
    """The field type that a module states under ``name``, if it does."""
    declared = getattr(module, name, None)
    return declared if isinstance(declared, FieldType) else None


def device_of(module: nn.Module) -> torch.device:
    """Where the module's parameters are."""
    return next((tensor.device for tensor in (*module.parameters(), *module.buffers())), torch.device("cpu"))


def of_group(fields: FieldType | None, group: PlaneGroup) -> FieldType | None:
    """The fields under the group that is checked, which may be smaller than their own."""
    if fields is None or fields.group == group:
        return fields
    if not fields.group.contains(group):
        raise SymmetryError(
            f"field types of the group checked, {group}, or of a larger one", f"'{fields}'", "give types of that group"
        )
    return fields.restrict(group)


def tensor_output(module: nn.Module, x: Tensor, out_type: FieldType | None) -> Tensor:
    """The output, refused where it is no tensor or a map that nothing says how to move."""
    y = module(x)
    if not isinstance(y, Tensor):
        raise UsageError("a module that gives one tensor", type(y).__name__, "wrap it to give the one to check")
    if out_type is None and y.ndim == 4:
        raise UsageError(
            "out_type, for a module that gives a map",
            f"an output of shape {tuple(y.shape)}",
            "say how its channels move, for instance out_type=trivial_type(group, channels)",
        )
    return y


def _largest_difference(first: Tensor, second: Tensor) -> float:
    """Largest absolute difference; infinite where the shapes differ."""
    return (first - second).abs().max().item() if first.shape == second.shape else float("inf")


def _equivariance_error(
    module: nn.Module, group: PlaneGroup, errors: Mapping[str, float], limit: float
) -> EquivarianceError:
    # not-a-number counts as worst
    worst = max(errors, key=lambda name: float("inf") if errors[name] != errors[name] else errors[name])
    element = next(g for g in group.grid_elements if group.label(g) == worst)
    listed = ", ".join(f"{name} {error:.2g}" for name, error in errors.items())
    return EquivarianceError(
        f"{type(module).__name__} equivariant under {group} within {limit:g}",
        f"an error of {errors[worst]:.3g} under {group.describe(element)} (all: {listed})",
        "look for a stride, padding or pooling that does not keep the centre, and for filters the group does not move",
    )
