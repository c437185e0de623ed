import numpy as np
import pytest
import torch
from torch import nn

from lensym.errors import UsageError
from lensym.evaluation.explain import explain
from lensym.models import create
from lensym.symmetry import dihedral

SIZE, WINDOWS = 24, 5
GROUP = dihedral(4)


def network(name, **options):
    torch.manual_seed(3)
    return create(name, SIZE, classes=3, **options).double().eval()


def lens(channels=1):
    """A ring with a knot on one side."""
    y, x = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
    ring = 50 * np.exp(-((np.hypot(x, y) - 7) ** 2) / 8) + 40 * np.exp(-((x - 7) ** 2 + (y - 3) ** 2) / 4)
    noise = np.random.default_rng(0).normal(0, 1, (channels, SIZE, SIZE))
    return torch.from_numpy(ring + noise)


def relative(found, expected):
    return np.abs(found - expected).max() / np.abs(expected).max()


@pytest.mark.parametrize(("name", "g"), [("cnn", 1), ("cnn", 3), ("cnn", 6), ("lensnet", 5)])
def test_maps_turn_and_mirror_with_the_image(name, g):
    model, image = network(name, width=0.25), lens()
    here, there = (explain(model, x, target=1, windows=WINDOWS) for x in (image, GROUP.transform(image, g)))
    assert there.log_odds == pytest.approx(here.log_odds, abs=1e-9)
    for which in ("evidence", "sensitivity"):
        moved = GROUP.transform(torch.from_numpy(getattr(here, which)), g).numpy()
        assert relative(getattr(there, which), moved) < 1e-8


def test_one_copy_does_for_an_invariant_network_only():
    for name, same in (("lensnet", True), ("cnn", False)):
        model, image = network(name, width=0.25), lens()
        all_copies, one = (explain(model, image, target=0, invariant=alone, windows=WINDOWS) for alone in (False, True))
        assert bool(relative(one.evidence, all_copies.evidence) < 1e-8) is same
        assert bool(relative(one.sensitivity, all_copies.sensitivity) < 1e-8) is same


class Knot(nn.Module):
    """Sees one place of the image and its turned and mirrored copies."""

    def forward(self, images):
        seen = sum(GROUP.transform(images, g)[..., 16:18, 14:16] for g in GROUP.elements)
        return torch.stack([seen.std(dim=(1, 2, 3)), torch.zeros(len(images))], dim=1)


def test_the_maps_are_where_the_network_looks():
    image = torch.from_numpy(np.random.default_rng(1).normal(0, 5, (1, SIZE, SIZE)))
    found = explain(Knot(), image, target=0, windows=7)
    looked = torch.zeros(SIZE, SIZE)
    looked[16:18, 14:16] = 1
    everywhere = sum(GROUP.transform(looked, g) for g in GROUP.elements).numpy() > 0
    y, x = np.nonzero(everywhere)
    rows, columns = np.mgrid[:SIZE, :SIZE]
    distance = np.hypot(rows[..., None] - y, columns[..., None] - x).min(2)
    for values, reach in ((np.abs(found.evidence), 8), (found.sensitivity, 4)):
        assert values[everywhere].mean() > 1000 * values[distance > reach].mean()


def test_smoothing_away_what_decides_lowers_the_odds():
    def roughness(images):
        rough = (images - images.roll(1, -1)).square().mean((1, 2, 3))
        return torch.stack([rough, torch.zeros(len(images), dtype=images.dtype)], dim=1)

    assert explain(roughness, lens(), target=0, windows=WINDOWS).evidence.max() > 0
    assert explain(roughness, lens(), target=1, windows=WINDOWS).evidence.min() < 0
    assert explain(roughness, lens(), windows=WINDOWS).target == 0


def test_several_channels_give_one_map():
    found = explain(network("cnn", channels=2, width=0.25), lens(channels=2), windows=WINDOWS)
    assert found.evidence.shape == found.sensitivity.shape == (SIZE, SIZE)
    assert (found.sensitivity >= 0).all()


@pytest.mark.parametrize("windows", [0, 1, 2.5, None])
def test_fewer_than_two_windows_are_refused(windows, unchecked):
    image = torch.zeros(1, 24, 24)
    with unchecked(), pytest.raises(UsageError, match="windows must be a whole number of at least 2; got"):
        explain(create("cnn", image_size=24, width=0.2).eval(), image, windows=windows)
