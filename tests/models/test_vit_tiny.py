import pytest
import torch

from lensym.models import create
from lensym.models.cost import gflop, parameters
from lensym.models.vit_tiny import Attention
from lensym.symmetry import dihedral
from lensym.symmetry.testing import EquivarianceError, assert_equivariant


def test_it_has_the_published_shape():
    """DeiT-Ti has 5 717 416 weights for 14 x 14 patches of 16 px; this one has 16 x 16 of them."""
    with torch.device("meta"):
        network = create("vit_tiny", 256, channels=3, classes=1000)
    assert parameters(network) == 5_717_416 + (16**2 - 14**2) * 192


def test_the_cost_has_the_attention_in_it():
    network = create("vit_tiny", 32, width=0.125)
    tokens, size, depth = 16**2 + 1, 64, 2
    dense = 12 * size**2 * tokens
    attention = 2 * tokens**2 * size
    embedding, head = 16**2 * 2**2 * size, size * 3
    assert gflop(network) == pytest.approx(2e-9 * (depth * (dense + attention) + embedding + head), rel=1e-9)


def test_attention_is_a_weighted_mean_of_values():
    layer, x = Attention(6, heads=2).double(), torch.randn(2, 5, 6, dtype=torch.float64)
    query, key, value = layer.to_heads(x).chunk(3, dim=-1)
    heads = []
    for part in (slice(0, 3), slice(3, 6)):
        weight = (query[..., part] @ key[..., part].mT / 3**0.5).softmax(-1)
        heads.append(weight @ value[..., part])
    torch.testing.assert_close(layer(x), layer.join(torch.cat(heads, -1)))


@pytest.mark.parametrize(("size", "side"), [(16, 16), (33, 11), (64, 16), (101, 15), (150, 15)])
def test_the_patches_cover_the_image(size, side):
    with torch.device("meta"):
        network = create("vit_tiny", size, width=0.1)
        assert network.places.shape[1] == side**2 + 1
        assert network.features(torch.empty(1, 1, size, size)).shape == (1, 64)


def test_it_is_not_invariant(trained, rings):
    with pytest.raises(EquivarianceError):
        assert_equivariant(trained(create("vit_tiny", 24, width=0.125)), dihedral(4), rings(3, 24), tolerance=1e-3)
