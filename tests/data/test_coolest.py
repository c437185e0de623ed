"""A scene in COOLEST's conventions: values, the way back, what has no profile there, and what is refused."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st

from lensym.data.coolest.export import export_coolest
from lensym.data.coolest.profiles import external_shear, perturbers_as_plain, position_angle, sersic, smooth_lens
from lensym.data.importing.options import ImportOptions
from lensym.data.importing.run import import_to_folder
from lensym.errors import InputError, IntegrityError, OutputError, UsageError
from lensym.physics.perturbers import Lines, Solitons, TruncatedHalos
from lensym.physics.raytrace import MacroLens, PointMasses, SersicSource
from lensym.simulation.images import noise_rms
from lensym.simulation.recipe import load_recipe
from lensym.simulation.render import render
from lensym.simulation.run import simulate_to_folder
from lensym.simulation.scene import draw_scene
from lensym.simulation.turned import turn_data_set
from lensym.store import DatasetFolder, write_manifest

angles = st.floats(-math.pi, math.pi)
sizes = st.floats(0.001, 0.7)


def values(profile):
    return {name: parameter["point_estimate"]["value"] for name, parameter in profile["parameters"].items()}


def spin_two(modulus, position_angle):
    """Components from +x of a thing given by modulus and position angle, written down from the definition."""
    twice = 2 * math.radians(position_angle + 90)
    return modulus * math.cos(twice), modulus * math.sin(twice)


def in_truth(folder, image):
    view = DatasetFolder.open(folder).split("test")
    return {name: column[image] for name, column in view.truth.items()}


def exported(folder, out, image=0):
    said = export_coolest(folder, out, "test", image)
    return json.loads((out / "coolest.json").read_text()), said


@given(angles)
def test_a_position_angle_is_counted_from_y_and_is_the_same_axis(angle):
    phi = position_angle(angle)
    assert -90 < phi <= 90
    along = np.array([-math.sin(math.radians(phi)), math.cos(math.radians(phi))])  # counter-clockwise from +y
    assert abs(along @ [math.cos(angle), math.sin(angle)]) == pytest.approx(1, abs=1e-12)


@given(sizes, angles, sizes, angles)
def test_ellipticity_and_shear_come_back(modulus, angle, shear, direction):
    e1, e2 = modulus * math.cos(angle), modulus * math.sin(angle)
    gamma1, gamma2 = shear * math.cos(direction), shear * math.sin(direction)
    lens = MacroLens(1.2, e1, e2, gamma1, gamma2, x=0.1, y=-0.2)
    ellipse = values(smooth_lens(lens))
    q = ellipse["q"]
    assert spin_two((1 - q) / (1 + q), ellipse["phi"]) == pytest.approx((e1, e2), abs=1e-12)
    field = values(external_shear(lens))
    assert spin_two(field["gamma_ext"], field["phi_ext"]) == pytest.approx((gamma1, gamma2), abs=1e-12)
    light = values(sersic(SersicSource(2.0, 0.3, 1.5, e1, e2, 0.1, 0.2)))
    assert {name: light[name] for name in ("q", "phi")} == {name: ellipse[name] for name in ("q", "phi")}


def test_a_lens_along_x_has_its_major_axis_at_90_degrees():
    lens = smooth_lens(MacroLens(1.2, 0.1, 0.0, 0.0, 0.0, slope=1.9))
    assert lens["type"] == "PEMD"
    assert values(lens) == {"theta_E": 1.2, "q": 0.9 / 1.1, "phi": 90.0, "center_x": 0, "center_y": 0, "gamma": 1.9}
    assert smooth_lens(MacroLens(1.2, 0.1, 0.0, 0.0, 0.0))["type"] == "SIE"


def test_the_template_has_the_stored_truth(data_set, tmp_path):
    plain, said = exported(data_set, tmp_path / "out", image=13)
    truth = in_truth(data_set, 13)
    lens, shear, source = plain["lensing_entities"]
    mass, light = values(lens["mass_model"][0]), values(source["light_model"][0])
    assert (lens["redshift"], source["redshift"]) == (truth["z_lens"], truth["z_source"])
    assert mass["theta_E"] == pytest.approx(truth["theta_E"])
    assert values(shear["mass_model"][0])["gamma_ext"] == pytest.approx(math.hypot(truth["gamma1"], truth["gamma2"]))
    names = {"I_eff": "amplitude", "theta_eff": "R_sersic", "n": "n_sersic", "center_x": "x", "center_y": "y"}
    for theirs, ours in names.items():
        assert light[theirs] == pytest.approx(truth[f"source_{ours}"])
    assert plain["cosmology"] == {"astropy_name": "FlatLambdaCDM", "H0": 70.0, "Om0": 0.3}
    assert plain["observation"]["pixels"]["field_of_view_x"] == [-3.2, 3.2]
    assert plain["instrument"]["psf"]["fwhm"] == pytest.approx(0.087 / 0.2)
    assert plain["observation"]["exposure_time"] == pytest.approx(truth["exposure"])
    assert "25 point masses" in said[0]
    assert plain["meta"]["not_in_coolest"] == said
    assert plain["meta"]["perturbers"][0]["x"] == pytest.approx(truth["subhalo_x"].tolist())


def test_the_files_are_the_image_and_its_noise_in_flux(data_set, small_recipe, tmp_path):
    plain, _ = exported(data_set, tmp_path / "out", image=2)
    stored = DatasetFolder.open(data_set).split("test").images(2)[0, 0]
    exposure = plain["observation"]["exposure_time"]
    np.testing.assert_allclose(fits.getdata(tmp_path / "out" / "image.fits") * exposure, stored, atol=1e-9)
    recipe = load_recipe(small_recipe)
    scene = draw_scene(recipe, "no_sub", "test", 2, 5)
    expected = noise_rms(recipe, render(recipe, scene)[0], scene.exposure)
    np.testing.assert_allclose(fits.getdata(tmp_path / "out" / "noise.fits"), expected)
    assert plain["observation"]["noise"]["noise_map"]["fits_file"] == {"path": "noise.fits"}


@pytest.fixture(scope="module")
def physical(tmp_path_factory):
    """Physical scenes of 40 px: lens light, neighbours, clumps, halos and lines."""
    folder = tmp_path_factory.mktemp("physical") / "data"
    changes = ["image.size=40", "lens.a4=0.02", "neighbours.count=2"]
    recipe = load_recipe("model_1", "physical", changes)
    simulate_to_folder(recipe, folder, 2, {"test": 1.0}, seed=3, workers=1)
    return folder


def test_every_light_and_the_slope_are_there(physical, tmp_path):
    plain, said = exported(physical, tmp_path / "out", image=4)
    truth = in_truth(physical, 4)
    lens, _, neighbours, source = plain["lensing_entities"]
    assert values(lens["mass_model"][0])["gamma"] == pytest.approx(truth["slope"])
    assert values(lens["light_model"][0])["theta_eff"] == pytest.approx(truth["light_R_sersic"])
    assert len(neighbours["light_model"]) == 2
    assert neighbours["redshift"] == lens["redshift"]
    assert len(source["light_model"]) == 1 + truth["source_clumps"]
    assert source["light_model"][-1]["id"].startswith(f"3-galaxy-light-{int(truth['source_clumps'])}-Sersic")
    assert any("uniform lines" in sentence for sentence in said)
    assert any("a4 = 0.0" in sentence for sentence in said)
    assert (plain["observation"]["mag_zero_point"], plain["instrument"]["readout_noise"]) == (25.94, 10.0)


def test_a_turned_scene_is_as_it_was_seen(physical, tmp_path):
    turn_data_set(physical, tmp_path / "turned", workers=1)
    upright, _ = exported(physical, tmp_path / "upright", image=1)
    turned, _ = exported(tmp_path / "turned", tmp_path / "out", image=1)
    angle = in_truth(tmp_path / "turned", 1)["turned_by"]
    before, after = (values(p["lensing_entities"][0]["mass_model"][0])["phi"] for p in (upright, turned))
    assert (after - before - angle + 90) % 180 == pytest.approx(90)


@pytest.mark.parametrize(
    ("change", "psf", "noise"),
    [
        ("observation.psf={fwhm: 0.7, beta: 3.0, truncation: 1.0}", "PixelatedPSF", "NoiseMap"),
        ("observation.noise={kind: none, factor: 50.0}", "GaussianPSF", "UniformGaussianNoise"),
        ("observation={psf: {fwhm: 0.4}, noise: {kind: none}, scaled: true}", "GaussianPSF", None),
    ],
)
def test_other_telescopes(small_recipe, tmp_path, change, psf, noise):
    recipe = load_recipe(small_recipe, changes=[change, "classes={no_sub: {kind: none}}"])
    simulate_to_folder(recipe, tmp_path / "data", 1, {"test": 1.0}, workers=1)
    plain, said = exported(tmp_path / "data", tmp_path / "out")
    assert plain["instrument"]["psf"]["type"] == psf
    assert plain["observation"]["noise"]["type"] == noise
    assert (tmp_path / "out" / "psf.fits").exists() == (psf == "PixelatedPSF")
    assert (tmp_path / "out" / "noise.fits").exists() == (noise == "NoiseMap")
    assert ("divided by its maximum" in plain["meta"]["units"]) == (noise is None)
    assert len(said) == 1  # the published distances
    if noise == "UniformGaussianNoise":
        scene = draw_scene(recipe, "no_sub", "test", 0, 0)
        np.testing.assert_allclose(fits.getdata(tmp_path / "out" / "image.fits"), render(recipe, scene)[0], rtol=1e-5)


def test_a_light_of_no_index_that_coolest_takes_is_said(small_recipe, tmp_path):
    recipe = load_recipe(small_recipe, changes=["source.n_sersic=0.4", "classes={no_sub: {kind: none}}"])
    simulate_to_folder(recipe, tmp_path / "data", 1, {"test": 1.0}, workers=1)
    plain, said = exported(tmp_path / "data", tmp_path / "out")
    assert plain["lensing_entities"][-1]["light_model"] == []
    assert "Sersic lights of index 0.4: COOLEST takes 0.5 to 10" in said


def test_every_kind_of_substructure_is_kept_in_numbers():
    one = np.array([0.5])
    kinds = (PointMasses(one, one, one), TruncatedHalos(one, one, one, one, 10.0), Solitons(one, one, one, one))
    for perturbers in kinds:
        plain = perturbers_as_plain(perturbers)
        assert plain.pop("kind") == type(perturbers).__name__
        assert len(plain) == len(vars(perturbers))
        assert [0.5] in plain.values()
    assert perturbers_as_plain(Lines(one, one, one, np.array([math.pi / 2]), one))["phi"] == [0.0]


def test_what_is_refused(data_set, tmp_path):
    for number in (-1, 30):
        with pytest.raises(UsageError, match=f"an image from 0 to 29 of the split 'test'; got {number}; choose"):
            export_coolest(data_set, tmp_path / "out", "test", number)
    with pytest.raises(UsageError, match=r"a known split of .* is needed; got 'tst'; did you mean 'test'"):
        export_coolest(data_set, tmp_path / "out", "tst")
    np.save(tmp_path / "cdm.npy", np.random.default_rng(0).random((4, 8, 8)))
    import_to_folder(tmp_path / "cdm.npy", tmp_path / "foreign", ImportOptions(pixel_scale=0.05, split={"test": 1.0}))
    with pytest.raises(InputError, match=r"the truth of a recipe of this version; got '.*foreign' with"):
        export_coolest(tmp_path / "foreign", tmp_path / "out")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "note").touch()
    with pytest.raises(OutputError, match="an empty or new folder"):
        export_coolest(data_set, tmp_path / "full")
    assert not (tmp_path / "out").exists()


def test_truth_of_other_draws_changed_bytes_and_several_bands_are_refused(tmp_path):
    recipe = load_recipe("model_4", changes=["image.size=16"])
    simulate_to_folder(recipe, tmp_path / "bands", 1, {"test": 1.0}, workers=1, classes=["no_sub"])
    with pytest.raises(UsageError, match="an image of one band, as a COOLEST template has; got 3 bands"):
        export_coolest(tmp_path / "bands", tmp_path / "out")
    manifest = DatasetFolder.open(tmp_path / "bands").manifest
    write_manifest(tmp_path / "bands", replace(manifest, seed=7))
    with pytest.raises(InputError, match=r"whose truth this version of lensym draws again; got .* with other numbers"):
        export_coolest(tmp_path / "bands", tmp_path / "out")
    shard = tmp_path / "bands" / manifest.shards[0].file
    shard.write_bytes(shard.read_bytes()[:-1] + b"?")
    with pytest.raises(IntegrityError, match=shard.name):
        export_coolest(tmp_path / "bands", tmp_path / "out")
