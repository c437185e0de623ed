"""What makes mass no label in the physical recipes: one distribution of it for both classes, and the compensation."""

import math

import numpy as np
import pytest
from scipy import stats

from lensym.physics.perturbers import deflection
from lensym.physics.raytrace import macro_source_plane
from lensym.simulation.recipe import load_recipe
from lensym.simulation.scene import draw_scene

from .expected import squared_radius

SCENES = 1200


def test_both_substructures_have_the_same_mass(unchecked):
    """Realised, not stated: a population scatters about its fraction, and the line must scatter with it."""
    recipe = load_recipe("model_1", "physical", ["compensated=false"])
    shares = {}
    with unchecked():
        for class_name in ("cdm", "axion"):
            truths = [draw_scene(recipe, class_name, "val", index, seed=5).truth for index in range(SCENES)]
            shares[class_name] = np.array([share_of_mass(truth) for truth in truths])
    exact = np.array([truth["mass_fraction"] for truth in truths])
    assert stats.ks_2samp(shares["cdm"], shares["axion"]).pvalue > 0.01
    assert stats.ks_2samp(shares["cdm"], exact).pvalue < 1e-6
    assert stats.ks_2samp(shares["cdm"], 1.3 * shares["axion"]).pvalue < 1e-4


def share_of_mass(truth):
    """Of the lens's mass inside two Einstein radii."""
    inside = 2 ** (3 - truth["slope"]) * truth["theta_E"] ** 2 / squared_radius(truth["z_lens"], truth["z_source"])
    return truth["substructure_mass"] / inside


ROUND = "lens.ellipticity={e1: 0, e2: 0}"


@pytest.mark.parametrize(("class_name", "scenes", "points"), [("cdm", 8, 2000), ("axion", 20, 20_000)])
@pytest.mark.parametrize(("changes", "left"), [([ROUND], 0.01), ([], 0.05)], ids=["round", "elliptical"])
def test_the_mean_convergence_inside_the_einstein_radius_is_kept(class_name, scenes, points, changes, left, unchecked):
    """The flux of the whole deflection through the circle, with the same scene's without substructure.

    Of an elliptical lens the circle holds some per cent more or less than ``theta_E`` says.
    """
    kept, bare = (load_recipe("model_2", "physical", [*changes, f"compensated={flag}"]) for flag in ("true", "false"))
    found = []
    with unchecked():
        for index in range(scenes):
            whole, parts = (draw_scene(recipe, class_name, "test", index, seed=9) for recipe in (kept, bare))
            radius = parts.lens.theta_E
            smooth = outward_flux(parts.lens, (), radius, points)
            found.append([outward_flux(s.lens, s.perturbers, radius, points) / smooth - 1 for s in (whole, parts)])
    kept, added = np.abs(found).T
    assert added.max() > 0.005
    assert (kept < left * added + 1e-4).all()


def outward_flux(lens, perturbers, radius, points):
    """Mean outward deflection on the circle about the lens: its radius times the mean convergence inside."""
    phi = (np.arange(points) + 0.5) * 2 * math.pi / points
    x, y = lens.x + radius * np.cos(phi), lens.y + radius * np.sin(phi)
    beta_x, beta_y = macro_source_plane(x, y, lens)
    alpha_x, alpha_y = x - beta_x, y - beta_y
    for p in perturbers:
        more_x, more_y = deflection(p, x, y)
        alpha_x, alpha_y = alpha_x + more_x, alpha_y + more_y
    return (alpha_x * np.cos(phi) + alpha_y * np.sin(phi)).mean()
