from __future__ import annotations

import math

import pytest
import torch

from lensym.errors import SymmetryError
from lensym.symmetry import o2, parse_group, so2


@pytest.mark.parametrize(("name", "group"), [("SO2", so2()), ("so(2)", so2()), (" O(2) ", o2()), ("o2", o2())])
def test_names(name, group):
    assert parse_group(name) == group
    assert parse_group(str(group)) == group


def test_other_names_are_refused():
    with pytest.raises(SymmetryError, match="'SO3'; write for instance C4"):
        parse_group("SO3")


def test_elements_and_what_they_do():
    assert so2().describe(math.pi / 4) == "45: rotated by 45 degrees"
    assert o2().describe((False, -math.pi / 2)) == "(e, 270): rotated by 270 degrees"
    x = torch.arange(4).reshape(2, 2)
    assert torch.equal(so2().transform(x, math.pi / 2), x.rot90(1, (-1, -2)))
    assert torch.equal(o2().transform(x, (True, 0.0)), x.flip(-2))
    with pytest.raises(SymmetryError, match=r"got SO2, 57.2958: rotated by 57.2958 degrees"):
        so2().transform(x, 1.0)


@pytest.mark.parametrize(
    ("group", "element"), [(so2(), (True, 0.0)), (o2(), 0.5), (o2(), (True, 0.0, 1.0)), (so2(), "r")]
)
def test_elements_of_another_form_are_refused(group, element):
    with pytest.raises(SymmetryError, match=f"an element of {group.name}, .*; got"):
        group.isometry(element)
