import math

import numpy as np
import pytest
import yaml

from lensym.errors import InputError, UsageError
from lensym.simulation.images import simulate_block
from lensym.simulation.recipe import load_recipe, parse_recipe
from lensym.simulation.render import render
from lensym.simulation.scene import draw_scene
from lensym.simulation.smooth import SmoothModel, image_and_residual
from lensym.simulation.smooth import model as fitting


def small(name, supersampling=1):
    return SmoothModel(load_recipe(name, changes=[f"image.supersampling={supersampling}", "image.size=100"]))


@pytest.fixture(scope="module", params=["model_1", "model_b"])
def model(request):
    return small(request.param)


@pytest.fixture(scope="module")
def counting():
    return small("model_1")


def images(model, class_name, count, seed=1):
    block = simulate_block(model.recipe, class_name, "test", 0, count, seed)
    return block.images[:, 0].astype(np.float64), block.truth


def test_a_smooth_lens_is_found_and_leaves_noise(model):
    seen, truth = images(model, "no_sub", 4)
    fits = [model.fit(image) for image in seen]
    for k, fit in enumerate(fits):
        assert fit.scene.lens.theta_E == pytest.approx(truth["theta_E"][k], abs=0.03)
        place = (fit.scene.source.center_x, fit.scene.source.center_y)
        np.testing.assert_allclose(place, (truth["source_x"][k], truth["source_y"][k]), atol=0.06)
        assert abs(fit.residual.mean()) < 0.05
    assert np.mean([fit.chi_square for fit in fits]) == pytest.approx(1, abs=0.03)


def test_the_mean_is_the_smooth_image_and_the_rms_its_noise(model):
    """Rendered by the simulator from the scene that was drawn, in the image's unit."""
    seen, _ = images(model, "no_sub", 1)
    fit = model.fit(seen[0])
    drawn = draw_scene(model.recipe, "no_sub", "test", 0, 1)
    flux = render(model.recipe, drawn)[0]
    bright = flux > 0.3 * flux.max()
    expected = flux * (drawn.exposure if model.free.counts else 1)
    assert np.abs((fit.mean - expected)[bright] / fit.rms[bright]).max() < 1
    np.testing.assert_allclose((seen[0] - fit.mean) / fit.rms, fit.residual)


def test_one_ray_for_each_pixel_first_leads_to_the_same_fit(monkeypatch):
    model = small("model_b", supersampling=2)
    seen, _ = images(model, "no_sub", 2)
    quick = [model.fit(image) for image in seen]
    monkeypatch.setattr(fitting, "_NEARLY", math.inf)  # the first search ends where it begins
    for image, fit in zip(seen, quick, strict=True):
        alone = model.fit(image)
        assert fit.chi_square == pytest.approx(alone.chi_square, abs=1e-5)
        np.testing.assert_allclose(fit.residual, alone.residual, atol=0.02)
        assert not np.array_equal(fit.residual, alone.residual)  # it did come another way


def test_where_a_search_ends_in_a_wrong_valley_others_are_begun(monkeypatch):
    recipe = load_recipe("model_1", "physical", changes=["source.clumps=null", "neighbours=null"])
    model = SmoothModel(recipe)
    image = simulate_block(recipe, "no_sub", "test", 23, 1, 49).images[0, 0].astype(np.float64)
    assert model.fit(image).chi_square == pytest.approx(1, abs=0.05)
    monkeypatch.setattr(fitting, "_BEGINNINGS", 1)
    assert model.fit(image).chi_square > 10


def test_substructure_is_left_over(model):
    smooth, _ = images(model, "no_sub", 8)
    clumped, _ = images(model, "cdm", 8)
    fits = [[model.fit(image) for image in seen] for seen in (smooth, clumped)]
    chi_square = [[fit.chi_square for fit in of_kind] for of_kind in fits]
    excess = [[fit.excess for fit in of_kind] for of_kind in fits]
    assert np.mean(chi_square[1]) > np.mean(chi_square[0])
    assert np.mean(excess[0]) == pytest.approx(0.9, abs=0.12)
    assert np.median(excess[1]) > max(excess[0])


@pytest.mark.parametrize("turned", [lambda x: np.rot90(x), lambda x: np.rot90(x, 2), lambda x: x[::-1], lambda x: x.T])
def test_turned_and_mirrored_images_leave_the_turned_residual(model, turned):
    seen, _ = images(model, "axion", 2, seed=3)
    for image in seen:
        left = model.fit(image).residual
        of_turned = model.fit(np.ascontiguousarray(turned(image))).residual
        np.testing.assert_array_equal(of_turned, turned(left))
        assert np.abs(of_turned - left).max() > 1  # the comparison above can fail


def test_two_channels(model):
    seen, _ = images(model, "cdm", 2)
    both = image_and_residual(model, seen[:, None])
    assert both.shape == (2, 2, 100, 100)
    assert both.dtype == np.float32
    np.testing.assert_allclose(np.square(both[:, 0]).mean(axis=(1, 2)), 1, rtol=1e-5)
    np.testing.assert_allclose(both[1, 1], model.fit(seen[1]).residual / 4, rtol=1e-5, atol=1e-6)


def test_a_turned_scene_is_the_turned_scene(model):
    seen, _ = images(model, "no_sub", 1)
    fit, of_turned = model.fit(seen[0]), model.fit(np.ascontiguousarray(np.rot90(seen[0])[:, ::-1]))
    lens, turned = fit.scene.lens, of_turned.scene.lens
    # rot90 takes (x, y) to (y, -x), the mirror that to (-y, -x)
    assert (turned.gamma1, turned.gamma2, turned.theta_E) == (-lens.gamma1, lens.gamma2, lens.theta_E)
    source, moved = fit.scene.source, of_turned.scene.source
    assert (moved.center_x, moved.center_y) == (-source.center_y, -source.center_x)
    assert (moved.e1, moved.e2) == (-source.e1, source.e2)


@pytest.mark.parametrize("image", [np.zeros((100, 100)), np.full((100, 100), np.nan), np.ones((90, 90))])
def test_what_is_no_image_is_refused(counting, image):
    with pytest.raises(InputError):
        counting.fit(image)


NOISE = np.random.default_rng(0).standard_normal((100, 100))


@pytest.mark.parametrize(
    "image",
    [
        np.abs(20 * NOISE),
        0.01 * NOISE - 0.005,
        np.full((100, 100), -1.0) + 0.1 * NOISE,
        1e-19 * np.cumsum(NOISE, axis=0),
        1e9 * np.cumsum(NOISE, axis=1),
    ],
    ids=["noise", "blank sky", "negative", "tiny", "huge"],
)
def test_images_unlike_the_recipe_s_get_some_fit_and_the_same_turned(counting, image):
    left = counting.fit(image).residual
    assert np.isfinite(left).all()
    channels = image_and_residual(counting, image[None, None, ::-1])
    np.testing.assert_array_equal(channels[0, 1], (left[::-1].clip(-1e4, 1e4) / 4).astype(np.float32))


@pytest.mark.parametrize(
    ("name", "variant", "changes", "word"),
    [
        ("model_2", "published", (), "without noise"),
        ("model_1", "physical", (), "clumps in the source"),
        ("model_1", "published", ["source.amplitude={uniform: [10, 20]}"], "unknown brightness"),
        ("model_b", "published", ["observation.noise.exposure={uniform: [100, 200]}"], "exposures that differ"),
        ("model_1", "published", ["lens.a4=0.01"], "multipoles"),
        (
            "model_b",
            "published",
            ["lens_light=[{amplitude: 480, R_sersic: 0.5, n_sersic: 2.5, center: {x: 0.15}}]"],
            "a lens light beside the lens",
        ),
        ("model_b", "published", ["lens.theta_E=3.0"], "theta_E is from 0.4 to 2.4"),
        ("model_1", "published", ["source.n_sersic=9.0"], "n_sersic is from 0.4 to 8"),
    ],
)
def test_recipes_that_it_does_not_describe_are_refused(name, variant, changes, word):
    with pytest.raises(UsageError, match=word):
        SmoothModel(load_recipe(name, variant, changes))


@pytest.mark.parametrize(("size", "pixel_scale"), [(65, 0.1), (45, 0.13), (17, 0.5), (150, 0.05)])
def test_the_middle_is_whole_coarse_pixels_as_far_from_all_edges(size, pixel_scale):
    model = SmoothModel(load_recipe("model_1", changes=[f"image.size={size}", f"image.pixel_scale={pixel_scale}"]))
    assert (size - model.side) % 2 == 0
    assert 0 < model.side <= size


def test_counts_of_a_lens_that_shines():
    changes = ["image.size=100", "lens_light=[{amplitude: 10.0, R_sersic: 0.5, n_sersic: 2.5}]"]
    model = SmoothModel(load_recipe("model_1", changes=changes))
    seen, truth = images(model, "no_sub", 4)
    for k, image in enumerate(seen):
        fit = model.fit(image)
        assert fit.chi_square == pytest.approx(1, abs=0.06)
        assert fit.scene.exposure == pytest.approx(truth["exposure"][k], rel=0.1)


def test_slope_and_place_are_free_where_the_recipe_draws_them():
    plain = load_recipe("model_b").to_dict()
    plain["lens"] |= {"slope": {"normal": [2.0, 0.1]}, "center": {"x": {"normal": [0.0, 0.05]}, "y": 0.0}}
    plain["image"] = {"size": 50, "pixel_scale": 0.1, "supersampling": 1}
    model = SmoothModel(parse_recipe(yaml.safe_load(yaml.safe_dump(plain)), "drawn"))
    assert {"lens slope", "lens x", "lens y"} <= set(model.free.names)
    seen, truth = images(model, "no_sub", 2)
    for k, image in enumerate(seen):
        fit = model.fit(image)
        assert fit.chi_square == pytest.approx(1, abs=0.15)
        assert fit.scene.lens.x == pytest.approx(truth["lens_x"][k], abs=0.02)
        assert fit.scene.light is not None
        assert fit.scene.light.center_x == fit.scene.lens.x


def test_a_thorough_fit_finds_a_lens_beside_the_middle():
    """From the middle alone the fit ends pixels away: the control."""
    x, y = place = (0.13, 0.14)
    source = (
        f"source.center={{x: {{uniform: [{x - 0.35!r}, {x + 0.35!r}]}}, y: {{uniform: [{y - 0.35!r}, {y + 0.35!r}]}}}}"
    )
    moved = load_recipe("model_1", changes=[f"lens.center={{x: {x}, y: {y}}}", source])
    image = simulate_block(moved, "no_sub", "test", 2, 1, 3).images[0, 0].astype(np.float64)
    model = SmoothModel(load_recipe("model_1"), free_place=True)
    found = [model.fit(image, thorough).scene.lens for thorough in (True, False)]
    off = [math.dist((lens.x, lens.y), place) / model.recipe.pixel_scale for lens in found]
    assert off[0] < 0.5
    assert off[1] > 1
    still = SmoothModel(load_recipe("model_1"))
    np.testing.assert_array_equal(still.fit(image, thorough=True).residual, still.fit(image).residual)


def test_a_recipes_name_is_no_recipe(unchecked):
    with unchecked(), pytest.raises(UsageError, match=r"a recipe; got 'model_1' of type str; load it: .*load_recipe"):
        SmoothModel("model_1")
