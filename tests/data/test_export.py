"""What was exported and imported again is what it was."""

import csv
import signal
from dataclasses import replace

import numpy as np
import pytest

from kills import begin, ended
from lensym.data import export
from lensym.data.export import LAYOUTS, export_data_set
from lensym.data.importing.options import ImportOptions
from lensym.data.importing.run import import_to_folder
from lensym.errors import IntegrityError, OutputError, UsageError
from lensym.store import DatasetFolder, Manifest, output_lock, write_block, write_manifest

CLASSES = ("no_sub", "cdm", "axion")
COUNTS = {"train": 3, "val": 2, "test": 1}


def make(folder, dtype="uint16", channels=1, splits=COUNTS, size=8):
    """A data set of random images with a number each, of the axions a mass."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    shards = []
    for split, count in splits.items():
        for label, name in enumerate(CLASSES):
            images = rng.uniform(0, 60000, (count, channels, size, size)).astype(dtype)
            truth = {"theta_E": rng.uniform(size=count), "subhalo_mass": np.ones((count, 3))}
            truth |= {"log10_axion_mass": rng.uniform(-24, -22, count)} if name == "axion" else {}
            shards.append(write_block(folder, split, name, 0, images, label, truth))
    counts = {split: dict.fromkeys(CLASSES, count) for split, count in splits.items()}
    facts = (CLASSES, channels, size, 0.05, dtype, 1, counts, {}, "0.1.0", tuple(shards))
    write_manifest(folder, Manifest("model_1", "published", *facts))
    return folder


@pytest.fixture
def data(tmp_path):
    return make(tmp_path / "data")


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("dtype", "channels"), [("uint16", 1), ("float32", 1), ("float64", 3), ("uint16", 3)])
def test_imported_again_it_is_the_same(tmp_path, layout, dtype, channels):
    data = DatasetFolder.open(make(tmp_path / "data", dtype, channels))
    export_data_set(data.path, tmp_path / "out", layout)
    import_to_folder(tmp_path / "out", tmp_path / "again", ImportOptions(pixel_scale=0.05))
    again = DatasetFolder.open(tmp_path / "again")
    assert again.manifest.classes == CLASSES
    assert again.manifest.splits == data.manifest.splits
    assert again.manifest.dtype == dtype
    for split in data.splits:
        before, after = data.split(split), again.split(split)
        np.testing.assert_array_equal(after.images(slice(None)), before.images(slice(None)))
        np.testing.assert_array_equal(after.labels, before.labels)
        for name in ("theta_E", "log10_axion_mass"):
            np.testing.assert_array_equal(after.truth[name], before.truth[name])


@pytest.mark.parametrize(
    ("layout", "file", "shape", "dtype"),
    [
        ("model_i", "Model_I/cdm/cdm_000002.npy", (8, 8), "int64"),
        ("model_i", "Model_I_test/axion/axion_000000.npy", (8, 8), "int64"),
        ("test_i", "val/vort/vort_000001.npy", (1, 8, 8), "float64"),
    ],
)
def test_files_are_as_deeplense_has_them(data, tmp_path, layout, file, shape, dtype):
    export_data_set(data, tmp_path / "out", layout)
    array = np.load(tmp_path / "out" / file, allow_pickle=False)
    assert (array.shape, array.dtype) == (shape, dtype)
    assert len([path for path in (tmp_path / "out").rglob("*") if path.is_file()]) == 3 * 6 + 1


def test_a_fits_file_says_its_pixel_scale_and_has_whole_numbers(data, tmp_path):
    from lensym.data.readers import read_image

    export_data_set(data, tmp_path / "out", "fits")
    assert read_image(tmp_path / "out" / "train" / "cdm" / "cdm_000000.fits").pixel_scale == pytest.approx(0.05)


def test_the_table_has_the_masses(data, tmp_path):
    export_data_set(data, tmp_path / "out", "test_i")
    with (tmp_path / "out" / "truth.csv").open(newline="") as file:
        rows = {row["file"]: row for row in csv.DictReader(file)}
    log = DatasetFolder.open(data).split("test").truth["log10_axion_mass"][2]
    assert float(rows["test/vort/vort_000000.npy"]["axion_mass"]) == 10.0**log
    assert rows["test/no/no_000000.npy"]["axion_mass"] == ""
    assert "subhalo_mass" not in rows["test/no/no_000000.npy"]


def test_what_is_refused_leaves_everything_as_it_was(data, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "note").touch()
    with pytest.raises(OutputError, match=r"an empty or new folder for the files; got .*full' with files in it"):
        export_data_set(data, tmp_path / "full", "fits")
    with pytest.raises(OutputError, match="the file"):
        export_data_set(data, tmp_path / "full" / "note", "fits")
    with pytest.raises(UsageError, match="a known layout to export is needed; got 'model_1'; did you mean 'model_i'"):
        export_data_set(data, tmp_path / "out", "model_1")
    manifest = DatasetFolder.open(data).manifest
    write_manifest(data, replace(manifest, pixel_scale=0.1))
    with pytest.raises(UsageError, match=r"pixels of 0\.05 arcsec for --layout model_i, .*; got 0\.1; choose test_i"):
        export_data_set(data, tmp_path / "out", "model_i")
    shard = data / manifest.shards[0].file
    shard.write_bytes(shard.read_bytes()[:-1] + b"?")
    with pytest.raises(IntegrityError, match=shard.name):
        export_data_set(data, tmp_path / "out", "fits")
    assert {path.name for path in tmp_path.iterdir()} == {"data", "full"}


def test_an_empty_folder_is_taken_and_a_second_writer_refused(data, tmp_path):
    (tmp_path / "out").mkdir()
    with output_lock(tmp_path / ".out.lensym-tmp"), pytest.raises(OutputError, match="one writer at a time"):
        export_data_set(data, tmp_path / "out", "fits")
    export_data_set(data, tmp_path / "out", "fits")
    assert (tmp_path / "out" / "truth.csv").exists()


def test_killed_and_called_again_it_is_whole(data, tmp_path, monkeypatch):
    export_data_set(data, tmp_path / "whole", "test_i")

    def kill():
        signal.raise_signal(signal.SIGKILL)

    with monkeypatch.context() as patch:
        patch.setattr(export.os, "sync", kill)
        pid = begin(lambda: export_data_set(data, tmp_path / "out", "test_i") and None, tmp_path / "log")
        assert ended(pid) == -signal.SIGKILL
    assert not (tmp_path / "out").exists()
    export_data_set(data, tmp_path / "out", "test_i")
    assert _content(tmp_path / "out") == _content(tmp_path / "whole")
    assert not list(tmp_path.glob(".*"))


def _content(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_full_disk_leaves_nothing(data, tmp_path, monkeypatch):
    def full():
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(export.os, "sync", full)
    with pytest.raises(OutputError, match="room on the disk"):
        export_data_set(data, tmp_path / "out", "fits")
    assert {path.name for path in tmp_path.iterdir()} == {"data"}
