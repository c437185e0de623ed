"""Figures of what the network looked at in an image of a file: where they go, and that they turn with the image."""

import dataclasses

import numpy as np
import pytest
import torch
from PIL import Image

from lensym import atomic
from lensym.apply.catalogue import Reading, predict_images
from lensym.apply.explanations import ExplanationFolder
from lensym.apply.files import answer_frame, predict_file
from lensym.apply.listing import listed_images
from lensym.apply.predictor import Predictor, load
from lensym.conventions import CLASSES
from lensym.data.readers import read_image
from lensym.errors import OutputError, UsageError
from lensym.evaluation.explain import explain
from lensym.models import create
from lensym.models.checkpoint import build_model
from lensym.models.model_config import ModelConfig
from lensym.models.registry import available, entry
from lensym.simulation.fits import write_fits

from .conftest import SCALE, SIZE, rings

WINDOWS = 2


@pytest.fixture(scope="module")
def lopsided(tmp_path_factory):
    """An image without any symmetry, coarser than the network's and larger, as a file."""
    image = rings(1, 4, size=24)[0, 0].astype(float)
    image[4:9, 15:18] += 150
    path = tmp_path_factory.mktemp("files") / "lens.fits"
    return write(path, image), image


def write(path, image, scale=2 * SCALE):
    write_fits(path, image, scale, psf=np.ones((3, 3)) / 9, noise_map=np.ones_like(image))
    return path


def untrained(name):
    with torch.random.fork_rng():
        torch.manual_seed(1)
        model = build_model(name, SIZE, 1, 3, width=0.5)
    return Predictor(model.double(), ModelConfig(name, entry(name).group, CLASSES, SIZE, 1, SCALE, 1.3), name)


@pytest.mark.parametrize(("name", "invariant"), [("lensnet", True), ("cnn", False)])
@pytest.mark.parametrize("center", [None, (13.0, 10.5)])
def test_turning_the_file_turns_the_maps(lopsided, tmp_path, name, invariant, center):
    network, (path, image) = untrained(name), lopsided
    turned = write(tmp_path / "turned.fits", np.rot90(image))
    there = center and (center[1], image.shape[0] - 1 - center[0])  # np.rot90 takes (row, column) to (23 - column, row)
    maps = []
    for file, middle in ((path, center), (turned, there)):
        _, seen = answer_frame(network, read_image(file, "SCI"), center=middle)
        maps.append(network.explain(seen.pixels, target=1, windows=WINDOWS))
    here, other = maps
    assert network.invariant is invariant
    assert other.log_odds == pytest.approx(here.log_odds, abs=1e-9)
    for which in ("evidence", "sensitivity"):
        expected = np.rot90(getattr(here, which))
        scale = np.abs(expected).max()
        np.testing.assert_allclose(getattr(other, which), expected, atol=1e-6 * scale)
        assert np.abs(getattr(here, which) - expected).max() > 0.1 * scale  # it is no map that turning leaves as it is


@pytest.mark.parametrize("name", available())
def test_every_network_can_be_explained(name):
    with torch.random.fork_rng():
        torch.manual_seed(1)
        network = create(name, 64, width=0.25 if name not in {"egnn", "radial_profile"} else 1.0).eval()
    found = explain(network, torch.from_numpy(rings(1, 4, 64)[0].astype(np.float32)), 1, invariant=True, windows=2)
    assert np.isfinite(found.evidence).all()
    assert found.sensitivity.max() > 0


def test_what_is_explained_is_the_answer(predictor, lopsided):
    _, seen = answer_frame(predictor, read_image(lopsided[0], "SCI"))
    probabilities = predictor.predict(seen.pixels[None])[0]
    found = predictor.explain(seen.pixels, windows=WINDOWS)
    assert found.target == probabilities.argmax()
    chance = probabilities[found.target]
    assert found.log_odds == pytest.approx(np.log(chance / (1 - chance)), abs=1e-3)


@pytest.fixture
def quick(monkeypatch, predictor):
    """The network with few windows."""
    explain = type(predictor).explain
    monkeypatch.setattr(type(predictor), "explain", lambda self, image: explain(self, image, windows=WINDOWS))
    return predictor


def test_names_are_safe_and_each_image_has_its_own(quick, lopsided, tmp_path):
    folder, answer = ExplanationFolder(quick, tmp_path / "new" / "figures"), predict_file(quick, lopsided[0], "SCI")
    pixels = np.asarray(rings(1, 1)[0], np.float64)
    answers = [
        dataclasses.replace(answer, file=file, id=name)
        for file, name in [
            ("a/lens.fits", None),
            ("b/Lens.fits", None),
            ("c.fits", "../../etc/$x$ \n1"),
            ("d.fits", "..."),
            ("e.fits", "J0946+1006"),
            ("f.fits", "ß" * 300),
        ]
    ]
    found = [folder.add(each, pixels).explanation for each in answers]
    names = ["lens.png", "Lens-2.png", "etc_x_1.png", "image.png", "J0946+1006.png", f"{'ß' * 60}.png"]
    assert found == [str(tmp_path / "new" / "figures" / name) for name in names]
    assert sorted(path.name for path in (tmp_path / "new" / "figures").iterdir()) == sorted(names)
    with Image.open(found[2]) as figure:
        assert figure.format == "PNG"


def test_a_warning_stands_in_the_title(quick, predictor, tmp_path, monkeypatch):
    from lensym.apply import explanations

    titles = []
    draw = explanations.explanation_figure
    monkeypatch.setattr(explanations, "explanation_figure", lambda *a: titles.append(a[2:]) or draw(*a))
    typical = rings(20, 8)
    typical = typical[predictor.ood(typical).argmin(), 0].astype(float)
    noise = np.random.default_rng(0).uniform(50, 100, (SIZE, SIZE))
    files = [write(tmp_path / f"{k}.fits", image, SCALE) for k, image in enumerate((typical, noise))]
    answers = list(
        predict_images(quick, listed_images(files), Reading(hdu="SCI"), ExplanationFolder(quick, tmp_path / "out"))
    )
    assert titles[0] == ("0.fits", "")
    assert titles[1][0] == "1.fits"
    assert titles[1][1].startswith(f"unlike the training images (out-of-distribution score {answers[1].ood_score:.1f}")


def test_a_folder_that_holds_something_is_refused_and_remains_are_cleared(quick, tmp_path):
    remains = tmp_path / f".lens.png.00{atomic.TEMPORARY_END}"
    remains.touch()
    ExplanationFolder(quick, tmp_path)
    assert not remains.exists()
    (tmp_path / "mine.txt").touch()
    with pytest.raises(OutputError, match=r"an empty or new folder .* with files in it; choose another"):
        ExplanationFolder(quick, tmp_path)
    with pytest.raises(OutputError, match=r"got the file '.*mine\.txt'"):
        ExplanationFolder(quick, tmp_path / "mine.txt")


@pytest.mark.parametrize("stop", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_what_bears_its_name_is_whole(quick, lopsided, tmp_path, monkeypatch, stop):
    def half(path, content):
        path.write_bytes(content[: len(content) // 2])
        raise stop

    monkeypatch.setattr(atomic, "_write_synced", half)
    answers = predict_images(
        quick, listed_images([lopsided[0]]), Reading(hdu="SCI"), ExplanationFolder(quick, tmp_path / "out")
    )
    with pytest.raises(OutputError if isinstance(stop, OSError) else KeyboardInterrupt):
        next(answers)
    assert list((tmp_path / "out").iterdir()) == []


def test_an_onnx_file_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"a model folder.*; got '.*net\.onnx', an ONNX file; give its model folder"):
        load(tmp_path / "net.onnx")
