"""The orientations red_nn predicts are those of simulated vortices: all scenes are simulated, none interpolated."""

import numpy as np
import pytest
import torch

from lensym.models import create
from lensym.models.red_nn import ORIENTATIONS
from lensym.simulation.images import simulate_block
from lensym.simulation.recipe import load_recipe
from lensym.simulation.turned import turned_images

SIZE, SEED, VORTEX = 24, 5, 1
STEP, HALF_TURN = 360 / ORIENTATIONS, ORIENTATIONS // 2
ROUND = [f"{key}=0" for key in ("lens.ellipticity.e1", "lens.shear.gamma1", "source.ellipticity.e1")]
ROUND += [f"{key}=0" for key in ("source.ellipticity.e2", "source.center.x", "source.center.y")]
"""Nothing but the vortex has a direction."""
STRONG = ["classes.axion.log10_axion_mass=-23.5", "classes.axion.total_mass=2e11"]
COARSE = [f"image.size={SIZE}", "image.pixel_scale=0.2", "observation.psf.fwhm=0.5"]
RECIPE = load_recipe("model_1", changes=[*ROUND, *STRONG, *COARSE])


def vortices(split, count):
    """Images and the vortices' angles in degrees, as the simulator's truth has them."""
    block = simulate_block(RECIPE, "axion", split, 0, count, SEED)
    return torch.from_numpy(block.images.astype(np.float32)), torch.from_numpy(block.truth["vortex_angle"])


def turned_vortices(angles):
    """The first test scenes turned by ``angles`` in degrees and simulated anew, with other noise."""
    of_class = [np.radians(angles) if name == "axion" else np.zeros(0) for name in RECIPE.classes]
    return torch.from_numpy(turned_images(RECIPE, "test", SEED, of_class, noise_seed=SEED + 1))


def apart(angles, others):
    """Degrees between two directions of a line, 0 to 90."""
    return ((angles - others + 90) % 180 - 90).abs()


def untrained():
    torch.manual_seed(0)
    return create("red_nn", SIZE, classes=2, width=0.3)


@pytest.fixture(scope="module")
def told_angles():
    """A network that was told the angle of each of some vortices; a line is the same after half a turn."""
    network = untrained()
    images, angles = vortices("train", 160)
    optimizer = torch.optim.AdamW(network.parameters(), 1e-2)
    for step in range(25):
        rows = torch.arange(16 * step, 16 * (step + 1)) % len(images)
        numbers = (angles[rows] / STEP).round().long() % HALF_TURN
        logits = network.oriented_logits(images[rows])
        of_vortices = logits[..., VORTEX] - logits.flatten(1).logsumexp(dim=1, keepdim=True)
        either = of_vortices.gather(1, torch.stack([numbers, numbers + HALF_TURN], dim=1))
        optimizer.zero_grad()
        (-either.logsumexp(dim=1).mean()).backward()
        optimizer.step()
    return network.eval()


def test_the_orientation_is_the_simulator_s(told_angles):
    images, truth = vortices("test", 60)
    error = apart(told_angles.orientation(images), truth)
    assert error.median() < STEP / 2
    assert (error < STEP).float().mean() > 0.9


def test_without_training_it_is_not():
    images, truth = vortices("test", 60)
    assert apart(untrained().eval().orientation(images), truth).median() > STEP


def test_the_orientation_turns_by_as_much_as_the_scene(told_angles):
    angles = np.random.default_rng(0).uniform(0, 360, 40)
    upright, _ = vortices("test", len(angles))
    found = told_angles.orientation(turned_vortices(angles)) - told_angles.orientation(upright)
    error = apart(found, torch.from_numpy(angles))
    assert error.median() < STEP / 2
    assert (error < 1.5 * STEP).float().mean() > 0.9
    unmoved = apart(torch.zeros(len(angles)), torch.from_numpy(angles))
    assert unmoved.median() > STEP
