"""A run that is killed, stopped by a batch system or not finite goes on to the same weights, bit by bit."""

import os
import signal
import zipfile

import pytest
import torch

from kills import begin, ended
from lensym import atomic
from lensym.cli import main
from lensym.data.module import SplitImages
from lensym.errors import IntegrityError, OutputError, TrainingError
from lensym.store import output_lock
from lensym.train import classify
from lensym.train.augment import random_d4
from lensym.train.checkpoints import read_checkpoint
from lensym.train.learner import Learner, step_seed
from lensym.train.options import TrainOptions
from lensym.train.run import train

COMMAND = ("--model", "cnn", "--epochs", "2", "--batch-size", "20", "--threads", "1", "--resume")
OPTIONS = TrainOptions(model="cnn", epochs=2, batch_size=20, threads=1)
WRITE, STEP = (atomic, "sync_folder"), (Learner, "on_before_optimizer_step")


@pytest.fixture(scope="module")
def whole(data_set, tmp_path_factory):
    run = tmp_path_factory.mktemp("whole") / "run"
    train(data_set, run, OPTIONS)
    return run


def signalled(monkeypatch, run, data_set, place, n, number):
    """Begin a run in a process that gets a signal at the n-th call of something; its exit status."""
    with monkeypatch.context() as patch:
        # a shell starts what runs in the background deaf to Ctrl-C
        former = signal.signal(signal.SIGINT, signal.default_int_handler)
        original, calls = getattr(*place), iter(range(1, 1000))

        def counted(*arguments):
            if next(calls) == n:
                os.kill(os.getpid(), number)
            return original(*arguments)

        patch.setattr(*place, counted)
        pid = begin(lambda: main(["train", str(data_set), str(run), *COMMAND]), run.with_suffix(".log"))
        signal.signal(signal.SIGINT, former)
        return ended(pid)


def bytes_of(run):
    """Weights of the checkpoints, all of the last one's optimizer, and the model's file."""
    last, best = (read_checkpoint(run / "checkpoints" / name) for name in ("last.ckpt", "best.ckpt"))
    tensors = [*last["state_dict"].values(), *best["state_dict"].values()]
    tensors += [v for state in last["optimizer_states"][0]["state"].values() for v in state.values()]
    return b"".join(t.numpy().tobytes() for t in tensors) + (run / "model" / "model.safetensors").read_bytes()


@pytest.mark.parametrize(
    ("place", "n", "number", "status"),
    [
        (WRITE, 1, signal.SIGKILL, -signal.SIGKILL),  # before there are options
        (STEP, 2, signal.SIGKILL, -signal.SIGKILL),  # in the first epoch
        (WRITE, 5, signal.SIGKILL, -signal.SIGKILL),  # between the best checkpoint and the last
        (WRITE, 10, signal.SIGKILL, -signal.SIGKILL),  # between the model's files
        (STEP, 5, signal.SIGTERM, 75),
        (WRITE, 7, signal.SIGUSR1, 75),
        (STEP, 5, signal.SIGINT, 75),
    ],
)
def test_a_stopped_run_ends_with_the_same_bytes(monkeypatch, whole, data_set, tmp_path, place, n, number, status):
    run = tmp_path / "run"
    assert signalled(monkeypatch, run, data_set, place, n, number) == status
    assert not (run / "model" / "config.json").exists()
    assert "Traceback" not in run.with_suffix(".log").read_text()
    train(data_set, run, OPTIONS, resume=True)
    assert bytes_of(run) == bytes_of(whole)
    assert not [path for path in run.rglob("*") if atomic.is_temporary(path)]


def test_the_comparison_sees_other_weights(whole, data_set, tmp_path):
    train(data_set, tmp_path / "run", TrainOptions(**{**vars(OPTIONS), "seed": 1}))
    assert bytes_of(tmp_path / "run") != bytes_of(whole)


def test_a_second_writer_is_refused(whole, data_set, tmp_path):
    for run in (whole, tmp_path / "new"):
        with output_lock(run), pytest.raises(OutputError, match="one writer at a time"):
            train(data_set, run, OPTIONS, resume=True)


def test_a_flipped_bit_of_a_checkpoint_is_noticed(whole, tmp_path):
    content = (whole / "checkpoints" / "last.ckpt").read_bytes()
    path = tmp_path / "last.ckpt"
    for place in [*range(0, len(content), len(content) // 100), *range(-100, 0)]:
        changed = bytearray(content)
        changed[place] ^= 1 << place % 8
        path.write_bytes(changed)
        with pytest.raises(IntegrityError, match=r"a checkpoint as it was written; got .*last\.ckpt' with a changed"):
            read_checkpoint(path)


def test_a_checkpoint_cut_short_or_gone_is_refused(whole, tmp_path):
    path = tmp_path / "last.ckpt"
    with pytest.raises(IntegrityError, match="with No such file"):
        read_checkpoint(path)
    for length in (0, 1, 5000):
        path.write_bytes((whole / "checkpoints" / "last.ckpt").read_bytes()[:length])
        with pytest.raises(IntegrityError, match="with a changed byte"):
            read_checkpoint(path)


def test_torch_reads_a_checkpoint_as_any_other(whole):
    path = whole / "checkpoints" / "last.ckpt"
    assert zipfile.ZipFile(path).testzip() is None
    assert torch.load(path, weights_only=True)["epoch"] == 1


def test_an_image_that_is_not_finite_is_named(monkeypatch, data_set, tmp_path):
    original = SplitImages.__getitems__

    def poisoned(self, indices):
        images, labels = original(self, indices)
        if 7 in indices and self.view.name == "train":
            images[list(indices).index(7), 0, 3, 3] = float("nan")
        return images, labels

    monkeypatch.setattr(SplitImages, "__getitems__", poisoned)
    with pytest.raises(TrainingError, match=r"batch \d \(images 7 of the split train, pixels not all finite\); leave"):
        train(data_set, tmp_path / "run", OPTIONS)


def test_gradients_that_are_not_finite_do_not_reach_the_weights(monkeypatch, data_set, tmp_path):
    original = classify.F.cross_entropy

    def steep(logits, labels):
        return original(logits, labels) + (0 * logits.sum()).sqrt()

    monkeypatch.setattr(classify.F, "cross_entropy", steep)
    with pytest.raises(TrainingError, match=r"gradients of finite length; got nan in epoch 0, batch 0 \(images \d"):
        train(data_set, tmp_path / "run", OPTIONS)


@pytest.mark.parametrize("epochs", [1, 2])
def test_a_run_that_diverges_keeps_no_weights_that_are_not_finite(monkeypatch, data_set, tmp_path, epochs):
    """At the last step of an epoch of one step, it shows on the validation images."""
    options = {**vars(OPTIONS), "epochs": epochs, "weight_decay": 1e38, "learning_rate": 0.9, "batch_size": 60}
    with pytest.raises(TrainingError, match=r"finite .*; lower --learning-rate in a new RUN; the last checkpoint"):
        train(data_set, tmp_path / "run", TrainOptions(**options))
    for path in (tmp_path / "run" / "checkpoints").glob("*.ckpt"):
        assert all(tensor.isfinite().all() for tensor in read_checkpoint(path)["state_dict"].values())


def test_what_is_random_in_a_step_depends_on_the_seed():
    images = torch.arange(9.0).reshape(1, 1, 3, 3)

    def turned(seed):
        torch.manual_seed(seed)
        return random_d4(images)[0].flatten().tolist()

    a, b = ([turned(step_seed(seed, step)) for step in range(20)] for seed in (0, 1))
    assert a != b
    assert [turned(step) for step in range(20)] == [turned((1 << 32) + step) for step in range(20)]  # hence the mixing
