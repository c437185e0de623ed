"""Anomaly search: learned from smooth lenses alone, resumed, tested, asked; and what is refused."""

import json

import numpy as np
import pytest
import torch

from lensym.cli import main
from lensym.data.module import LensData
from lensym.errors import InputError, TrainingError, UsageError
from lensym.models.checkpoint import load_model
from lensym.models.detectors import DETECTORS, create_detector
from lensym.models.detectors.autoencoder import WINDOWS, errors
from lensym.simulation.recipe import load_recipe
from lensym.simulation.run import simulate_to_folder
from lensym.store import DatasetFolder
from lensym.train.anomaly import Anomaly
from lensym.train.options import TrainOptions
from lensym.train.run import train
from lensym.train.start import first_network

PLAIN = TrainOptions(
    "equivariant_autoencoder", task="anomaly", width=0.5, epochs=2, batch_size=10, threads=1, workers=0
)


def changed(**options):
    return TrainOptions(**{**vars(PLAIN), **options})


def weights(run):
    return (run / "model" / "model.safetensors").read_bytes()


@pytest.fixture(scope="module")
def run(data_set, tmp_path_factory):
    folder = tmp_path_factory.mktemp("anomaly") / "run"
    train(data_set, folder, PLAIN)
    return folder


@pytest.mark.parametrize("name", DETECTORS)
def test_scores_are_invariant_where_the_kind_says_so(name):
    torch.manual_seed(0)
    detector = create_detector(name, 32, 1, 0.5).double().eval()
    images = torch.rand(3, 1, 32, 32, dtype=torch.float64)
    with torch.no_grad():
        scores = detector(images)
        change = max(float((detector(images.rot90(k, (2, 3))) - scores).abs().max()) for k in (1, 2, 3))
        change = max(change, float((detector(images.flip(3)) - scores).abs().max()))
    assert scores.shape == (3, 2)
    assert (change < 1e-12) == (DETECTORS[name].group == "D4")


def test_the_errors_of_a_reconstruction_are_those_of_means_over_windows():
    torch.manual_seed(0)
    view, back = torch.rand(2, 2, 2, 9, 9, dtype=torch.float64)
    found = errors(view, back).exp()
    wrong = (view - back).numpy()
    for k, window in enumerate(WINDOWS):
        reach = range(-(window // 2), window // 2 + 1)
        for image, channel in np.ndindex(2, 2):
            squares = []
            for row, column in np.ndindex(9, 9):
                inside = [
                    wrong[image, channel, row + i, column + j]
                    for i in reach
                    for j in reach
                    if 0 <= row + i < 9 and 0 <= column + j < 9
                ]
                squares.append(np.mean(inside) ** 2)
            assert float(found[image, 2 * k + channel]) == pytest.approx(np.mean(squares), rel=1e-12)


def test_an_autoencoder_s_score_is_how_much_worse_an_image_comes_back_than_those_of_the_training():
    torch.manual_seed(0)
    detector = create_detector("equivariant_autoencoder", 32, 2, 0.5).eval()
    images = torch.rand(40, 2, 32, 32)
    with torch.no_grad():
        plain = detector(images)
        detector.calibrate(images.split(10))
        usual, strange = detector(images), detector(images + 5 * (torch.rand(40, 2, 1, 1) > 0.5) * images.flip(3) ** 2)
        detector.forget()
        assert torch.equal(detector(images), plain)
    assert torch.equal(usual[:, 1], plain[:, 1])
    assert float(usual[:, 0].min()) >= 0
    assert 0.3 < float(usual[:, 0].mean()) < 1  # of a normal distribution a little less than the root of 1/2
    assert float(strange[:, 0].mean()) > 2 * float(usual[:, 0].mean())


def test_a_training_that_goes_on_begins_without_the_former_calibration(run, data_set):
    assert bool(load_model(run / "model")[0].network.usual.any())
    network, _ = first_network(
        changed(model="equivariant_autoencoder", init=str(run / "model")), LensData(data_set, 10, 0, only="no_sub")
    )
    assert not bool(network.usual.any())


def test_turning_the_image_turns_the_reconstruction():
    torch.manual_seed(0)
    view = torch.rand(2, 1, 32, 32, dtype=torch.float64)
    for name, exact in (("averaged_autoencoder", True), ("equivariant_autoencoder", True), ("autoencoder", False)):
        detector = create_detector(name, 32, 1, 0.5).double().eval()
        with torch.no_grad():
            back, turned = detector.reconstruction(view), detector.reconstruction(view.rot90(1, (2, 3)))
        assert bool((turned - back.rot90(1, (2, 3))).abs().max() < 1e-12) == exact


def test_an_averaged_autoencoder_learns_as_the_plain_one_and_answers_for_all_copies():
    torch.manual_seed(0)
    averaged, plain = (create_detector(name, 32, 1).double() for name in ("averaged_autoencoder", "autoencoder"))
    plain.load_state_dict(averaged.state_dict())
    view = torch.rand(4, 1, 32, 32, dtype=torch.float64)
    with torch.no_grad():
        assert torch.equal(averaged.train().losses(view), plain.train().losses(view))
        averaged.eval()
        plain.eval()
        turned = view.rot90(1, (2, 3)).flip(3)
        turns = [view.rot90(k, (2, 3)) for k in range(4)]
        copies = torch.stack([plain.codes(copy) for copy in [*turns, *(turn.flip(3) for turn in turns)]])
        assert torch.allclose(averaged.codes(view), copies.mean(0), rtol=0, atol=1e-12)
        assert torch.allclose(averaged.codes(turned), averaged.codes(view), rtol=0, atol=1e-12)
        assert not torch.allclose(plain.codes(turned), plain.codes(view), rtol=0, atol=1e-3)


@pytest.mark.parametrize("name", sorted(set(DETECTORS) - {"equivariant_autoencoder"}))
def test_each_kind_learns_and_says_what_it_is(name, data_set, tmp_path):
    config = train(data_set, tmp_path / "run", changed(model=name, epochs=1))
    assert (config.task, config.architecture, config.classes) == ("anomaly", name, ("no_sub",))
    assert config.group == DETECTORS[name].group
    assert "how strange an image" in (tmp_path / "run" / "model" / "README.md").read_text()


def test_an_anomaly_search_that_names_no_network_averages_one_over_d4(data_set, tmp_path):
    config = train(data_set, tmp_path / "run", changed(model=TrainOptions.model, epochs=1))
    assert (config.architecture, config.group) == ("averaged_autoencoder", "D4")
    with pytest.raises(UsageError, match="a known model for --task anomaly is needed; got 'lensnet'"):
        train(data_set, tmp_path / "other", changed(model="lensnet", epochs=1))


def test_images_with_substructure_are_not_shown(data_set):
    data = LensData(data_set, 10, 0, only="no_sub")
    assert (len(data.train), len(data.val), data.classes) == (20, 10, ("no_sub",))
    labels = data.folder.split("train").labels
    assert set(labels[data.train_rows(0, 0)]) == {0}


def test_it_comes_to_know_what_it_sees(run):
    _, config = load_model(run / "model")
    first, last = (config.training["history"][k]["val_loss"] for k in (0, -1))
    assert last < first
    assert config.answer["threshold"] > 0


def test_a_stopped_run_goes_on_to_the_same_weights(run, data_set, tmp_path):
    steps, original = iter(range(100)), Anomaly.loss

    def fails(self, outputs, answers):
        return original(self, outputs, answers) * (float("nan") if next(steps) == 2 else 1)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Anomaly, "loss", fails)
        with pytest.raises(TrainingError, match="epoch 1, batch 0"):
            train(data_set, tmp_path / "run", PLAIN)
    train(data_set, tmp_path / "run", PLAIN, resume=True)
    assert weights(tmp_path / "run") == weights(run)


def test_fresh_images_are_smooth(small_recipe, tmp_path):
    config = train(load_recipe(small_recipe), tmp_path / "run", changed(images=20, val_images=10))
    assert config.data["splits"] == {"train": {"no_sub": 20}, "val": {"no_sub": 10}}


def test_the_commands_understand_the_task(run, data_set, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["evaluate", str(run / "model"), str(data_set), "--out", str(out)]) == 0
    metrics = json.loads((out / "metrics.json").read_text())
    assert set(metrics["auc"]) == {"combined", "reconstruction", "wasserstein", "density"}
    assert set(metrics["auc"]["combined"]) == {"cdm", "axion"}
    assert metrics["symmetry"]["exact"]
    assert (out / "figures" / "strangest.png").is_file()
    assert "AUC of axion, combined" in capsys.readouterr().out
    image = DatasetFolder.open(data_set).split("test").images([3])[0, 0]
    np.save(tmp_path / "lens.npy", image.astype(np.float64))
    command = ["predict", str(tmp_path / "lens.npy"), "--model", str(run / "model"), "--pixel-scale", "0.2"]
    assert main([*command, "--task", "anomaly", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)["estimate"]
    assert {"value", "threshold", "reconstruction", "wasserstein", "density"} <= set(said)
    assert main([*command, "--task", "regress"]) == 2


def test_what_cannot_be_learned_or_tested_is_refused(run, data_set, small_recipe, tmp_path):
    folder, split = tmp_path / "data", {"train": 0.4, "val": 0.3, "test": 0.3}
    simulate_to_folder(load_recipe(small_recipe), folder, 10, split, seed=1, workers=1, classes=("cdm", "axion"))
    with pytest.raises(InputError, match=r"images of 'no_sub' in the splits train and val, .*; got none in train"):
        train(folder, tmp_path / "run", PLAIN)
    from lensym.apply.assess import evaluate

    with pytest.raises(InputError, match="2 or more images of 'no_sub' and of every other class in the split 'test'"):
        evaluate(run / "model", folder)
    with pytest.raises(UsageError, match="a known model for --task anomaly is needed; got 'cnn'"):
        train(data_set, tmp_path / "run", changed(model="cnn"))
