import dataclasses
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lensym.physics.light import draw_spiral, interpolated_image, spiral_galaxy, spiral_image

SIZE = 128
SEEDS = range(12)


def smooth_arms(seed):
    """A galaxy seen from above, of its disc and arms alone."""
    galaxy = draw_spiral(np.random.default_rng(seed))
    return dataclasses.replace(galaxy, axis_ratio=1.0, angle=0.0, bulge_share=0.0, clump_share=0.0)


def along_circle(galaxy, radius, points=360):
    """Brightness along the circle of ``radius`` scale lengths."""
    phi = np.arange(points) * 2 * np.pi / points
    r = radius * galaxy.scale_length
    image = spiral_image(400, galaxy)
    return interpolated_image(r * np.cos(phi), r * np.sin(phi), image, 2 / 400, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("seed", SEEDS)
def test_light_is_positive_and_adds_up_to_one(seed):
    image = spiral_galaxy(SIZE, np.random.default_rng(seed))
    assert image.shape == (SIZE, SIZE)
    assert image.min() > 0
    assert image.sum() == pytest.approx(1)
    assert np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]]).max() < 0.02 * image.max()


def test_the_generator_alone_decides():
    first, again, other = (spiral_galaxy(SIZE, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert (first == again).all()
    assert np.abs(first - other).max() > 0.1 * first.max()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_arms_are_as_many_and_as_bright_as_asked(seed):
    galaxy = smooth_arms(seed)
    spectrum = np.abs(np.fft.rfft(along_circle(galaxy, 2.0)))
    assert spectrum[1:20].argmax() + 1 == galaxy.arms
    assert 2 * spectrum[galaxy.arms] / spectrum[0] == pytest.approx(galaxy.contrast, rel=0.05)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_arms_wind_by_their_pitch(seed):
    galaxy = smooth_arms(seed)
    phases = [np.angle(np.fft.rfft(along_circle(galaxy, radius))[galaxy.arms]) for radius in (2.0, 2.2)]
    turned = galaxy.arms * math.log(2.2 / 2.0) / math.tan(galaxy.pitch)
    assert math.cos(phases[0] - phases[1] - turned) == pytest.approx(1, abs=0.01)


def test_clumps_lie_on_the_arms():
    galaxy = dataclasses.replace(smooth_arms(3), clump_share=0.5)
    galaxy = dataclasses.replace(galaxy, clump_offset=0 * galaxy.clump_offset, clump_size=0.01, contrast=0.0)
    armless = spiral_image(400, dataclasses.replace(galaxy, clump_share=0.0))
    clumps = spiral_image(400, galaxy) - armless / 2
    mask = spiral_image(400, dataclasses.replace(smooth_arms(3), contrast=1.0)) > 0.5 * armless  # on an arm's side
    assert clumps[mask].sum() > 0.85 * clumps.sum()
    assert clumps[~mask].sum() < 0.15 * clumps.sum()


def test_the_disc_is_inclined_and_turned():
    galaxy = dataclasses.replace(smooth_arms(0), contrast=0.0, axis_ratio=0.5, angle=0.6)
    image = spiral_image(SIZE, galaxy)
    axis = np.arange(SIZE) - (SIZE - 1) / 2
    x, y = np.meshgrid(axis, axis)
    moments = [(image * p).sum() for p in (x * x, x * y, y * y)]
    assert np.arctan2(2 * moments[1], moments[0] - moments[2]) / 2 == pytest.approx(0.6, abs=0.02)
    eigenvalues = np.linalg.eigvalsh([[moments[0], moments[1]], [moments[1], moments[2]]])
    assert_allclose(math.sqrt(eigenvalues[0] / eigenvalues[1]), 0.5, rtol=0.1)
