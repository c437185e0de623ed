from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from lensym.symmetry import FieldType, Group, Representation

GRID_GROUPS = ("C1", "C2", "C4", "D1", "D2", "D4")


@pytest.fixture(autouse=True)
def fixed_seed():
    torch.manual_seed(0)


@pytest.fixture(params=GRID_GROUPS)
def group(request: pytest.FixtureRequest) -> Group:
    return Group.parse(request.param)


@pytest.fixture(params=[torch.float32, torch.float64], ids=["float32", "float64"])
def dtype(request: pytest.FixtureRequest) -> torch.dtype:
    return request.param


@pytest.fixture(scope="session")
def vector_field() -> Callable[[Group], FieldType]:
    """One field of vectors (x, y), which quarter turns mix with signs: channels that the group does not permute."""
    quarter, mirror = np.array([[0.0, -1.0], [1.0, 0.0]]), np.diag([1.0, -1.0])

    def matrix(group: Group, g: int) -> np.ndarray:
        turned = np.linalg.matrix_power(quarter, g % group.rotations * 4 // group.rotations)
        return turned @ mirror if g >= group.rotations else turned

    def field(group: Group) -> FieldType:
        matrices = np.stack([matrix(group, g) for g in group.elements])
        return FieldType(group, (Representation(group, "vector", matrices),))

    return field
