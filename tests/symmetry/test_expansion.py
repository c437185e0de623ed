from __future__ import annotations

import pytest
import torch

from lensym.symmetry import Rings, cyclic, dihedral, irrep, o2, quotient, regular, trivial
from lensym.symmetry.expansion import BlockExpansion, RegularExpansion, expansion

D4 = dihedral(4)
RINGS = Rings.standard(5)


def plain_block_filters(part: BlockExpansion, weight):
    rows = [
        torch.cat([sum(w * k for w, k in zip(pair, part.basis, strict=True)) for pair in outputs], dim=1)
        for outputs in weight
    ]
    return torch.cat(rows, dim=0)


def plain_regular_filters(part: RegularExpansion, weight, inputs):
    group, size = D4, inputs.size
    outputs, sources, _ = weight.shape
    filters = torch.zeros(outputs, group.order, sources, size, 25, dtype=weight.dtype)
    for g in group.elements:
        for channel in range(size):
            coefficients = weight.view(outputs, sources, size, -1)[:, :, channel]
            filters[:, g, :, inputs.permutations[g][channel]] = coefficients @ part.moved[g]
    return filters.reshape(outputs * group.order, sources * size, 5, 5)


def test_block_filters_are_sums_of_kernels():
    part = BlockExpansion(irrep(D4, "E1"), trivial(D4), 5, RINGS).double()
    weight = torch.randn(3, 2, part.count, dtype=torch.float64)
    torch.testing.assert_close(part(weight), plain_block_filters(part, weight))


@pytest.mark.parametrize("inputs", [trivial(D4), regular(D4), quotient(D4, dihedral(1))], ids=str)
def test_regular_filters_are_moved_filters(inputs):
    part = RegularExpansion(inputs, D4, 5, RINGS).double()
    weight = torch.randn(3, 2, part.count, dtype=torch.float64)
    torch.testing.assert_close(part(weight), plain_regular_filters(part, weight, inputs))


def test_the_filter_of_the_identity_turns_into_the_others():
    part = RegularExpansion(trivial(cyclic(4)), cyclic(4), 5, RINGS)
    filters = part(torch.randn(1, 1, part.count))
    torch.testing.assert_close(filters[1, 0], cyclic(4).transform(filters[0, 0], 1))


def test_the_cheaper_one_is_chosen_where_it_can_be():
    assert isinstance(expansion(regular(D4), regular(D4), 5, RINGS), RegularExpansion)
    assert isinstance(expansion(irrep(D4, "E1"), regular(D4), 5, RINGS), BlockExpansion)
    assert isinstance(expansion(regular(D4), trivial(D4), 5, RINGS), BlockExpansion)
    assert isinstance(expansion(trivial(o2()), trivial(o2()), 5, RINGS), BlockExpansion)


def test_constants_are_as_exact_as_the_module_s_precision():
    part = BlockExpansion(regular(cyclic(8)), trivial(cyclic(8)), 5, RINGS)
    rounded = part.basis.double()
    exact = part.double().basis
    assert 0 < (exact - rounded).abs().max() < 1e-6
    assert part.float().basis.dtype == torch.float32
    assert part.state_dict() == {}
