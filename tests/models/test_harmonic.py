import pytest
import torch

from lensym.models import create
from lensym.models.harmonic import complex_streams
from lensym.symmetry import NormNonlinearity, cyclic, so2
from lensym.symmetry.smooth import smooth_equivariance_error
from lensym.symmetry.testing import EquivarianceError, assert_equivariant

NAME = "harmonic"


@pytest.mark.parametrize("size", [21, 24])
def test_the_streams_turn_with_the_image(size):
    network = create(NAME, size, channels=2, width=0.25)
    for layer in network.body.layers:
        assert_equivariant(layer, so2(), dtype=torch.float32)


def test_a_complex_feature_of_order_1_turns_by_the_angle():
    streams = complex_streams(2)
    x = torch.randn(1, streams.size)
    turned = streams.transform(x, so2().grid_elements[1])
    torch.testing.assert_close(turned[:, :4], x[:, :4])
    expected = torch.stack([-x[0, 5::2], x[0, 4::2]], dim=1).flatten()
    torch.testing.assert_close(turned[0, 4:], expected)


def test_between_the_quarter_turns_it_moves_far_less_than_a_plain_network(trained):
    changes = {}
    for name, width in ((NAME, 0.25), ("cnn", 0.5)):
        errors = smooth_equivariance_error(trained(create(name, 33, width=width)), cyclic(16))
        changes[name] = max(errors[f"r{k}"] for k in (2, 3, 5, 6, 7))
    assert changes[NAME] < changes["cnn"] / 5


def test_a_relu_of_each_part_of_a_complex_number_breaks_the_invariance(trained, rings, monkeypatch):
    network = trained(create(NAME, 24, width=0.25))
    monkeypatch.setattr(NormNonlinearity, "forward", lambda self, x: x.relu())
    with pytest.raises(EquivarianceError):
        assert_equivariant(network, so2(), rings(3, 24), tolerance=1e-3)
