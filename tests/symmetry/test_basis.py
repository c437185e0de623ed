from __future__ import annotations

import numpy as np
import pytest
import torch

from lensym.errors import SymmetryError
from lensym.symmetry import Group, Representation, cyclic, dihedral, regular, trivial
from lensym.symmetry.basis import expand_filters, filter_orbits


def test_weights_are_the_filter_of_the_identity(group):
    orbits = filter_orbits(regular(group), regular(group), 3)
    assert torch.equal(orbits[0].flatten(), torch.arange(group.order * 9))


@pytest.mark.parametrize(("name", "count"), [("C1", 9), ("C4", 3), ("D4", 3), ("D1", 6), ("C2", 5)])
def test_a_filter_between_trivial_fields_has_a_weight_for_each_ring_of_pixels(name, count):
    group = Group.parse(name)
    assert int(filter_orbits(trivial(group), trivial(group), 3).max()) + 1 == count


def test_each_weight_is_used_once_a_channel_of_a_regular_output(group):
    orbits = filter_orbits(trivial(group), regular(group), 5)
    assert all(sorted(channel.flatten().tolist()) == list(range(25)) for channel in orbits)


def test_filters_are_those_of_each_pair_of_fields():
    group = dihedral(4)
    weight = torch.randn(3, 2, 8 * 9)
    filters = expand_filters(weight, filter_orbits(regular(group), regular(group), 3)).view(3, 8, 2, 8, 3, 3)
    alone = expand_filters(weight[2:3, 1:2], filter_orbits(regular(group), regular(group), 3)).view(8, 8, 3, 3)
    assert torch.equal(filters[2, :, 1], alone)


def test_fields_that_the_group_does_not_permute_are_refused():
    signs = Representation(cyclic(2), "sign", np.array([1.0, -1.0]).reshape(2, 1, 1))
    with pytest.raises(SymmetryError, match=r"channels the group permutes .*; got C2: sign \(1 channel\)"):
        filter_orbits(signs, trivial(cyclic(2)), 3)
