import pytest
import torch
from torch.nn import functional as F

from lensym.errors import SymmetryError
from lensym.models import create
from lensym.models.red_nn import ORIENTATIONS, TurnBack
from lensym.symmetry import cyclic
from lensym.symmetry.testing import EquivarianceError, assert_equivariant

NAME = "red_nn"
C4, C16 = cyclic(4), cyclic(ORIENTATIONS)


def bars(angles, size, noise=0.0, seed=0, strength=1.0):
    """A ring and a bar through it at each angle in degrees, from +x towards +y."""
    axis = torch.arange(size).double() - (size - 1) / 2
    x, y = axis, axis[:, None]
    ring = torch.exp(-(((torch.hypot(x, y) - 0.25 * size) / 2) ** 2))
    images = []
    for angle in torch.deg2rad(torch.as_tensor(angles).double()):
        along, across = x * angle.cos() + y * angle.sin(), y * angle.cos() - x * angle.sin()
        images.append(ring + strength * torch.exp(-((across / 1.5) ** 2) - ((along / (0.35 * size)) ** 4)))
    draw = torch.Generator().manual_seed(seed)
    clean = torch.stack(images)[:, None]
    return clean + noise * torch.rand(clean.shape, generator=draw, dtype=torch.float64)


@pytest.mark.parametrize("size", [11, 12])
@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_turning_back_permutes_the_orientations_of_a_turned_map_exactly(size, quarters):
    turn = TurnBack(size, ORIENTATIONS).double()
    maps = torch.randint(0, 9, (2, 3, ORIENTATIONS, size, size)).double()
    steps = quarters * ORIENTATIONS // 4
    moved = C16.transform(maps.roll(steps, dims=2), steps)
    torch.testing.assert_close(turn(moved), turn(maps).roll(steps, dims=2), rtol=0, atol=1e-12)


def test_what_is_turned_back_lies_as_what_was_not_turned():
    size = 33
    angles = torch.arange(ORIENTATIONS) * 360 / ORIENTATIONS
    turned_back = TurnBack(size, ORIENTATIONS).double()(bars(angles, size)[:, 0][None, None])[0, 0]
    apart = (turned_back - turned_back[0]).abs().amax(dim=(1, 2))
    assert apart[::4].max() < 1e-10
    assert apart.max() < 0.2


def test_a_turned_image_moves_the_orientations(trained):
    network, image = trained(create(NAME, 33, width=0.3)).double(), bars([20.0], 33)
    vectors = network.oriented_features(image)
    for g in C16.grid_elements:
        moved = network.oriented_features(C16.transform(image, g))
        torch.testing.assert_close(moved, vectors.roll(g, dims=1), rtol=0, atol=1e-11)
    between = network.oriented_features(bars([20 + 22.5], 33))
    assert (between - vectors.roll(1, dims=1)).norm() < 0.3 * (between - vectors).norm()


def test_the_largest_number_says_class_and_orientation(trained, rings):
    network, images = trained(create(NAME, 24, width=0.3)), rings(5, 24)
    logits = network.oriented_logits(images)
    best = logits.flatten(1).argmax(dim=1)
    assert torch.equal(network(images).argmax(dim=1), best % 3)
    assert torch.equal(network.orientation(images), (best // 3) * (360 / ORIENTATIONS))
    torch.testing.assert_close(network(images).amax(dim=1), logits.amax(dim=(1, 2)))


def test_it_learns_from_upright_images_how_others_are_turned():
    network = create(NAME, 24, classes=2, width=0.3)
    optimizer = torch.optim.AdamW(network.parameters(), 1e-2)
    upright, zeros = torch.zeros(4), torch.zeros(4, dtype=torch.long)
    for step in range(30):
        with_bar = bars(upright, 24, noise=0.3, seed=step).float()
        without = bars(upright, 24, noise=0.3, seed=-step, strength=0.0).float()
        # number 1 of orientations x classes is class 1 upright; a ring alone has no orientation
        loss = F.cross_entropy(network.oriented_logits(with_bar).flatten(1), zeros + 1)
        loss = loss + F.cross_entropy(network(without), zeros)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    angles = torch.linspace(0, 180, 25)[:-1]
    images = bars(angles, 24, noise=0.3, seed=99).float()
    assert (network.eval()(images).argmax(dim=1) == 1).float().mean() > 0.9
    error = (network.orientation(images) - angles + 90) % 180 - 90
    assert error.abs().median() <= 360 / ORIENTATIONS / 2


def test_without_turning_back_nothing_is_invariant(trained, rings):
    network = trained(create(NAME, 24, width=0.3))
    network.turn_back = torch.nn.Identity()
    with pytest.raises(EquivarianceError):
        assert_equivariant(network, C4, rings(3, 24), tolerance=1e-3)


def test_orientations_that_a_quarter_turn_does_not_permute_are_refused():
    with pytest.raises(SymmetryError, match="a number of orientations divisible by 4; got 6; use 4 or 8"):
        TurnBack(9, 6)


def test_the_resampling_is_in_the_cost():
    assert create(NAME, 24, width=0.25).resampling_flop == 2 * 8 * ORIENTATIONS * 24**2
