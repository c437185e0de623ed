"""What a user may get wrong: one line that says what was needed, what came and what to do, and the exit code."""

import dataclasses
import errno
import json
import os
import re
import shutil

import numpy as np
import pytest
from astropy.io import fits

from lensym import atomic
from lensym.conventions import CLASSES
from lensym.models.checkpoint import build_model, save_model
from lensym.models.model_config import CONFIG, ModelConfig


def change_a_byte(path):
    content = bytearray(path.read_bytes())
    content[-200] ^= 1
    path.write_bytes(content)


def shorten(path):
    path.write_bytes(path.read_bytes()[:-200])


def poison(image):
    image[3, 4] = np.nan
    return image


class RunsCode:
    """An object whose pickle runs a command wherever it is read."""

    def __reduce__(self):
        return os.system, ("touch stolen",)


def write_twin(folder):
    """Weights of a network of C8 under the name of one of D4 whose tensors have the same shapes."""
    c8, d4 = (build_model(name, 32, 1, 3, width=0.05) for name in ("e2cnn_c8", "e2cnn_d4"))
    shapes = [{name: tensor.shape for name, tensor in model.state_dict().items()} for model in (c8, d4)]
    assert shapes[0] == shapes[1]
    config = save_model(c8, ModelConfig("e2cnn_c8", "C8", CLASSES, 32, 1, 0.1, 1.0, width=0.05), folder, "# card\n")
    false = dataclasses.replace(config, architecture="e2cnn_d4", group="D4")
    plain = false.plain() | {"config_sha256": false.digest()}
    (folder / CONFIG).write_text(json.dumps(plain, indent=2) + "\n")


@pytest.fixture(scope="module")
def bench(tmp_path_factory, data_set, trained_run):
    """A folder of everything that is wrong, and of what is right beside it."""
    folder = tmp_path_factory.mktemp("wrong")
    shutil.copytree(data_set, folder / "data")
    shutil.copytree(trained_run / "model", folder / "model")
    for name, damage in (("shortened", shorten), ("changed", change_a_byte)):
        damage(next(shutil.copytree(data_set, folder / f"data-{name}").glob("train-*.h5")))
        damage(shutil.copytree(trained_run / "model", folder / f"model-{name}") / "model.safetensors")
    write_twin(folder / "model-twin")
    image = np.random.default_rng(0).poisson(20, (32, 32)).astype(float)
    arrays = {
        "good": image,
        "nan": poison(image.copy()),
        "constant": np.full((32, 32), 7.0),
        "flat": np.arange(30.0),
        "words": np.array(["a", "b"]),
    }
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    np.save(folder / "object.npy", np.array([image, RunsCode()], dtype=object), allow_pickle=True)
    fits.PrimaryHDU(image).writeto(folder / "no-scale.fits")
    shutil.copy(folder / "no-scale.fits", folder / "shortened.fits")
    (folder / "shortened.fits").write_bytes((folder / "no-scale.fits").read_bytes()[:5000])
    (folder / "no-image.fits").write_text("some words " * 300)
    (folder / "empty.fits").touch()
    (folder / "places.csv").write_text("ra,dec\n10,20\n")
    (folder / "full").mkdir()
    (folder / "full" / "notes.txt").touch()
    (folder / "net.pt").touch()
    for name, text in {"broken": "epochs: [1\n", "unknown": "epoch: 3\n", "words": "epochs: three\n"}.items():
        (folder / f"{name}.yaml").write_text(text)
    return folder


OF_ANOTHER_GROUP = (
    1,
    "model-twin/model.safetensors of the network e2cnn_d4 of group D4, as config.json says; "
    "got weights of e2cnn_c8 of group C8; these weights belong to another network",
)

CASES = {
    # files
    "predict none.fits --model model": (1, r"a readable file; got 'none.fits': No such file or directory; check"),
    "predict full --model model": (1, r"a folder with images \(.fits, .*\); got none in .full.; check the path"),
    "predict no-image.fits --model model": (
        1,
        "an image as FITS, HDF5 or .npy; got 'no-image.fits', a file that begin",
    ),
    "predict empty.fits --model model": (1, "got 'empty.fits', an empty file; convert it"),
    "predict shortened.fits --model model --pixel-scale .2": (
        1,
        "a readable FITS file; got 'shortened.fits': .*truncated",
    ),
    "predict nan.npy --model model": (1, "finite pixels .*; got 1 of 1024 that are NaN or infinite in 'nan.npy'; fill"),
    "predict constant.npy --model model": (
        1,
        "an image that is not constant; got 'constant.npy', 7 everywhere; choose",
    ),
    "predict flat.npy --model model": (1, r"an image of rows and columns; got .*\(30,\) in 'flat.npy'"),
    "predict words.npy --model model": (1, "an array of numbers; got 'words.npy' with dtype <U1"),
    "predict object.npy --model model": (1, r"'object.npy'.*the name '.*system', whose code would run"),
    "predict no-scale.fits --model model": (1, "a pixel scale; got none in 'no-scale.fits'; give --pixel-scale"),
    "predict good.npy --model model --pixel-scale 0": (2, "a pixel scale above 0; got 0 in 'good.npy'"),
    "predict good.npy --model model --center 1": (
        2,
        "--center as X,Y in pixels, auto or fit; got '1'; give for instance",
    ),
    "predict good.npy --model lensnet-model_2 --center fit": (
        2,
        "for --center fit a recipe to whose images a smooth lens can be fitted.*got 'model_2'.*give --center X,Y",
    ),
    "predict good.npy --model model --pixel-scale x": (
        2,
        "--pixel-scale: Expected float. Got value: x; see lensym predi",
    ),
    "predict good.npy --model model --out answers.txt": (
        2,
        "a file NAME.csv or NAME.parquet or NAME.vot in a folder that is there; got 'answers.txt'",
    ),
    "predict good.npy --model model --mosaic no-scale.fits": (
        2,
        "a catalogue of positions with --mosaic; got files al",
    ),
    "predict none.csv --model model": (1, "a readable catalogue; got 'none.csv', which is no file; check the path"),
    "predict places.csv --model model": (2, "a mosaic to cut positions from; got 1 of 1 images without a file; give"),
    "predict places.csv --model model --mosaic good.npy": (1, "a mosaic in FITS format; got 'good.npy'; convert it"),
    "predict places.csv --model model --mosaic no-scale.fits": (1, "a mosaic with sky coordinates; got none in 0 PRIM"),
    "predict": (2, "valid arguments for 'lensym predict'; got .*required: file; see lensym predict --help"),
    "info none": (1, "a data set, a model or a file; got nothing at 'none'; check the path"),
    # models
    "predict good.npy --model lensnt": (2, "a known model is needed; got 'lensnt'; did you mean 'lensnet'"),
    "predict good.npy --model net.pt": (1, "safetensors weights; got net.pt, a pickle, which can run code"),
    "predict good.npy --model full": (1, "a model folder with config.json; got full/config.json: No such file"),
    "predict good.npy --model model-changed": (
        1,
        "model-changed/model.safetensors with sha256 .*the file was changed or",
    ),
    "info model-shortened": (1, "model-shortened/model.safetensors with sha256 .*the file was changed or cut short"),
    "predict good.npy --model model --device gpu": (2, "a known device is needed; got 'gpu'; did you mean"),
    "predict good.npy --model model-twin": OF_ANOTHER_GROUP,
    "evaluate model-twin data --out out": OF_ANOTHER_GROUP,
    "audit model-twin data": OF_ANOTHER_GROUP,
    "train data out --init model-twin": OF_ANOTHER_GROUP,
    # recipes and simulation
    "simulate model1 out": (2, "a known recipe is needed; got 'model1'; did you mean 'model_1'"),
    "simulate none.yaml out": (1, "a readable recipe file; got none.yaml: No such file"),
    "simulate words.yaml out": (2, "a recipe needs the key 'classes', with one class or more; got none; add it"),
    "simulate model_1 out --variant real": (2, "a known variant is needed; got 'real'"),
    "simulate model_1 out --set lens.thetaE=1": (2, "a known key in lens is needed; got 'thetaE'"),
    "simulate model_1 out --set lens": (2, "a change of the form key.path=value; got 'lens'"),
    "simulate model_1 out --set z_source=0.4": (2, "z_source must be behind the lens at 0.5; got 0.4"),
    "simulate model_2 out --set observation.psf.fwhm=9": (2, "of a PSF no wider than 64 px; it is 379 px wide; got 9"),
    "simulate model_1 out --classes dark": (2, "a known class is needed; got 'dark'"),
    "recipes model_9": (2, "a known recipe is needed; got 'model_9'"),
    "simulate model_1 out --count 0": (2, "count must be a whole number above 0; got 0"),
    "simulate model_1 out --seed -1": (2, "a seed from 0 to 2\\^63 - 1; got -1"),
    "simulate model_1 out --split train": (2, "--split like train=.8,val=.1,test=.1; got 'train'"),
    "simulate model_1 out --split train=.5": (2, "the fractions of the splits must add up to 1; got 0.5"),
    "simulate model_1 out --split trian=1": (2, "a known split is needed; got 'trian'; did you mean 'train'"),
    "simulate model_1 out --preview sheet.jpg": (2, "a file NAME.png in a folder that is there; got 'sheet.jpg'"),
    "simulate model_1 out --preview none/sheet.png": (2, "a file NAME.png in .* got 'none/sheet.png'; choose another"),
    "simulate model_1 out --cluster cloud": (2, "a known cluster is needed; got 'cloud'"),
    "simulate model_1 out --scheduler a --cluster local": (2, "--scheduler alone: .*; got --cluster beside it; leave"),
    "simulate model_1 out --scheduler a --workers 2": (2, "--scheduler alone: .*; got --workers beside it; leave one"),
    "info model --preview sheet.png": (2, "a data set or an image file for --preview; got 'model', a model; leave it"),
    "info places.csv --preview sheet.png": (2, "a data set or an image file .* got 'places.csv', a catalogue; leave"),
    "info good.npy --preview sheet.png --center 1": (
        2,
        "--center as X,Y in pixels, auto or fit; got '1'; give for inst",
    ),
    "info good.npy --preview sheet.png --model none": (2, "a known model is needed; got 'none'; choose one of these"),
    "info flat.npy --preview sheet.png": (1, r"an image of rows and columns; got .*\(30,\) in 'flat.npy'"),
    "recipes --preview sheet.png": (2, "a recipe's name with --preview and --set; got none; give it"),
    "simulate model_1 full --count 2": (
        1,
        "an empty or new folder .*; got 'full' with other files .*'notes.txt'.*; choose",
    ),
    "simulate model_1 good.npy --count 2": (1, "'good.npy' must be a folder; got a file of that name"),
    "simulate model_1 data --count 3": (2, "'data' was begun with .* and can only go on so; got"),
    # data sets
    "train none out": (
        1,
        "a finished data set, a folder with manifest.json; got 'none' .*; make one with 'lensym simulate'",
    ),
    "train full out": (1, "a finished data set, a folder with manifest.json; got 'full'"),
    "train data-shortened out": (
        1,
        "every file must be as it was written; got 'data-shortened/train-.*bytes instead of",
    ),
    "train data-changed out": (
        1,
        "got 'data-changed/train-.*, which was changed: its sha256 is not the manifest's; run",
    ),
    "info data-changed --verify": (1, "got 'data-changed/train-.*, which was changed"),
    "info data-shortened": (1, "got 'data-shortened/train-.*bytes instead of"),
    "evaluate model data-changed --out out": (1, "got 'data-changed/train-.*, which was changed"),
    "evaluate model data --out full": (
        1,
        "an empty or new folder for the results; got '.*full' with files in it; choose",
    ),
    "evaluate model data --out out --split tets": (
        2,
        "a known split of 'data' is needed; got 'tets'; did you mean 'test'",
    ),
    "evaluate model data": (2, "valid arguments for 'lensym evaluate'; got .*required: out"),
    "audit model none": (1, "a finished data set"),
    # options of training
    "train data full": (1, "an empty folder for the run; got '?full'? with files in it; choose another RUN"),
    "train data out --model lensnett": (2, "a known model is needed; got 'lensnett'; did you mean 'lensnet'"),
    "train data out --epochs 0": (2, "--epochs must be a whole number above 0; got 0"),
    "recipes model_1 --set observation.psf.fwhm=2024-99-99": (2, "a value in YAML for observation.psf.fwhm; got"),
    "train data out --jitter -1": (2, "--jitter must be a whole number of at least 0; got -1"),
    "train data out --jitter 40": (2, "--jitter of at most .* px, a quarter of the image; got 40; give less"),
    "train data out --epochs many": (
        2,
        "valid arguments for 'lensym train'; got --epochs: Expected int. Got value: many",
    ),
    "train data out --epoch 3": (
        2,
        "got unrecognized arguments: --epoch 3; did you mean --epochs\\? see lensym train --help",
    ),
    "train data out --config none.yaml": (2, "got --config: File does not exist"),
    "train data out --config broken.yaml": (2, "got Problems parsing config"),
    # training on a recipe's images
    "train out --recipe model_9": (2, "a known recipe is needed; got 'model_9'"),
    "train data out --recipe model_1": (2, "RUN alone with --recipe; got 'data' and 'out'; leave out one of them"),
    "train out": (2, "a data set and a folder for the run; got 'out' alone; give DATA RUN, or RUN with --recipe NAME"),
    "train data out --variant physical": (2, "--variant and --set with --recipe; got the data set 'data'; leave them"),
    "train data out --set lens.mass=1": (2, "--variant and --set with --recipe; got the data set 'data'; leave them"),
    "train data out --images 90": (2, "--images and --val-images with --recipe; got a data set, which has its own"),
    "train out --recipe model_1 --images 0": (2, "--images must be a whole number above 0; got 0"),
    "train out --recipe model_1 --images 300": (2, "--images of at least 384, a batch of 64 for each epoch; got 300"),
    "train out --recipe model_1 --val-images 2": (2, "--val-images for each class of the recipe; got 2; give more"),
    "train out --recipe model_1 --variant stress": (2, "two classes or more, to tell them apart; got model_1"),
    "train out --recipe model_1 --set image.pixel_scale=null": (2, "image.pixel_scale.*"),
    "train out --recipe model_1 --model lensnett": (2, "a known model is needed; got 'lensnett'"),
    "train data out extra": (2, "got unrecognized arguments: extra"),
    "train full --recipe model_1": (
        1,
        "an empty folder for the run; got '?full'? with files in it; choose another RUN",
    ),
    "train data out --config unknown.yaml": (2, "got Option 'epoch' is not accepted"),
    "train data out --config words.yaml": (2, "got --epochs: Expected int. Got value: three"),
}


@pytest.mark.parametrize("command", CASES)
def test_wrong_input_is_refused_in_one_line_and_leaves_nothing(lensym, bench, monkeypatch, command):
    code, message = CASES[command]
    monkeypatch.chdir(bench)
    before = {path: path.stat().st_mtime_ns for path in bench.rglob("*") if path.is_file()}
    result = lensym(*command.split())
    assert result.code == code
    assert result.out == ""
    assert re.search(message, result.error), result.error
    assert result.error.count("; ") >= 2
    assert {path: path.stat().st_mtime_ns for path in bench.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("command", ["simulate {recipe} {out} --count 4 --workers 1", "train {data} {out}"])
def test_a_full_disk_is_said_and_leaves_nothing_that_could_be_taken_for_whole(
    lensym, data_set, small_recipe, tmp_path, monkeypatch, command
):
    def no_room(path, content):
        path.write_bytes(content[: len(content) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(atomic, "_write_synced", no_room)
    out = tmp_path / "out"
    result = lensym(*(part.format(recipe=small_recipe, data=data_set, out=out) for part in command.split()))
    assert result.code == 1
    assert re.search("room on the disk for .*; got 'No space left on device'; free some space", result.error)
    assert [path for path in out.rglob("*") if path.is_file()] == []
