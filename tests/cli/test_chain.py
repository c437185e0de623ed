"""Each verb on the small data set, as a user types it, from nothing to an answer on a telescope's file."""

import csv
import json
import shutil

import numpy as np
import pytest

from lensym.conventions import CLASSES
from lensym.models.checkpoint import load_model
from lensym.simulation.fits import write_fits
from lensym.simulation.memory import simulate
from lensym.store import manifest_digest

COUNTS = {"train": 20, "val": 10, "test": 10}


def test_simulate_makes_the_data_set_and_finishes_it_when_called_again(lensym, small_recipe, data_set, tmp_path):
    out = tmp_path / "data"
    command = ("simulate", small_recipe, out, "--count", 40, "--split", "train=.5,val=.25,test=.25", "--seed", 5)
    result = lensym(*command, "--workers", 1, "--shard-images", 500)
    assert result.code == 0
    assert result.err.splitlines()[-1] == "simulate: 120/120"
    assert "train    20       20    20" in result.out
    assert manifest_digest(out) == manifest_digest(data_set)
    next(out.glob("*.h5")).unlink()
    assert lensym(*command, "--workers", 1).code == 0
    assert {path.name: path.read_bytes() for path in out.glob("*.h5")} == {
        path.name: path.read_bytes() for path in data_set.glob("*.h5")
    }


def test_residual_makes_the_data_set_that_a_network_learns_from(lensym, small_recipe, tmp_path):
    data, out = tmp_path / "data", tmp_path / "fitted"
    lensym("simulate", small_recipe, data, "--count", 2, "--split", "train=.5,val=.5", "--workers", 1)
    result = lensym("residual", data, out, "--workers", 1)
    assert result.code == 0
    assert result.out.strip() == f"{out}: 6 images of model_1, each with what a smooth lens leaves of it"
    content = lensym("info", out, "--json", "--verify").json
    assert (content["channels"], content["n"]) == (2, 6)
    assert content["smooth_fit"].endswith(manifest_digest(data))
    again = lensym("residual", out, tmp_path / "twice")
    assert again.code == 2
    assert "a data set of images alone" in again.err


def test_info_says_what_a_data_set_holds(lensym, data_set):
    content = lensym("info", data_set, "--json", "--verify").json
    assert content["n"] == 120
    assert content["classes"] == dict.fromkeys(CLASSES, 40)
    assert content["splits"] == {split: dict.fromkeys(CLASSES, count) for split, count in COUNTS.items()}
    assert (content["image_size"], content["pixel_scale"], content["recipe"]) == (32, 0.2, "model_1")
    assert content["sha256"] == manifest_digest(data_set)
    assert content["verified"] == "9 shards as written"
    table = lensym("info", data_set).out
    assert all(text in table for text in ("data set", "no_sub: 40, cdm: 40, axion: 40", "published"))
    assert "verified" not in lensym("info", data_set, "--json").json


def test_train_writes_a_run_and_says_what_comes_next(lensym, data_set, tmp_path):
    run = tmp_path / "run"
    options = ("--model", "cnn", "--epochs", 1, "--batch-size", 30, "--threads", 1, "--augment", "false")
    result = lensym("train", data_set, run, *options)
    assert result.code == 0, result.err
    assert result.out.startswith("epoch 1/1  loss ")
    assert f"next: lensym evaluate {run}/model {data_set} --out DIR" in result.out
    assert load_model(run / "model")[1].training["options"]["augment"] is False
    assert lensym("train", data_set, run, *options).code == 1
    assert lensym("train", data_set, run, *options, "--resume").code == 0


def test_evaluate_writes_the_report_and_prints_its_figures(lensym, trained_run, data_set, tmp_path):
    out = tmp_path / "result"
    result = lensym("evaluate", trained_run / "model", data_set, "--out", out)
    assert result.code == 0, result.err
    assert {path.name for path in out.iterdir()} >= {"metrics.json", "predictions.csv", "report.html"}
    metrics = json.loads((out / "metrics.json").read_text())
    assert metrics["n"] == 30
    assert metrics["classes"] == list(CLASSES)
    assert 0 <= metrics["macro_auc_ci"][0] <= metrics["macro_auc"] <= metrics["macro_auc_ci"][1] <= 1
    assert metrics["data"]["manifest_sha256"] == manifest_digest(data_set)
    assert metrics["baseline"]["trained_on"] == "60 training images"
    assert f"{metrics['macro_auc']:.4f}" in result.out
    assert all(f"note: {flag}" in result.out for flag in metrics["flags"])
    assert f"report: {out}/report.html" in result.out


def test_evaluate_says_how_often_smooth_lenses_are_called_substructure(lensym, trained_run, small_recipe, tmp_path):
    data, out = tmp_path / "data", tmp_path / "result"
    options = ("--classes", "no_sub", "--set", "lens.a4=0.02", "--count", 8, "--split", "test=1", "--workers", 1)
    assert lensym("simulate", small_recipe, data, *options).code == 0
    result = lensym("evaluate", trained_run / "model", data, "--out", out)
    assert result.code == 0, result.err
    metrics = json.loads((out / "metrics.json").read_text())
    rate = metrics["called_substructure"]
    assert rate == pytest.approx(1 - metrics["called"]["no_sub"])
    assert f"called substructure: {100 * rate:.1f} % (" in result.out
    assert "no_sub called axion" in result.out


def test_audit_tells_the_invariant_network_from_its_control(lensym, trained_run, data_set, tmp_path):
    model, control = trained_run / "model", tmp_path / "control"
    plain_run(control, data_set)
    figure = tmp_path / "audit.png"
    result = lensym("audit", model, data_set, "--control", control / "model", "--figure", figure, "--json")
    entries = result.json["group"]
    assert [entry["invariant"] for entry in entries] == [True, False]
    assert entries[0]["worst"] <= 1e-5 < 1e-3 < entries[1]["worst"]
    assert figure.read_bytes().startswith(b"\x89PNG")
    layers = tmp_path / "layers.png"
    assert "mirrored" in lensym("audit", control / "model", data_set, "--layers", layers).out
    assert layers.read_bytes().startswith(b"\x89PNG")
    assert "a network with feature maps on the pixel grid" in lensym("audit", model, data_set, "--layers", layers).error


def plain_run(run, data_set):
    from lensym.train.options import TrainOptions
    from lensym.train.run import train

    train(data_set, run, TrainOptions(model="cnn", epochs=1, batch_size=30, threads=1))


def test_predict_answers_on_a_telescopes_file(lensym, trained_run, telescope_file):
    model = trained_run / "model"
    result = lensym("predict", telescope_file, "--model", model, "--hdu", "SCI", "--json")
    assert result.code == 0, result.err
    answer = result.json
    assert set(answer) >= {"file", "hdu", "probabilities", "label", "ood_score", "model", "warnings"}
    assert (answer["file"], answer["hdu"], answer["model"]) == (str(telescope_file), "SCI", str(model))
    assert sum(answer["probabilities"].values()) == pytest.approx(1)
    assert tuple(answer["probabilities"]) == CLASSES
    likeliest = max(answer["probabilities"], key=answer["probabilities"].get)
    assert answer["label"] == (likeliest if answer["ood_score"] <= 1 else None)


def test_predict_shows_a_table_and_goes_on_after_a_bad_file(lensym, trained_run, telescope_file, tmp_path):
    copy = shutil.copy(telescope_file, tmp_path / "copy.fits")
    missing = tmp_path / "none.fits"
    result = lensym("predict", telescope_file, missing, copy, "--model", trained_run / "model", "--hdu", "SCI")
    assert result.code == 1
    assert f"lensym: error: a readable file; got '{missing}'" in result.err
    assert "lens [1].fits" in result.out
    assert "copy.fits" in result.out


def test_predict_answers_on_a_catalogue(lensym, trained_run, telescope_file, tmp_path, monkeypatch):
    from lensym.data import known_lenses

    monkeypatch.setattr(known_lenses, "_path", lambda: None)
    (tmp_path / "files.csv").write_text(f"id,file\ngood,{telescope_file}\nbad,none.fits\n")
    (tmp_path / "places.csv").write_text("id,ra,dec\nmiddle,0,0\noff,90,0\n")
    model, out = ("--model", trained_run / "model"), tmp_path / "answers.csv"
    result = lensym("predict", tmp_path / "files.csv", *model)
    assert result.code == 1
    assert "lensym: error: 'bad': a readable file; got" in result.err
    assert "id     file" in result.out
    assert "note: known lenses at these positions are not named without their catalogue: pip install" in result.err
    result = lensym("predict", tmp_path / "places.csv", "--mosaic", telescope_file, *model, "--out", out)
    assert (result.code, result.out) == (1, "")
    assert f"answers: {out}, 1 of 2 images" in result.err
    rows = {row["id"]: row for row in csv.DictReader(out.read_text().splitlines())}
    assert sum(float(rows["middle"][name]) for name in CLASSES) == pytest.approx(1, abs=1e-5)
    assert "which lies off" in rows["off"]["error"]


def test_predict_goes_on_where_it_was_stopped(lensym, trained_run, telescope_file, tmp_path, monkeypatch):
    from lensym.apply import batch

    (tmp_path / "sky").mkdir()
    for k in range(batch.TOGETHER + 3):
        (tmp_path / "sky" / f"{k}.fits").symlink_to(telescope_file)
    command = ("predict", tmp_path / "sky", "--model", trained_run / "model", "--hdu", "SCI", "--out")
    assert lensym(*command, tmp_path / "whole.csv").code == 0
    answer, calls = batch.answer_part, []

    def stop(*args):
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return answer(*args)

    monkeypatch.setattr(batch, "answer_part", stop)
    assert lensym(*command, tmp_path / "out.csv").code == 75
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv.part", "sky", "whole.csv"]
    result = lensym(*command, tmp_path / "out.csv")
    assert (result.code, len(calls)) == (0, 3)
    assert f"predict: {batch.TOGETHER}/{batch.TOGETHER + 3}" in result.err
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert not (tmp_path / "out.csv.part").exists()


def test_predict_writes_a_votable_over_processes(lensym, trained_run, telescope_file, tmp_path):
    from astropy.table import Table

    options = ("--model", trained_run / "model", "--hdu", "SCI", "--workers", 2)
    result = lensym("predict", telescope_file, tmp_path / "none.fits", *options, "--out", tmp_path / "answers.vot")
    assert result.code == 1
    table = Table.read(tmp_path / "answers.vot")
    assert list(table["file"]) == [str(telescope_file), str(tmp_path / "none.fits")]
    assert "No such file" in table["error"][1]
    refused = lensym("predict", telescope_file, *options, "--scheduler", "tcp://nowhere:1")
    assert (refused.code, "--scheduler alone: it has workers" in refused.error) == (2, True)
    refused = lensym("predict", telescope_file, *options, "--explain", tmp_path / "figures")
    assert (refused.code, "--explain without --workers" in refused.error) == (2, True)


def test_predict_over_a_cluster(lensym, trained_run, telescope_file, tmp_path, monkeypatch):
    distributed = pytest.importorskip("distributed")
    monkeypatch.chdir(telescope_file.parent)
    model = trained_run / "model"
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address=":0", processes=False
    ) as cluster:
        address = cluster.scheduler_address
        result = lensym("predict", "*.fits", "--model", model, "--hdu", "SCI", "--json", "--scheduler", address)
    assert (result.code, result.json["file"]) == (0, str(telescope_file))


@pytest.mark.parametrize(
    ("task", "model", "column"),
    [
        ("regress", "lensnet-mass", "log10_axion_mass"),
        ("anomaly", "anomaly-residual", "anomaly score"),
    ],
)
def test_predict_takes_the_packaged_weights_of_a_task(lensym, tmp_path, task, model, column):
    image = simulate("model_1", 1, seed=3, classes=["axion"]).images[0, 0]
    write_fits(tmp_path / "vortex.fits", image, 0.05, np.ones((3, 3)) / 9, np.sqrt(image + 1))
    answer = lensym("predict", tmp_path / "vortex.fits", "--hdu", "SCI", "--task", task, "--json").json
    assert answer["model"] == model
    assert answer["estimate"]["column"] == column
    assert lensym("predict", tmp_path / "vortex.fits", "--task", "weigh").code == 2


def test_predict_explains_each_answer(lensym, trained_run, telescope_file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = ("--model", trained_run / "model", "--hdu", "SCI")
    figure = "explanations/lens_1.png"
    result = lensym("predict", telescope_file, *options, "--json", "--explain")
    assert result.json["explanation"] == figure
    assert (tmp_path / figure).read_bytes().startswith(b"\x89PNG")
    assert lensym("predict", telescope_file, *options, "--explain").code == 1
    result = lensym("predict", telescope_file, *options, "--explain", "mine")
    assert f"{telescope_file}: explanation: mine/lens_1.png" in result.err
    lensym("predict", telescope_file, *options, "--explain", "third", "--out", "answers.csv")
    (row,) = csv.DictReader((tmp_path / "answers.csv").read_text().splitlines())
    assert row["explanation"] == "third/lens_1.png"
    assert lensym("predict", telescope_file, *options, "--json").json["explanation"] is None


def test_predict_names_the_known_lens(lensym, trained_run, telescope_file, tmp_path, monkeypatch):
    from lensym.data import known_lenses

    catalogue = tmp_path / "catalog.csv"
    catalogue.write_text("name,RA [deg],DEC [deg],zlens,type,grading,ref\nThe Ring,359.9997,0,0.2,galaxy,confident,x\n")
    monkeypatch.setattr(known_lenses, "_path", lambda: catalogue)
    options = ("--model", trained_run / "model", "--hdu", "SCI")
    lens = lensym("predict", telescope_file, *options, "--json").json["known_lens"]
    assert lens == {"name": "The Ring", "separation": lens["separation"], "redshift": "0.2", "grading": "confident"}
    assert lens["separation"] == pytest.approx(1.08, abs=0.01)
    result = lensym("predict", telescope_file, *options)
    assert "known lens: The Ring, 1.1 arcsec from the centre (confident, z 0.2; lenscat)" in result.err
    assert "note: known lenses" not in result.err


def test_info_says_what_a_model_and_a_file_are(lensym, trained_run, telescope_file):
    model = lensym("info", trained_run / "model", "--json").json
    assert (model["kind"], model["architecture"], model["group"], model["image_size"]) == ("model", "lensnet", "D4", 32)
    assert model["classes"] == list(CLASSES)
    assert model["parameters"] > 0
    assert all({"epoch", "val_auc"} <= row.keys() for row in model["training"]["history"])
    table = " ".join(lensym("info", trained_run / "model").out.split())
    assert f"history: {len(model['training']['history'])} entries (--json)" in table
    assert "val_auc" not in table
    table = lensym("info", telescope_file).out
    assert all(name in table for name in ("SCI", "PSF", "RMS"))
    assert lensym("info", telescope_file, "--json").json["images"]


def test_models_lists_the_networks(lensym):
    rows = {row["name"]: row for row in lensym("models", "--json").json}
    keys = {"name", "group", "exact", "parameters", "gflop_64", "gflop_150", "reference", "weights"}
    assert set(rows["lensnet"]) == keys
    assert rows["lensnet"]["exact"] is True
    assert rows["lensnet"]["weights"] == [
        "lensnet",
        "lensnet-mass",
        "lensnet-model_2",
        "lensnet-model_3",
        "lensnet-model_a",
        "lensnet-model_b",
        "lensnet-physical",
        "lensnet-residual",
    ]
    assert rows["lensnet-tiny"]["weights"] == ["lensnet-tiny", "lensnet-tiny-residual"]
    assert rows["harmonic"]["weights"] == []
    table = lensym("models").out
    assert all(name in table for name in rows)
    assert "image, residual" in table
    assert "model_a (published, changed)" in table


def test_recipes_lists_the_recipes_with_every_constant(lensym):
    recipes = {(recipe["name"], recipe["variant"]): recipe for recipe in lensym("recipes", "--json").json}
    assert {variant for _, variant in recipes} == {"published", "physical", "stress"}
    assert len(recipes) == 18
    assert recipes["model_1", "published"]["classes"]["cdm"]["count"] == 25
    assert "model_1" in lensym("recipes").out
    assert "power_law: [10000000.0, 10000000000.0, -1.9]" in lensym("recipes", "model_1", "--variant", "physical").out


def test_doctor_checks_the_installation(lensym):
    result = lensym("doctor")
    rows = {line.split()[0]: line for line in result.out.splitlines() if line.strip()}
    assert {"python", "torch", "disk", "weights", "self-test"} <= set(rows)
    assert "right" in rows["self-test"]
    assert result.code == 0


def test_contact_sheets(lensym, small_recipe, data_set, tmp_path):
    out, sheets = tmp_path / "data", [tmp_path / f"{name}.png" for name in ("simulate", "info", "recipes")]
    command = ("simulate", small_recipe, out, "--count", 5, "--split", "train=1", "--seed", 5, "--workers", 1)
    assert lensym(*command, "--preview", sheets[0]).err.splitlines()[-1] == f"preview: {sheets[0]}"
    assert "data set" in lensym("info", out, "--preview", sheets[1]).out
    assert lensym("recipes", small_recipe, "--seed", 5, "--preview", sheets[2]).out == ""
    contents = [sheet.read_bytes() for sheet in sheets]
    assert all(content.startswith(b"\x89PNG") for content in contents)
    assert contents[0] == contents[1]


def test_what_a_model_sees_of_a_file_is_drawn(lensym, trained_run, telescope_file, tmp_path):
    sheet = tmp_path / "lens.png"
    options = ("--model", trained_run / "model", "--hdu", "SCI", "--pixel-scale", 0.2, "--center", "auto")
    result = lensym("info", telescope_file, "--preview", sheet, *options)
    assert (result.code, result.err) == (0, f"preview: {sheet}\n")
    assert sheet.read_bytes().startswith(b"\x89PNG")


def test_info_counts_the_rows_of_a_catalogue(lensym, tmp_path):
    (tmp_path / "lenses.csv").write_text("file,ra,dec\na.fits,,\nb.fits,1,2\n,3,4\n")
    found = lensym("info", tmp_path / "lenses.csv", "--json").json
    assert found == {"kind": "catalogue", "n": 3, "files": 2, "positions": 2}


def test_a_recipe_is_shown_with_changes(lensym):
    shown = lensym("recipes", "model_1", "--set", "lens.mass=3.0e+12", "--json").json
    assert shown["lens"]["mass"] == 3e12
