import pytest
import torch

from lensym.models import create
from lensym.models.shift import ShiftDetector
from lensym.train.outputs import Outputs, outputs


@pytest.mark.parametrize("name", ["lensnet", "cnn"])
def test_outputs_of_batches_are_those_of_the_whole(name):
    network, images, labels = create(name, 16).eval(), torch.rand(5, 1, 16, 16), torch.arange(5) % 3
    batches = [(images[:3], labels[:3]), (images[3:], labels[3:])]
    shift = ShiftDetector(16, network.feature_count, 3)
    features, logits, profiles, found = outputs(network, shift, batches, torch.device("cpu"))
    torch.testing.assert_close(features, network.features(images))
    torch.testing.assert_close(logits, network(images))
    torch.testing.assert_close(profiles, shift.profile(images))
    assert torch.equal(found, labels)


def test_joined_outputs_keep_their_order():
    first, second = (Outputs(*(torch.full((2, 1), float(10 * k + part)) for part in range(4))) for k in (0, 1))
    joined = first.joined(second)
    assert joined.profiles.tolist() == [[2], [2], [12], [12]]
    assert joined.answers.tolist() == [[3], [3], [13], [13]]
