import pytest
import torch
from torch import nn

from lensym.errors import SymmetryError, UsageError
from lensym.models import create
from lensym.models.cost import gflop, parameters
from lensym.models.equivarify import Equivarify
from lensym.symmetry import cyclic, dihedral, regular_type, trivial_type
from lensym.symmetry.testing import EquivarianceError, assert_equivariant

GROUPS = [cyclic(2), cyclic(4), dihedral(1), dihedral(4)]
FLAT = nn.Sequential(nn.Flatten(), nn.Linear(49, 3))
MAPS = nn.Conv2d(1, 3, 2, stride=2)
"""Moves every pixel off the centre of an image of 7 px."""
IMAGES = torch.rand(2, 1, 7, 7)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("group", GROUPS, ids=str)
@pytest.mark.parametrize("reduce", ["mean", "max"])
def test_vectors_become_invariant(group, reduce, dtype):
    assert_equivariant(Equivarify(FLAT, group, reduce), group, IMAGES, dtype=dtype)


@pytest.mark.parametrize("group", GROUPS, ids=str)
def test_vectors_become_regular_fields(group):
    assert_equivariant(Equivarify(FLAT, group, None), group, IMAGES, out_type=regular_type(group, 3))


@pytest.mark.parametrize("group", GROUPS, ids=str)
@pytest.mark.parametrize("reduce", ["mean", "max", None])
def test_maps_turn_with_the_image(group, reduce):
    fields = regular_type(group, 3) if reduce is None else trivial_type(group, 3)
    assert_equivariant(Equivarify(MAPS, group, reduce), group, IMAGES, out_type=fields)


def test_without_it_neither_module_is():
    for module, fields in ((FLAT, None), (MAPS, trivial_type(dihedral(4), 3))):
        with pytest.raises(EquivarianceError):
            assert_equivariant(module, dihedral(4), IMAGES, out_type=fields, tolerance=1e-3)


def test_the_orbit_of_half_the_group_is_not_enough(trained, rings):
    network = trained(create("equivarify", 24, width=0.25))
    network.orbit.group = cyclic(4)
    with pytest.raises(EquivarianceError):
        assert_equivariant(network, dihedral(4), rings(2, 24), tolerance=1e-3)


def test_the_weights_are_those_of_the_plain_network_and_the_cost_is_eightfold():
    network, plain = create("equivarify", 32), create("cnn", 32)
    assert parameters(network) == parameters(plain)
    head = 2e-9 * plain.head.weight.numel()
    assert gflop(network) == pytest.approx(8 * gflop(plain) - 7 * head, rel=1e-9)


def test_what_cannot_be_is_refused():
    with pytest.raises(SymmetryError, match="maps the pixel grid onto itself"):
        Equivarify(FLAT, cyclic(8))
    with pytest.raises(UsageError, match="a known reduction is needed; got 'median'"):
        Equivarify(FLAT, cyclic(4), "median")
    with pytest.raises(SymmetryError, match=r"square images; got \(1, 1, 4, 6\)"):
        Equivarify(MAPS, cyclic(4))(torch.zeros(1, 1, 4, 6))


def test_the_state_of_another_group_is_refused():
    (c4, d2), net = (Equivarify(nn.Linear(2, 2), group) for group in (cyclic(4), dihedral(2))), nn.Linear(2, 2)
    with pytest.raises(SymmetryError, match="with fields C4, reduce=mean; got that of D2, reduce=mean"):
        c4.load_state_dict(dict(d2.state_dict()))
    Equivarify(net, cyclic(4)).load_state_dict(c4.state_dict())
    assert torch.equal(net.weight, c4.net.weight)
