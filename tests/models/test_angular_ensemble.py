import math

import pytest
import torch

from lensym.models import create
from lensym.models.angular_ensemble import MEMBERS, QUARTERS, AngularEnsemble, angles_of, held_out, turned
from lensym.symmetry import cyclic, dihedral, trivial_type
from lensym.symmetry.testing import EquivarianceError, assert_equivariant, equivariance_error

NAME = "angular_ensemble"


def gradients(network, images):
    network.zero_grad()
    torch.manual_seed(0)
    network.train()(images).square().sum().backward()
    return {name for name, p in network.named_parameters() if p.grad is not None and p.grad.abs().max() > 0}


def test_members_learn_from_their_images_and_the_meta_classifier_from_its_own(rings):
    network, images = create(NAME, 24, width=0.25), rings(40, 24)
    held = held_out(images)
    assert 2 <= held.sum() <= 20
    assert all(name.startswith("members.") for name in gradients(network, images[~held]))
    assert all(name.startswith(("meta.", "head.")) for name in gradients(network, images[held]))
    assert {name.partition(".")[0] for name in gradients(network, images)} == {"members", "meta", "head"}


def test_held_out_images_do_not_enter_running_statistics(rings):
    network, images = create(NAME, 24, width=0.25), rings(40, 24)
    before = {name: value.clone() for name, value in network.named_buffers()}
    network.train()(images[held_out(images)])
    assert all(torch.equal(value, before[name]) for name, value in network.named_buffers())
    assert all(member.training for member in network.members)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("whole", [False, True])
def test_the_part_of_an_image_is_its_own_however_it_is_turned(rings, dtype, whole):
    images = rings(600, 16).to(dtype)
    if whole:  # counts of photons
        images = images.round()
    held = held_out(images)
    assert 0.13 < held.float().mean() < 0.27
    d4 = dihedral(4)
    for g in d4.elements:
        assert torch.equal(held_out(trivial_type(d4, 1).transform(images, g)), held)
    assert torch.equal(held_out(images[5:9]), held[5:9])


def test_the_ranges_overlap_and_cover_a_quarter_turn():
    apart = 90 / MEMBERS
    for member in range(MEMBERS):
        angles = torch.rad2deg(angles_of(member, 5000))
        assert angles.min() == pytest.approx((member - 1) * apart, abs=0.2)
        assert angles.max() == pytest.approx((member + 1) * apart, abs=0.2)


def test_images_are_turned_by_their_own_angles_from_x_towards_y(rings):
    images, c4 = rings(3, 24).double(), cyclic(4)
    angles = torch.tensor([math.pi / 2, 0.0, math.pi], dtype=torch.float64)
    for image, result, g in zip(images, turned(images, angles), (1, 0, 2), strict=True):
        torch.testing.assert_close(result, c4.transform(image, g), rtol=0, atol=1e-10)


def test_quarter_turns_permute_the_answers_of_the_members(trained, rings):
    network, images = trained(create(NAME, 24, width=0.25)).double(), rings(2, 24).double()
    answers = network.answers(images)
    assert answers.shape == (2, QUARTERS, MEMBERS, 3)
    torch.testing.assert_close(network.answers(images.rot90(1, dims=(2, 3))), answers.roll(-1, dims=1))
    assert (answers[:, :, 0] - answers[:, :, 1]).abs().max() > 1e-3


class OneNumbering(AngularEnsemble):
    """The ensemble without the average over the numbering of the quarters."""

    def features(self, images):
        return self.meta(self.answers(images).flatten(1)).relu()


def test_one_numbering_of_the_quarters_is_not_enough(trained, rings, loud):
    network = trained(create(NAME, 24, width=0.25), steps=12)
    network.__class__ = OneNumbering
    with pytest.raises(EquivarianceError):
        assert_equivariant(loud(network), cyclic(4), rings(2, 24), tolerance=1e-3)


def test_it_is_invariant_under_rotations_only(trained, rings):
    errors = equivariance_error(trained(create(NAME, 24, width=0.25)), dihedral(4), rings(3, 24))
    assert max(errors[name] for name in ("e", "r", "r2", "r3")) < 1e-12
    assert min(errors[name] for name in ("s", "rs")) > 1e-4


@pytest.mark.parametrize("count", [1, 2])
def test_a_batch_with_hardly_an_image_for_the_members_can_be_trained_on(rings, count):
    assert create(NAME, 16, width=0.25).train()(rings(count, 16)).isfinite().all()
