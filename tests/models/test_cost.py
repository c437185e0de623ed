import pytest
import torch
from torch import nn

from lensym.models.classifier import Classifier
from lensym.models.cost import gflop, parameters

SIZE, OUT = 16, 8  # pixels in and out of the strided convolution


class Small(Classifier):
    """A strided convolution, a depthwise and a pointwise one, a head: counted by hand below."""

    def __init__(self):
        super().__init__(SIZE, channels=3, classes=5, features=6)
        self.conv = nn.Conv2d(3, 4, 5, stride=2, padding=2)
        self.depthwise = nn.Conv2d(4, 4, 3, padding=1, groups=4, bias=False)
        self.pointwise = nn.Conv2d(4, 6, 1, bias=False)

    @property
    def resampling_flop(self):
        return 1000

    def features(self, images):
        return self.pointwise(self.depthwise(self.conv(images))).mean((2, 3))


PARAMETERS = (4 * 3 * 25 + 4) + 4 * 9 + 6 * 4 + (5 * 6 + 5)
MULTIPLY_ADDS = OUT * OUT * (4 * 3 * 25 + 4 * 9 + 6 * 4) + 5 * 6


def test_a_count_by_hand():
    assert parameters(Small()) == PARAMETERS
    assert gflop(Small()) == pytest.approx((2 * MULTIPLY_ADDS + 1000) / 1e9, rel=1e-12)


class Steered(Small):
    """The pointwise filters are made of others, in a product that does not see the image."""

    def __init__(self):
        super().__init__()
        self.basis = nn.Parameter(torch.eye(6))

    def features(self, images):
        filters = (self.basis @ self.pointwise.weight.flatten(1)).view(6, 4, 1, 1)
        return nn.functional.conv2d(self.depthwise(self.conv(images)), filters).mean((2, 3))


def test_making_filters_is_not_counted():
    assert gflop(Steered()) == gflop(Small())


def test_a_frozen_weight_is_no_parameter():
    network = Small()
    network.conv.requires_grad_(False)
    assert parameters(network) == PARAMETERS - (4 * 3 * 25 + 4)


@pytest.mark.parametrize("training", [True, False])
def test_counting_leaves_the_network_as_it_was(training):
    network = Small().double().train(training)
    assert gflop(network) == gflop(Small())
    assert network.training is training
    assert all(p.grad is None and p.dtype == torch.float64 for p in network.parameters())
