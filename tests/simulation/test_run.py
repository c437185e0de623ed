import errno
import json
import multiprocessing
import os
import resource
import signal
import time

import numpy as np
import pytest

from lensym.errors import OutputError, UsageError
from lensym.simulation.images import simulate_block
from lensym.simulation.run import simulate_to_folder
from lensym.store import DatasetFolder, verify

# the children that these tests fork neither use nor need the threads of the test runner
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")

SPLIT = {"train": 0.6, "test": 0.4}


def simulate(recipe, out, **options):
    """Five images a class in six shards, in this process."""
    return simulate_to_folder(recipe, out, 5, SPLIT, **({"workers": 1, "shard_images": 3} | options))


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def started(target, *args):
    """Run ``target`` in a process of its own, which leads a process group."""

    def lead(*args):
        os.setsid()
        # a shell starts what runs in the background deaf to Ctrl-C
        signal.signal(signal.SIGINT, signal.default_int_handler)
        target(*args)

    process = multiprocessing.get_context("fork").Process(target=lead, args=args)
    process.start()
    return process


def wait_for_shards(process, out, shards):
    journal = out / "progress.jsonl"
    while not journal.exists() or journal.read_bytes().count(b"\n") <= shards:
        assert process.is_alive()
        time.sleep(0.005)


def assert_group_ends(group):
    """No worker outlives its parent."""
    for _ in range(500):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)
    pytest.fail("a worker outlived its parent")


@pytest.fixture(scope="module")
def small(tiny, tmp_path_factory):
    """An uninterrupted run."""
    folder = tmp_path_factory.mktemp("small") / "out"
    simulate(tiny, folder)
    return folder


def test_the_folder_holds_the_blocks_images_labels_and_truth(small, tiny):
    assert verify(small).images == 15
    test = DatasetFolder.open(small).split("test")
    assert test.labels.tolist() == [0, 0, 1, 1, 2, 2]
    for label, name in enumerate(tiny.classes):
        block = simulate_block(tiny, name, "test", 0, 2, 0)
        rows = np.flatnonzero(test.labels == label)
        np.testing.assert_array_equal(test.images(rows), block.images)
        for key, column in block.truth.items():
            np.testing.assert_array_equal(test.truth[key][rows], column)


def test_other_shards_hold_the_same_images(small, tiny, tmp_path):
    simulate(tiny, tmp_path, shard_images=2)
    for split in SPLIT:
        ours, theirs = (DatasetFolder.open(folder).split(split) for folder in (tmp_path, small))
        np.testing.assert_array_equal(ours.images(slice(None)), theirs.images(slice(None)))


def test_another_seed_changes_every_image(small, tiny, tmp_path):
    simulate(tiny, tmp_path, seed=1)
    ours, theirs = (DatasetFolder.open(f).split("train").images(slice(None)) for f in (tmp_path, small))
    assert (ours != theirs).any(axis=(1, 2, 3)).all()


def test_some_classes_only(tiny, tmp_path):
    manifest = simulate_to_folder(tiny, tmp_path, 3, {"train": 1.0}, workers=1, classes=["vort", "cdm"])
    assert manifest.classes == ("cdm", "axion")
    assert DatasetFolder.open(tmp_path).split("train").labels.tolist() == [0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize("wrong", [{"count": 0}, {"seed": -1}, {"workers": 0}, {"shard_images": 0}, {"classes": ["x"]}])
def test_wrong_arguments_start_nothing(tiny, tmp_path, wrong):
    with pytest.raises(UsageError):
        simulate_to_folder(tiny, tmp_path / "out", **({"count": 1} | wrong))
    assert list(tmp_path.iterdir()) == []


class Stopped:
    """Stops the process, or fails as a full disk does, at the ``n``-th call that changes the disk."""

    def __init__(self, n, stop):
        self.left, self.stop = n, stop
        for name in ("fsync", "replace", "open", "unlink"):
            setattr(os, name, self.counted(getattr(os, name)))

    def counted(self, call):
        def wrapper(*args, **kwargs):
            self.left -= 1
            if self.left < 0:
                self.stop()
            return call(*args, **kwargs)

        return wrapper


def kill_this_process():
    os.kill(os.getpid(), signal.SIGKILL)


def simulate_killed_at(n, recipe, out):
    Stopped(n, kill_this_process)
    simulate(recipe, out)


def test_killed_at_any_call_that_changes_the_disk_and_run_again_gives_the_same_bytes(small, tiny, tmp_path):
    for n in range(200):
        out = tmp_path / str(n)
        process = started(simulate_killed_at, n, tiny, out)
        process.join()
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL
        if (out / "manifest.json").exists():
            verify(out)
        simulate(tiny, out)
        assert content(out) == content(small), n
    assert 30 < n < 199


def simulate_many(recipe, out, workers):
    simulate_to_folder(recipe, out, 200, SPLIT, workers=workers, shard_images=3)


def simulate_for_long(recipe, out, workers):
    simulate_to_folder(recipe, out, 50_000, SPLIT, workers=workers, shard_images=3)


def test_killed_while_two_workers_are_at_it_and_run_again_gives_the_same_bytes(tiny, tmp_path):
    out, reference = tmp_path / "out", tmp_path / "reference"
    for shards in (20, 90):
        process = started(simulate_many, tiny, out, 2)
        wait_for_shards(process, out, shards)
        process.kill()
        process.join()
        assert_group_ends(process.pid)
        assert not (out / "manifest.json").exists()
    simulate_many(tiny, out, 1)
    simulate_many(tiny, reference, 1)
    assert content(out) == content(reference)


def test_disk_full_at_any_write_leaves_what_was_finished_and_goes_on(small, tiny, tmp_path, monkeypatch):
    for n in range(0, 19, 2):
        calls = iter(range(10_000))

        def full(descriptor, calls=calls, n=n):
            if next(calls) >= n:
                raise OSError(errno.ENOSPC, "No space left on device")

        out = tmp_path / str(n)
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            with pytest.raises(OutputError, match=r"room on the disk.*run the same command again"):
                simulate(tiny, out)
        assert not [name for name in content(out) if name.startswith(".")]
        simulate(tiny, out)
        assert content(out) == content(small)


def simulate_limited(recipe, out):
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))
    with pytest.raises(OutputError, match="room on the disk for"):
        simulate(recipe, out)


def test_a_real_limit_on_the_size_of_a_file(small, tiny, tmp_path):
    process = started(simulate_limited, tiny, tmp_path)
    process.join()
    assert process.exitcode == 0
    assert set(content(tmp_path)) == {"progress.jsonl"}
    simulate(tiny, tmp_path)
    assert content(tmp_path) == content(small)


def test_ctrl_c_ends_the_workers_quietly(tiny, tmp_path, capfd):
    process = started(simulate_for_long, tiny, tmp_path, 2)
    wait_for_shards(process, tmp_path, 2)
    os.killpg(process.pid, signal.SIGINT)
    process.join()
    assert_group_ends(process.pid)
    stderr = capfd.readouterr().err
    assert stderr.count("Traceback") == 1
    assert stderr.rstrip().endswith("KeyboardInterrupt")
    assert not [name for name in content(tmp_path) if name.startswith(".")]
    lines = (tmp_path / "progress.jsonl").read_text().splitlines()
    assert all((tmp_path / json.loads(line)["file"]).exists() for line in lines[1:])


def test_second_writer_is_refused(tiny, tmp_path):
    def write_again(done, total):
        simulate(tiny, tmp_path)

    with pytest.raises(OutputError, match="may have one writer at a time"):
        simulate(tiny, tmp_path, progress=write_again)


def test_progress_counts_images_from_what_was_there(tiny, tmp_path):
    reports = []

    def stop_early(done, total):
        reports.append((done, total))
        if done == 6:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        simulate(tiny, tmp_path, progress=stop_early)
    simulate(tiny, tmp_path, progress=lambda *report: reports.append(report))
    assert reports == [(0, 15), (3, 15), (6, 15), (6, 15), (9, 15), (11, 15), (13, 15), (15, 15)]
