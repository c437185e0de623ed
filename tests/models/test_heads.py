"""Numbers stay and axes turn when the image is turned, exactly under the network's group."""

import numpy as np
import pytest
import torch

from lensym.errors import UsageError
from lensym.evaluation.turning import outputs_audit
from lensym.models.heads import create_regressor
from lensym.models.lensnet import _second_component

SIZE = 32


def loud(network, seed=0):
    """Random running statistics and weights, so that nothing vanishes."""
    torch.manual_seed(seed)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.2)
            module.running_var.uniform_(0.5, 1.5)
    return network.double().eval()


def outputs(network):
    def run(images):
        with torch.inference_mode():
            return network(torch.from_numpy(np.ascontiguousarray(images))).numpy()

    return run


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(2).gamma(1.0, size=(3, 1, SIZE, SIZE))


@pytest.mark.parametrize("axis", [False, True])
def test_lensnet_is_exact(axis, images):
    network = loud(create_regressor("lensnet", SIZE, 1, axis, width=0.25))
    found = outputs_audit(outputs(network), images, "lensnet", "D4", "float64", axis)
    assert len(found.changes) == 8
    assert found.worst < 1e-12
    said = outputs(network)(images)
    assert said.shape == (3, 3 if axis else 2)
    if axis:
        assert np.abs(said[:, :2]).min() > 1e-6  # not exact for being nothing
        still = outputs_audit(outputs(network), images, "lensnet", "D4", "float64", False)
        assert still.worst > 1e-6  # an axis that did not turn would be seen


def test_a_network_without_symmetry_is_not(images):
    network = loud(create_regressor("cnn", SIZE, 1, True, width=0.25))
    assert outputs_audit(outputs(network), images, "cnn", "D4", "float64", True).worst > 1e-6


def test_while_training_the_vectors_follow_each_view(images):
    """Whatever shift and reversal a batch is seen at, the axis is that of the image: smooth images show it."""
    network = create_regressor("lensnet", SIZE, 1, True, width=0.25).double()
    y, x = np.indices((SIZE, SIZE)) - (SIZE - 1) / 2
    smooth = torch.from_numpy(np.exp(-((x / 9) ** 2 + (y / 5 + x / 12) ** 2)))[None, None].expand(2, 1, SIZE, SIZE)
    network.eval()
    with torch.no_grad():
        exact = network.features_and_vectors(smooth)[1][0]
    network.training = True  # the network alone: its normalisation stays that of evaluation
    for seed in range(12):
        torch.manual_seed(seed)
        with torch.no_grad():
            seen = network.features_and_vectors(smooth)[1][0]
        assert (seen * exact).sum() > 0.6 * seen.norm() * exact.norm()
    views = list(network._maps(smooth))
    mistaken = _second_component(views[0][0], network.polar.angles, views[0][1] + 48, views[0][2])[
        0
    ]  # a quarter of the circle off
    assert (mistaken * exact).sum() < 0


def test_an_axis_is_not_for_invariant_features():
    with pytest.raises(UsageError, match="'p4mcnn', whose features are all invariant under D4; choose lensnet"):
        create_regressor("p4mcnn", SIZE, 1, True)
