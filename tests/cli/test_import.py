"""``lensym import`` as a user types it."""

import numpy as np
import pytest


@pytest.fixture
def source(tmp_path):
    """Twenty images of each of two classes."""
    rng = np.random.default_rng(0)
    for name in ("no", "cdm"):
        (tmp_path / "set" / name).mkdir(parents=True)
        for k in range(20):
            np.save(tmp_path / "set" / name / f"{k}.npy", rng.poisson(20, (16, 16)))
    return tmp_path / "set"


def test_an_import_says_what_it_took_and_what_not(lensym, source, tmp_path):
    np.save(source / "cdm" / "flat.npy", np.ones((16, 16)))
    np.save(source / "cdm" / "turned.npy", np.rot90(np.load(source / "cdm" / "0.npy")))
    result = lensym("import", source, tmp_path / "out", "--pixel-scale", 0.1)
    assert result.code == 0, result.err
    lines = [line.split() for line in result.out.splitlines()]
    assert lines[0][:2] == ["layout:", "class_folders,"]
    assert ["no_sub", "20", "20", "0", "16", "2", "2"] in lines
    assert ["cdm", "22", "21", "1"] in [line[:4] for line in lines]
    assert any("an image that is not constant" in line and "cdm/flat.npy" in line for line in result.out.splitlines())
    assert "note: 1 images are copies of others" in result.err
    assert "write: 41/41" in result.err
    content = lensym("info", tmp_path / "out", "--json", "--verify").json
    assert (content["n"], content["pixel_scale"], content["seed"]) == (41, 0.1, None)


def test_what_was_imported_is_drawn_and_trains_a_network(lensym, source, tmp_path):
    preview = tmp_path / "sheet.png"
    options = ("--pixel-scale", 0.1, "--split", "train=.5,val=.25,test=.25", "--preview", preview)
    assert lensym("import", source, tmp_path / "data", *options).code == 0
    assert preview.stat().st_size > 1000
    run = tmp_path / "run"
    result = lensym(
        "train", tmp_path / "data", run, "--model", "cnn", "--epochs", 1, "--batch-size", 10, "--threads", 1
    )
    assert result.code == 0, result.err


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ([], 1, "the pixel scale of the images"),
        (["--pixel-scale", -1], 2, "a pixel scale above 0"),
        (["--layout", "model_x"], 2, "a known layout is needed; got 'model_x'"),
        (["--split", "train=2"], 2, "from 0 to 1"),
    ],
)
def test_what_is_refused_leaves_nothing(lensym, source, tmp_path, options, code, message):
    result = lensym("import", source, tmp_path / "out", *options)
    assert result.code == code
    assert message in result.error
    assert not (tmp_path / "out").exists()


def test_a_missing_validation_split_is_said(lensym, source, tmp_path):
    result = lensym("import", source, tmp_path / "out", "--pixel-scale", 0.1, "--split", "train=1")
    assert "note: no val, which training needs: import with --split" in result.err
