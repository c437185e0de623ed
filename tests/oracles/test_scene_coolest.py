"""An exported scene, read back by COOLEST's own package and evaluated by its own formulas."""

import importlib.util

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lensym.data.coolest.export import export_coolest
from lensym.physics.psf import GaussianPSF
from lensym.physics.raytrace import macro_source_plane
from lensym.simulation.recipe import load_recipe
from lensym.simulation.render import render
from lensym.simulation.run import simulate_to_folder
from lensym.simulation.stored import stored_scene
from lensym.store import DatasetFolder

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(
        importlib.util.find_spec("coolest") is None, reason="coolest is not installed: pip install 'lensym[oracle]'"
    ),
]
CASES = {
    "published": ["lens.ellipticity={e1: 0.1, e2: -0.2}", "lens.shear={gamma1: 0.02, gamma2: 0.05}"],
    "physical": ["image.supersampling=1", "compensated=false"],
}


@pytest.fixture(params=CASES)
def case(request, tmp_path):
    """The scene as lensym has it, and as COOLEST reads it."""
    from coolest.template.json import JSONSerializer

    recipe = load_recipe("model_1", request.param, ["image.size=40", *CASES[request.param]])
    simulate_to_folder(recipe, tmp_path / "data", 1, {"test": 1.0}, seed=8, workers=1, classes=["no_sub"])
    export_coolest(tmp_path / "data", tmp_path / "out")
    read = JSONSerializer(str(tmp_path / "out" / "coolest")).load(verbose=False)
    return stored_scene(DatasetFolder.open(tmp_path / "data"), "test", 0), read, tmp_path / "out"


def profiles(entity, model):
    """Type and values of every profile of an entity, as COOLEST holds them."""
    for profile in getattr(entity, model, ()):
        yield profile.type, {name: p.point_estimate.value for name, p in profile.parameters.items()}


def their_deflection(read, x, y, change=0.0):
    """Summed deflection of all mass profiles; ``change`` degrees are added to each position angle."""
    from coolest.api.profiles import mass

    total = np.zeros((2, *x.shape))
    for entity in read.lensing_entities:
        for kind, values in profiles(entity, "mass_model"):
            angle = "phi_ext" if kind == "ExternalShear" else "phi"
            name = "PEMD" if kind == "SIE" else kind  # the API has the isothermal case as a power law alone
            total += getattr(mass, name)().deflection(x, y, **values | {angle: values[angle] + change})
    return total


def their_light(entity, x, y):
    from coolest.api.profiles.light import Sersic

    return sum(Sersic().evaluate_surface_brightness(x, y, **values) for _, values in profiles(entity, "light_model"))


def test_the_deflection_is_the_same(case):
    stored, read, _ = case
    x, y = np.random.default_rng(0).normal(size=(2, 50))
    beta = macro_source_plane(x, y, stored.scene.lens)
    assert_allclose(np.stack([x, y]) - their_deflection(read, x, y), beta, atol=1e-9)
    with pytest.raises(AssertionError):
        assert_allclose(np.stack([x, y]) - their_deflection(read, x, y, change=90.0), beta, atol=1e-3)


def test_the_image_is_the_same(case):
    stored, read, _ = case
    pixels = read.observation.pixels
    axes = [
        low + (np.arange(n) + 0.5) * (high - low) / n
        for (low, high), n in (
            (pixels.field_of_view_x, pixels.num_pix_x),
            (pixels.field_of_view_y, pixels.num_pix_y),
        )
    ]
    x, y = np.meshgrid(*axes)
    *fronts, source = read.lensing_entities
    image = their_light(source, *(np.stack([x, y]) - their_deflection(read, x, y)))
    image = image + sum(their_light(front, x, y) for front in fronts if front.type == "Galaxy")
    fwhm = read.instrument.psf.fwhm * read.instrument.pixel_size
    truncation = stored.recipe.observation.psf.truncation
    kernel = GaussianPSF(fwhm, truncation).kernel(pixels.pixel_size)
    ours = render(stored.recipe, stored.scene)[0]
    radius = len(kernel) // 2
    padded = np.pad(image * pixels.pixel_size**2, radius, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)
    assert_allclose((windows * kernel).sum((-1, -2)), ours, rtol=1e-6, atol=1e-9 * ours.max())


def test_the_files_and_the_rest_are_read(case):
    stored, read, folder = case
    assert read.observation.pixels.get_pixels(directory=str(folder)).shape == (40, 40)
    assert read.observation.noise.noise_map.get_pixels(directory=str(folder)).min() > 0
    assert (read.cosmology.H0, read.cosmology.Om0, read.mode) == (70.0, 0.3, "MOCK")
    assert read.meta["class"] == "no_sub"
    assert {entity.redshift for entity in read.lensing_entities} == {
        stored.scene.truth["z_lens"],
        stored.scene.truth["z_source"],
    }
    theta_E = read.lensing_entities[0].mass_model[0].parameters["theta_E"]
    assert read.lensing_entities.get_parameter_from_id(theta_E.id) is theta_E
    assert theta_E.point_estimate.value == pytest.approx(stored.scene.lens.theta_E)
