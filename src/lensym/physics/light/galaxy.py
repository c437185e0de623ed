"""Procedural spiral galaxies, for sources where no image of a real one is at hand.

A Sersic bulge and an exponential disc whose brightness is raised along logarithmic spiral arms, with clumps of star
formation on the arms. Lengths are in units of half of the image's side.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lensym.physics.light.sersic import sersic
from lensym.physics.mass.geometry import rotate


@dataclass(frozen=True)
class Spiral:
    """Parameters of a spiral galaxy.

    Attributes
    ----------
    arms
        Number of spiral arms.
    pitch
        Angle in radians between an arm and the circle.
    contrast
        From 0 (no arms) to 1 (no light between them).
    phase
        Position angle in radians of an arm at one scale length.
    scale_length
        Of the exponential disc.
    axis_ratio, angle
        Of the inclined disc; position angle in radians.
    bulge_share, bulge_radius, bulge_index
        Share of the light, half-light radius and Sersic index of the bulge, which is round.
    clump_share
        Share of the disc's light that is in clumps.
    clump_radius, clump_offset
        Places of the clumps, (K,): radii in scale lengths, and angles in radians off the arm that they are on.
    clump_arm
        Number of that arm, (K,).
    clump_size
        Gaussian sigma of a clump.
    """

    arms: int
    pitch: float
    contrast: float
    phase: float
    scale_length: float
    axis_ratio: float
    angle: float
    bulge_share: float
    bulge_radius: float
    bulge_index: float
    clump_share: float
    clump_radius: NDArray[np.float64]
    clump_offset: NDArray[np.float64]
    clump_arm: NDArray[np.int64]
    clump_size: float


def draw_spiral(rng: np.random.Generator) -> Spiral:
    """Draw a spiral: two to four arms of 10 to 25 degrees, a bulge with 5 to 30 % of the light, 10 to 40 clumps."""
    arms, clumps = int(rng.integers(2, 5)), int(rng.integers(10, 41))
    return Spiral(
        arms=arms,
        pitch=math.radians(rng.uniform(10, 25)),
        contrast=rng.uniform(0.4, 0.8),
        phase=rng.uniform(0, 2 * math.pi),
        scale_length=rng.uniform(0.13, 0.18),
        axis_ratio=rng.uniform(0.4, 1.0),
        angle=rng.uniform(0, math.pi),
        bulge_share=rng.uniform(0.05, 0.3),
        bulge_radius=rng.uniform(0.04, 0.08),
        bulge_index=rng.uniform(1.0, 3.0),
        clump_share=rng.uniform(0.05, 0.2),
        clump_radius=rng.uniform(0.7, 3.5, clumps),
        clump_offset=rng.normal(0, 0.15, clumps),
        clump_arm=rng.integers(0, arms, clumps),
        clump_size=rng.uniform(0.015, 0.03),
    )


def spiral_galaxy(size: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Image (size, size) of a galaxy drawn from ``rng``, its light adding up to one."""
    return spiral_image(size, draw_spiral(rng))


def spiral_image(size: int, spiral: Spiral) -> NDArray[np.float64]:
    """Image (size, size) of a spiral galaxy, its light adding up to one."""
    axis = (np.arange(size) - (size - 1) / 2) * 2 / size
    x, y = np.meshgrid(axis, axis, indexing="xy")
    u, v = rotate(x, y, spiral.angle)
    v = v / spiral.axis_ratio
    disc = _unit_light(_armed_disc(u, v, spiral))
    if spiral.clump_share > 0:
        disc = (1 - spiral.clump_share) * disc + spiral.clump_share * _unit_light(_clumps(u, v, spiral))
    bulge = sersic(x, y, 1.0, spiral.bulge_radius, spiral.bulge_index, 0.0, 0.0, 0.0, 0.0)
    return spiral.bulge_share * _unit_light(bulge) + (1 - spiral.bulge_share) * disc


def _armed_disc(u: NDArray[np.float64], v: NDArray[np.float64], spiral: Spiral) -> NDArray[np.float64]:
    """Disc seen from above: exponential, times a cosine of the angle from the nearest arm."""
    radius = np.maximum(np.hypot(u, v), 1e-3 * spiral.scale_length)
    from_arm = np.arctan2(v, u) - _arm_angle(radius / spiral.scale_length, spiral)
    rise = np.minimum(radius / spiral.scale_length, 1.0)  # arms begin where the bulge ends
    arms = 1 + spiral.contrast * rise * np.cos(spiral.arms * from_arm)
    return np.asarray(np.exp(-radius / spiral.scale_length) * arms)


def _clumps(u: NDArray[np.float64], v: NDArray[np.float64], spiral: Spiral) -> NDArray[np.float64]:
    """Gaussian clumps beside the arms, each as bright as the disc is there."""
    angle = _arm_angle(spiral.clump_radius, spiral) + spiral.clump_offset
    angle = angle + 2 * math.pi * spiral.clump_arm / spiral.arms
    radius = spiral.clump_radius * spiral.scale_length
    total = np.zeros_like(u)
    for r, phi, brightness in zip(radius, angle, np.exp(-spiral.clump_radius), strict=True):
        squared = (u - r * math.cos(phi)) ** 2 + (v - r * math.sin(phi)) ** 2
        total += brightness * np.exp(-squared / (2 * spiral.clump_size**2))
    return total


def _arm_angle(radius: NDArray[np.float64], spiral: Spiral) -> NDArray[np.float64]:
    """Position angle of the first arm at radii in scale lengths: a logarithmic spiral."""
    return np.asarray(spiral.phase + np.log(radius) / math.tan(spiral.pitch))


def _unit_light(image: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(image / image.sum())
