import csv
import hashlib

import numpy as np
import pytest

from lensym.data.importing import survey
from lensym.data.importing.options import ImportOptions
from lensym.data.importing.run import import_to_folder
from lensym.errors import InputError, OutputError, UsageError
from lensym.store import DatasetFolder, verify

from .conftest import counts, make_model_i, save, save_with_mass

SHARDS = ImportOptions(shard_images=4)
SCALE = ImportOptions(pixel_scale=0.05)


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def rows(folder):
    with (folder / "sources.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_every_image_is_where_the_table_of_sources_says(model_i, tmp_path):
    imported = import_to_folder(model_i, tmp_path / "out", SHARDS)
    data = DatasetFolder.open(tmp_path / "out")
    assert verify(tmp_path / "out").images == 39
    assert (data.manifest.recipe, data.manifest.pixel_scale, data.manifest.dtype) == ("model_i", 0.05, "uint16")
    assert data.manifest.splits == {s: {"no_sub": n, "cdm": n, "axion": n} for s, n in (("train", 10), ("test", 3))}
    assert "a folder a class (axion, cdm, no_sub), splits test" in imported.layout
    for row in rows(tmp_path / "out"):
        path = model_i / row["file"]
        assert row["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        view = data.split(row["split"])
        place = int(np.flatnonzero(view.labels == view.classes.index(row["class"]))[int(row["number"])])
        stored = np.load(path, allow_pickle=True)  # our own files
        axion = row["class"] == "axion"
        np.testing.assert_array_equal(view.images([place])[0, 0], stored[0] if axion else stored)
        np.testing.assert_equal(view.truth["axion_mass"][place], stored[1] if axion else np.nan)


def test_stopped_at_any_shard_and_called_again_gives_the_same_bytes(model_i, tmp_path):
    import_to_folder(model_i, tmp_path / "whole", SHARDS)
    for stop_at in range(0, 40, 4):
        out, writing = tmp_path / str(stop_at), []

        def stop(done, total, writing=writing, stop_at=stop_at):
            if "write" in writing and done >= stop_at:
                raise InterruptedError

        with pytest.raises(InterruptedError):
            import_to_folder(model_i, out, SHARDS, writing.append, stop)
        assert not (out / "manifest.json").exists()
        import_to_folder(model_i, out, SHARDS)
        assert content(out) == content(tmp_path / "whole")


def test_a_text_alone_is_one_class_and_not_its_letters(unchecked):
    with unchecked():
        assert ImportOptions(classes="lens").classes == ("lens",)


@pytest.mark.parametrize("seed", [None, -1, 1.5])
def test_a_seed_is_a_whole_number(seed, unchecked):
    with unchecked(), pytest.raises(UsageError, match="seed must be a whole number of at least 0; got"):
        ImportOptions(seed=seed)


def test_a_finished_import_is_mended(model_i, tmp_path):
    import_to_folder(model_i, tmp_path / "out", SHARDS)
    whole = content(tmp_path / "out")
    (tmp_path / "out" / "train-cdm-000004.h5").unlink()
    (tmp_path / "out" / "sources.csv").write_text("")
    import_to_folder(model_i, tmp_path / "out", SHARDS)
    assert content(tmp_path / "out") == whole


@pytest.mark.parametrize("finished", [True, False])
def test_a_changed_source_or_option_does_not_go_on(model_i, tmp_path, finished):
    def stop(done, total):
        if not finished and total == 39 and done == 39:
            raise InterruptedError

    out = tmp_path / "out"
    if finished:
        import_to_folder(model_i, out, SHARDS)
    else:
        steps = []
        with pytest.raises(InterruptedError):
            import_to_folder(model_i, out, SHARDS, steps.append, lambda d, t: stop(d, t) if "write" in steps else None)
    before = content(out)
    with pytest.raises(UsageError, match=r"was begun with .*pixel_scale: 0\.05"):
        import_to_folder(model_i, out, ImportOptions(pixel_scale=0.1, shard_images=4))
    save(model_i / "Model_I" / "cdm" / "cdm_0.npy", counts(999))
    with pytest.raises(UsageError, match=r"was begun with files\.sources\.csv"):
        import_to_folder(model_i, out, SHARDS)
    assert content(out) == before


@pytest.mark.parametrize("room", [0, 1000, 2**20])
def test_what_is_written_does_not_depend_on_what_is_kept(model_i, tmp_path, monkeypatch, room):
    import_to_folder(model_i, tmp_path / "a", SHARDS)
    monkeypatch.setattr(survey, "KEPT", room)
    import_to_folder(model_i, tmp_path / "b", SHARDS)
    assert content(tmp_path / "a") == content(tmp_path / "b")


def test_a_file_that_changes_in_between_is_noticed(model_i, tmp_path, monkeypatch):
    monkeypatch.setattr(survey, "KEPT", 0)

    def change(step):
        if step == "write":
            save(model_i / "Model_I" / "cdm" / "cdm_0.npy", counts(999))

    with pytest.raises(InputError, match=r"stay as they are.*Model_I/cdm/cdm_0\.npy', which has changed"):
        import_to_folder(model_i, tmp_path / "out", SHARDS, change)
    assert not (tmp_path / "out" / "manifest.json").exists()


def test_bad_files_are_refused_one_by_one(model_i, tmp_path):
    folder = model_i / "Model_I" / "no_sub"
    save(folder / "nan.npy", np.where(np.eye(8) == 1, np.nan, 1.0))
    save(folder / "constant.npy", np.ones((8, 8)))
    save(folder / "oblong.npy", counts(1, (8, 9)))
    (folder / "damaged.npy").write_bytes((folder / "no_sub_0.npy").read_bytes()[:-8])
    (folder / "empty.npy").write_bytes(b"")
    (folder / "photo.png").write_bytes(b"GIF89a")
    array = np.empty(1, object)
    array[0] = print
    np.save(folder / "code.npy", array, allow_pickle=True)
    imported = import_to_folder(model_i, tmp_path / "out")
    reasons = {refused.item.file.rpartition("/")[2]: refused for refused in imported.refused}
    assert {name: refused.reason for name, refused in reasons.items()} == {
        "nan.npy": "an image of finite numbers",
        "constant.npy": "an image that is not constant",
        "oblong.npy": "an image as high as wide",
        "damaged.npy": "a readable .npy file",
        "empty.npy": "an image as FITS, HDF5 or .npy",
        "photo.png": "an image as FITS, HDF5 or .npy",
        "code.npy": "an object array of numbers and one image",
    }
    assert "'Model_I/no_sub/code.npy' with the name 'builtins.print'" in reasons["code.npy"].example
    assert imported.manifest.splits["train"]["no_sub"] == 10
    assert imported.manifest.parameters["refused"]["a readable .npy file"] == 1


def test_mixed_sizes_are_refused_with_their_counts(model_i, tmp_path):
    for k in range(2):
        save(model_i / "Model_I" / "cdm" / f"large_{k}.npy", counts(k, (9, 9)))
    with pytest.raises(InputError, match="got 39 of 1 x 8 x 8, 2 of 1 x 9 x 9; import each size by itself"):
        import_to_folder(model_i, tmp_path / "out")


def test_one_dtype_holds_all_images(model_i, tmp_path):
    rounded = counts(99) + 0.1
    save(model_i / "Model_I" / "cdm" / "z.npy", rounded)
    manifest = import_to_folder(model_i, tmp_path / "out").manifest
    assert manifest.dtype == "float64"
    images = DatasetFolder.open(tmp_path / "out").split("train").images(slice(10, 21))
    np.testing.assert_array_equal(images[-1, 0], rounded)


def test_colour_images_come_channels_first(tmp_path):
    seed = 0
    for split in ("train", "val"):
        for name in ("no", "cdm", "axion"):
            seed += 1
            save(tmp_path / "Model_IV" / split / name / "1.npy", np.random.default_rng(seed).random((8, 8, 3)))
    manifest = import_to_folder(tmp_path / "Model_IV", tmp_path / "out").manifest
    assert (manifest.recipe, manifest.channels, manifest.pixel_scale) == ("model_iv", 3, 0.101)
    stored = DatasetFolder.open(tmp_path / "out").split("val").images([1])[0]
    original = np.load(tmp_path / "Model_IV" / "val" / "cdm" / "1.npy")
    np.testing.assert_array_equal(stored, np.moveaxis(original, 2, 0))


def test_gsoc_test_i_needs_a_pixel_scale_before_anything_is_read(tmp_path):
    for split in ("train", "val"):
        for k, name in enumerate(("no", "sphere", "vort")):
            pixels = np.random.default_rng(10 * k + len(split)).random((1, 8, 8))
            save(tmp_path / "dataset" / split / name / "1.npy", pixels)
    with pytest.raises(InputError, match=r"the pixel scale of the images; .*; give --pixel-scale"):
        import_to_folder(tmp_path / "dataset", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    manifest = import_to_folder(tmp_path / "dataset", tmp_path / "out", SCALE).manifest
    assert (manifest.recipe, manifest.classes) == ("test_i", ("no_sub", "cdm", "axion"))
    assert manifest.splits["val"] == {"no_sub": 1, "cdm": 1, "axion": 1}


def test_a_label_beside_an_image_is_no_mass(tmp_path):
    for name in ("no_sub", "axion"):
        for k in range(10):
            save_with_mass(tmp_path / "set" / name / f"{k}.npy", counts(k + len(name) * 100), 2)
    import_to_folder(tmp_path / "set", tmp_path / "out", SCALE)
    assert DatasetFolder.open(tmp_path / "out").split("train").truth == {}
    assert {row["beside"] for row in rows(tmp_path / "out")} == {"2"}


def test_copies_end_in_one_split(tmp_path):
    for k in range(30):
        pixels = counts(k)
        for j, copy in enumerate((pixels, np.rot90(pixels), pixels.T)):
            save(tmp_path / "set" / "cdm" / f"{k}_{j}.npy", copy)
    import_to_folder(tmp_path / "set", tmp_path / "out", SCALE)
    splits = {}
    for row in rows(tmp_path / "out"):
        splits.setdefault(row["file"].partition("_")[0], set()).add(row["split"])
    assert len(splits) == 30
    assert all(len(found) == 1 for found in splits.values())


def test_another_writer_and_a_strange_folder_are_refused(model_i, tmp_path):
    with pytest.raises(OutputError, match="may have one writer"):
        import_to_folder(
            model_i, tmp_path / "out", SHARDS, lambda step: import_to_folder(model_i, tmp_path / "out", SHARDS)
        )
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.tex").write_text("precious")
    with pytest.raises(OutputError, match=r"with other files \(1, the first is 'thesis\.tex'"):
        import_to_folder(model_i, tmp_path / "thesis")
    assert content(tmp_path / "thesis") == {"thesis.tex": b"precious"}


def test_the_same_source_elsewhere_gives_the_same_bytes(model_i, tmp_path):
    make_model_i(tmp_path / "copy")
    import_to_folder(model_i, tmp_path / "a")
    import_to_folder(tmp_path / "copy", tmp_path / "b")
    assert content(tmp_path / "a") == content(tmp_path / "b")


def test_a_source_without_any_good_image(tmp_path):
    save(tmp_path / "set" / "cdm" / "1.npy", np.ones((8, 8)))
    with pytest.raises(InputError, match="an image that can be taken; got none of 1"):
        import_to_folder(tmp_path / "set", tmp_path / "out", SCALE)
