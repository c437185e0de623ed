from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lensym.errors import SymmetryError
from lensym.symmetry import Group, cyclic, dihedral

groups = st.builds(Group, st.integers(1, 12), st.booleans())
grid_groups = st.builds(Group, st.sampled_from([1, 2, 4]), st.booleans())


@st.composite
def elements_of(draw, family, count):
    group = draw(family)
    return group, [draw(st.sampled_from(group.elements)) for _ in range(count)]


def plane_matrix(group: Group, g: int) -> torch.Tensor:
    """The 2 x 2 matrix of r^k s on (x, y), written down from the convention."""
    angle = 2 * math.pi * (g % group.rotations) / group.rotations
    sign = -1.0 if g >= group.rotations else 1.0
    return torch.tensor([[math.cos(angle), -sign * math.sin(angle)], [math.sin(angle), sign * math.cos(angle)]])


@given(elements_of(groups, 3))
def test_axioms(drawn):
    group, (g, h, k) = drawn
    assert group.multiply(g, group.multiply(h, k)) == group.multiply(group.multiply(g, h), k)
    assert group.multiply(0, g) == group.multiply(g, 0) == g
    assert group.multiply(g, group.inverse(g)) == group.multiply(group.inverse(g), g) == 0


@given(groups)
def test_each_row_of_the_table_holds_every_element_once(group):
    assert all(sorted(row) == list(group.elements) for row in group.table)
    assert len(set(group.names)) == group.order == len(group.elements)


@given(elements_of(groups, 2))
def test_products_are_those_of_the_plane(drawn):
    group, (g, h) = drawn
    product = plane_matrix(group, g) @ plane_matrix(group, h)
    assert torch.allclose(plane_matrix(group, group.multiply(g, h)), product, atol=1e-6)


@given(elements_of(grid_groups, 2), st.integers(1, 6), st.integers(1, 6))
def test_the_grid_action_is_a_homomorphism(drawn, height, width):
    group, (g, h) = drawn
    x = torch.randn(2, height, width)
    in_steps = group.transform(group.transform(x, h), g)
    assert torch.equal(in_steps, group.transform(x, group.multiply(g, h)))
    assert torch.equal(group.transform(x, 0), x)


@given(elements_of(grid_groups, 1), st.integers(1, 7))
def test_pixels_go_where_the_plane_sends_them(drawn, size):
    group, (g,) = drawn
    rows, columns = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    centre = (size - 1) / 2
    position = torch.stack([columns - centre, rows - centre]).reshape(2, -1)
    x, y = (plane_matrix(group, g) @ position).round(decimals=3) + centre
    image = torch.randn(size, size)
    assert torch.equal(group.transform(image, g)[y.long(), x.long()], image.flatten())


def test_a_quarter_turn_takes_the_column_axis_to_the_row_axis():
    image = torch.zeros(3, 3)
    image[1, 2] = 1  # on +x
    assert cyclic(4).transform(image, 1).nonzero().tolist() == [[2, 1]]  # on +y


def test_names_and_their_order():
    assert dihedral(2).names == ("e", "r", "s", "rs")
    assert cyclic(1).names == ("e",)
    assert [str(Group.parse(name)) for name in ("C4", " d4 ", "C12")] == ["C4", "D4", "C12"]
    assert dihedral(1).describe(1) == "s: y reversed"
    assert cyclic(8).describe(1) == "r: rotated by 45 degrees"


@pytest.mark.parametrize("name", ["C0", "E4", "D", "4", "SO2", "C-4"])
def test_unknown_names_are_refused(name):
    with pytest.raises(SymmetryError, match=f"'{name}'; write for instance C4 or D4"):
        Group.parse(name)


def test_groups_off_the_grid_are_refused():
    with pytest.raises(SymmetryError, match=r"C1, C2, C4, D1, D2 or D4; got C8, r: rotated by 45"):
        cyclic(8).transform(torch.zeros(4, 4), 1)


def test_elements_out_of_range_are_refused():
    with pytest.raises(SymmetryError, match="an element of C4, 0 to 3; got 4"):
        cyclic(4).transform(torch.zeros(4, 4), 4)
    with pytest.raises(SymmetryError, match="number N of rotations as a whole number, 1 or more; got 0"):
        cyclic(0)
