import pytest
import torch

from lensym.models import create
from lensym.models.steerable_d4 import IRREPS, AdmissibleNonlinearity, ResidualBlock, mixed_fields
from lensym.symmetry import NormNonlinearity, dihedral, irreps, regular
from lensym.symmetry.testing import EquivarianceError, assert_equivariant

NAME, D4 = "steerable_d4", dihedral(4)


def test_every_kind_of_field_is_there():
    fields = mixed_fields(D4, 1)
    assert len(IRREPS) == len(irreps(D4, 4))
    single = [r for r in fields.fields if len(r.irreps) == 1]
    assert {r.irreps[0] for r in single} == set(regular(D4).irreps)
    assert sorted(r.size for r in fields.fields) == [1, 1, 1, 1, 2, 2, 4, 8]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("layer", [AdmissibleNonlinearity, ResidualBlock])
def test_a_layer_of_mixed_fields_is_equivariant(layer, dtype):
    assert_equivariant(layer(mixed_fields(D4, 2)), D4, dtype=dtype)


def test_the_maps_turn_with_the_image():
    network = create(NAME, 22, channels=2, width=0.5)  # the maps are halved to 11 px and are of both kinds of sizes
    for layer in network.body.layers:
        assert_equivariant(layer, D4)


def test_a_plain_relu_of_every_field_is_not_admissible(loud, rings, monkeypatch):
    network = loud(create(NAME, 21, width=0.5))
    monkeypatch.setattr(NormNonlinearity, "forward", lambda self, x: x.relu())
    with pytest.raises(EquivarianceError):
        assert_equivariant(network, D4, rings(3, 21), tolerance=1e-3)
