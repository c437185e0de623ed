"""What every network of the registry must be, whatever its family: invariant as it says, and able to learn."""

import pytest
import torch

from lensym.models import available, create
from lensym.models.cost import gflop
from lensym.models.registry import entry
from lensym.symmetry import parse_group
from lensym.symmetry.folding import fold
from lensym.symmetry.testing import assert_equivariant

LEARNING = {
    "alexnet": {"width": 0.125, "steps": 60, "rate": 2e-3},
    "angular_ensemble": {"steps": 60, "rate": 2e-2},
    "e2_wrn": {"width": 0.06},
    "e2cnn_c4": {"width": 0.04},
    "e2cnn_c8": {"width": 0.04},
    "e2cnn_d4": {"width": 0.08},
    "e2cnn_d8": {"width": 0.04},
    "egnn": {"steps": 30},
    "p4cnn": {"steps": 50},
    "p4mcnn": {"width": 0.5},
    "resnet18": {"width": 0.125, "rate": 3e-3},
    "steerable_d4": {"steps": 16, "rate": 2e-2, "size": 16},
    "symmetry_dynamics": {"width": 0.5},
    "vit_tiny": {"width": 0.125, "steps": 50, "rate": 1e-3},
}
"""What a planted difference is learned with, where it is not a width of 1/4 and the usual size, steps and rate."""
STEPS, IMAGES = {"angular_ensemble": 16}, {"angular_ensemble": 64}
"""Steps and images until every weight has learned: an ensemble's members take turns, and one image in so many, by the
bits of its pixels, is for the head alone."""
SYMMETRIC = [name for name in available() if entry(name).group != "C1"]


@pytest.mark.parametrize("name", SYMMETRIC)
def test_the_logits_are_invariant_before_training(name, narrow, loud, rings):
    network = loud(narrow(name, 24, channels=2))
    assert_equivariant(network, parse_group(entry(name).group), rings(2, 24, channels=2))


@pytest.mark.parametrize("name", SYMMETRIC)
def test_the_logits_are_invariant_after_training(name, trained_narrow, rings):
    network, group = trained_narrow(name, 21, 2), parse_group(entry(name).group)
    for dtype in (torch.float32, torch.float64):
        assert_equivariant(network, group, rings(3, 21, channels=2, seed=9), dtype=dtype)


@pytest.mark.parametrize("name", available())
def test_it_learns_a_planted_difference(name, learned):
    options = {"width": 0.25} | LEARNING.get(name, {})
    network = create(name, options.pop("size", 20), classes=2, width=options.pop("width"))
    assert learned(network, **options) > 0.9


@pytest.mark.parametrize("name", available())
def test_every_weight_learns(name, narrow, rings):
    network = narrow(name, 24)
    for _ in range(STEPS.get(name, 1)):
        network(rings(IMAGES.get(name, 8), 24)).square().sum().backward()
    # a vector's field has no mean, whose shift has no numbers
    weights = {key: p for key, p in network.named_parameters() if p.numel()}
    silent = [key for key, p in weights.items() if p.grad is None or not p.grad.abs().max() > 0]
    assert silent == []


@pytest.mark.parametrize("name", available())
def test_an_image_is_answered_alike_alone_and_among_others(name, trained_narrow, rings):
    network, images = trained_narrow(name, 21, 2).double(), rings(3, 21, channels=2).double()
    one_by_one = torch.cat([network(images[k : k + 1]) for k in range(3)])
    torch.testing.assert_close(one_by_one, network(images), rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("name", available())
def test_a_narrower_network_costs_less(name):
    little, much = (gflop(create(name, 32, width=width)) for width in (0.125, 0.5))
    assert 0 < little <= much


@pytest.mark.parametrize("name", available())
def test_the_folded_network_answers_alike(name, trained_narrow, rings):
    network, images = trained_narrow(name, 21, 2), rings(2, 21, channels=2)
    with torch.no_grad():
        torch.testing.assert_close(fold(network)(images), network(images), rtol=0, atol=1e-4)


@pytest.mark.parametrize("name", [name for name in SYMMETRIC if entry(name).exact])
def test_a_sky_far_above_zero_costs_no_digits_of_the_invariance(name, narrow, loud, rings):
    network = loud(narrow(name, 24)).eval()
    assert_equivariant(network, parse_group(entry(name).group), 100 + rings(2, 24), dtype=torch.float32)


@pytest.mark.parametrize("name", available())
def test_no_images_have_no_answers(name, narrow):
    network = narrow(name, 24).eval()
    for module in (network, fold(network)):
        assert module(torch.zeros(0, 1, 24, 24)).shape == (0, network.classes)


@pytest.mark.parametrize("name", available())
def test_it_trains_in_half_precision(name, narrow, rings):
    network = narrow(name, 24).train()
    with torch.autocast("cpu", torch.bfloat16):
        network(rings(8, 24)).float().square().sum().backward()
    assert all(p.grad.isfinite().all() for p in network.parameters() if p.grad is not None)
