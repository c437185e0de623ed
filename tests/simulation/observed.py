"""What lensym draws, in the form in which it is expected."""

import functools
import math

import numpy as np
import pytest
from scipy.integrate import quad

from lensym.simulation.recipe import load_recipe
from lensym.simulation.scene import draw_scene

from .expected import SIGMA_RADIUS, comoving, squared_radius


def polar(x, y):
    return np.hypot(x, y), np.degrees(np.arctan2(y, x)) % 360


def axis(e1, e2):
    """Axis ratio and position angle in degrees of an ellipticity."""
    modulus = np.hypot(e1, e2)
    return (1 - modulus) / (1 + modulus), np.degrees(np.arctan2(e2, e1) / 2)


def flux(light):
    """Of a whole Sersic profile (Graham & Driver 2005, eq. 4)."""
    n, b = light.n_sersic, 1.9992 * light.n_sersic - 0.3271
    return 2 * np.pi * n * light.R_sersic**2 * light.amplitude * np.exp(b) * b ** (-2 * n) * math.gamma(2 * n)


@functools.cache
def mean_mass(low, high):
    """Of ``m^-1.9``."""
    above, below = (quad(lambda t, p=p: math.exp(p * t), math.log(low), math.log(high))[0] for p in (0.1, -0.9))
    return above / below


class Column(dict):
    """Columns of the truth of all scenes; a column that is used is taken away."""

    def take(self, *names):
        return [self.pop(name) for name in names]


def scenes_of(name, variant, class_name, count):
    # the compensation, which has a test of its own, hides the Einstein radius that was drawn
    recipe = load_recipe(name, variant, ["compensated=false"])
    return [draw_scene(recipe, class_name, "train", index, seed=17) for index in range(count)]


def observed(name, variant, class_name, count):
    """Everything that was drawn, in the form in which EXPECTED has it."""
    scenes = scenes_of(name, variant, class_name, count)
    c = Column({key: [scene.truth[key] for scene in scenes] for key in scenes[0].truth})
    c |= {key: np.array(value) for key, value in c.items() if np.ndim(value[0]) == 0}
    luminosity = variant == "published" and name in ("model_1", "model_2", "model_3")
    sq = np.array([squared_radius(z, s, luminosity) for z, s in zip(c["z_lens"], c["z_source"], strict=True)])
    if "subhalo_x" in c:
        halos(c, sq, name, variant)
    if class_name == "axion" and name != "model_4":
        vortex(c, sq, name, variant)
    if name in ("model_a", "model_b"):
        models_a_and_b_columns(c)
    if name == "model_4" and class_name == "no_sub":
        c["velocity_dispersion"] = np.sqrt(c.pop("theta_E") / SIGMA_RADIUS)
    if variant == "physical":
        physical_columns(c, scenes)
    return c


def halos(c, sq, name, variant):
    mass, x, y = c.take("subhalo_mass", "subhalo_x", "subhalo_y")
    number = np.array([len(m) for m in mass])
    total = np.array([m.sum() for m in mass])
    dx = np.concatenate(x) - np.repeat(c["lens_x"], number)
    radius, c["angle"] = polar(dx, np.concatenate(y) - np.repeat(c["lens_y"], number))
    if variant == "physical" or name == "model_4":
        (stated,) = c.take("subhalo_count")
        assert (stated == number).all()
        assert c.pop("substructure_mass") == pytest.approx(total)
        low = 1e7 if variant == "physical" else 1e8 if "log10_axion_mass" in c else 1e6
        inside = 2 ** (3 - c["slope"]) * c["theta_E"] ** 2 / sq  # the lens's mass inside two Einstein radii
        c["count_rank"] = np.stack([number, c["mass_fraction"] * inside / mean_mass(low, 1e10)])
        c["area"] = (radius / np.repeat(2 * c["theta_E"], number)) ** 2
    else:
        c["radius"], c["count"] = radius, number
    if name == "model_a":
        c["each_radius"] = np.sqrt(np.concatenate(mass) * np.repeat(sq, number))
    elif name == "model_b":
        c["fraction"] = total * sq / 1.2**2
    else:
        c["subhalo_mass"] = np.concatenate(mass)


def vortex(c, sq, name, variant):
    if variant == "physical":
        mass, x, y, half_length = c.take("substructure_mass", "vortex_x", "vortex_y", "vortex_half_length")
        assert mass.mean() > 0
        radius, c["angle"] = polar(x - c["lens_x"], y - c["lens_y"])
        c["area"] = (radius / c["theta_E"]) ** 2
        kpc = 2 * half_length / 206264.806 * 1000 * np.array([comoving(z) / (1 + z) for z in c["z_lens"]])
        c["length_over_366_pc"] = kpc / 0.366 * 10 ** (c["log10_axion_mass"] + 22)
    elif name == "model_a":
        c["total_over_each"] = c.pop("vortex_mass") * sq / 0.0048**2
    elif name == "model_b":
        c["fraction"] = c.pop("vortex_mass") * sq / 1.2**2
    else:
        c["length_over_published"] = c.pop("vortex_half_length") / (0.03 * 1e-22 / 10 ** c["log10_axion_mass"])


def models_a_and_b_columns(c):
    gamma1, gamma2 = c.take("gamma1", "gamma2")
    c["shear"], c["shear_angle"] = np.hypot(gamma1, gamma2), np.degrees(np.arctan2(gamma2, gamma1) / 2)
    c["light_q"], c["light_angle"] = axis(*c.take("light_e1", "light_e2"))
    c["source_q"], c["source_angle_of_axis"] = axis(*c.take("source_e1", "source_e2"))
    c["source_radius"], c["source_direction"] = polar(*c.take("source_x", "source_y"))


def physical_columns(c, scenes):
    x, y = c.take("source_x", "source_y")
    radius, c["source_direction"] = polar(x - c["lens_x"], y - c["lens_y"])
    c["source_radius_over_theta_E"] = radius / c["theta_E"]
    nearest = c["z_lens"] + 0.3
    c["z_source_rank"] = (c.pop("z_source") - nearest) / (2 - nearest)
    x, y, e1, e2 = c.take("light_x", "light_y", "light_e1", "light_e2")
    c["light_from_lens"] = np.hypot(x - c["lens_x"], y - c["lens_y"])
    c["light_over_mass_ellipticity"] = np.hypot(e1, e2) / np.hypot(c["e1"], c["e2"])
    turn = axis(e1, e2)[1] - axis(c["e1"], c["e2"])[1]
    c["light_to_mass"] = (turn + 90) % 180 - 90
    (fraction,) = c.take("source_clump_fraction")
    c["clump_fraction"] = fraction[c["source_clumps"] > 0]
    c["clump_radius"] = np.array([spot.R_sersic for scene in scenes for spot in scene.source[0][1:]])
    others = [(scene.lens, light) for scene in scenes for light in scene.foreground[0][1:]]
    c["neighbour_magnitude"] = np.array([25.94 - 2.5 * math.log10(flux(light)) for _, light in others])
    c["neighbour_R_sersic"] = np.array([light.R_sersic for _, light in others])
    c["neighbour_n_sersic"] = np.array([light.n_sersic for _, light in others])
    q, angle = axis(np.array([light.e1 for _, light in others]), np.array([light.e2 for _, light in others]))
    c["neighbour_q"], c["neighbour_axis"] = q, angle % 180
    c["neighbour_radius"], c["neighbour_direction"] = polar(
        np.array([light.center_x - lens.x for lens, light in others]),
        np.array([light.center_y - lens.y for lens, light in others]),
    )
