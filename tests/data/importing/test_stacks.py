"""Files of many images each."""

import h5py
import numpy as np
import pytest

from lensym.data.importing.layout import choose_layout
from lensym.data.importing.options import ImportOptions
from lensym.data.importing.run import import_to_folder
from lensym.data.importing.source import open_source
from lensym.errors import InputError
from lensym.store import DatasetFolder

from .conftest import counts, save, save_with_mass

ONE = ImportOptions(pixel_scale=0.05, split={"train": 1.0}, shard_images=7)
CLASSES = ("no_sub", "cdm", "axion")


def stack(seed, shape=(10, 8, 8)):
    return np.random.default_rng(seed).poisson(20, shape).astype(np.int16)


def masses(count=10):
    return (np.arange(count, dtype=np.float32) + 1) * np.float32(1e-24)


def imported(source, out, options=ONE):
    """Images of each class and split in the order of the source, masses of axions, and what was said of the layout."""
    made = import_to_folder(source, out, options)
    data = DatasetFolder.open(out)
    found = {}
    for split in data.splits:
        view = data.split(split)
        for label, name in enumerate(view.classes):
            found[name, split] = view.images(view.labels == label)
    return made, found, data


@pytest.fixture
def stacks():
    return {name: stack(k) for k, name in enumerate(CLASSES)}


def write_npy(root, stacks):
    root.mkdir()
    for name, images in zip(("no_substructure", "x_train_sphere", "vortex"), stacks.values(), strict=True):
        np.save(root / f"{name}.npy", images)
    np.save(root / "vortex_mass.npy", masses())


def write_npz(root, stacks):
    root.mkdir()
    np.savez_compressed(root / "lenses.npz", **stacks, axion_mass=masses())


def write_npz_each(root, stacks):
    root.mkdir()
    for name, images in stacks.items():
        beside = {"masses": masses()} if name == "axion" else {}
        np.savez(root / f"{name}.npz", images=images, **beside)


def write_hdf5(root, stacks):
    root.mkdir()
    with h5py.File(root / "all.h5", "w") as file:
        for name, images in stacks.items():
            file.create_dataset(f"{name}/images", data=images, chunks=(4, 8, 8), compression="gzip")
        file["axion/mass"] = masses()[:, None]
        file["axion/theta_E"] = np.arange(10.0)


def write_memmaps(root, stacks):
    root.mkdir()
    for name, images in stacks.items():
        images.tofile(root / f"{name}.dat")
    masses().tofile(root / "axion_mass.dat")


def write_memmap_folders(root, stacks):
    for name, images in stacks.items():
        (root / name).mkdir(parents=True)
        images.tofile(root / name / "images.npy")
    masses().tofile(root / "axion" / "masses.npy")


@pytest.mark.parametrize(
    "write", [write_npy, write_npz, write_npz_each, write_hdf5, write_memmaps, write_memmap_folders]
)
def test_an_array_a_class(stacks, tmp_path, write):
    write(tmp_path / "set", stacks)
    made, found, data = imported(tmp_path / "set", tmp_path / "out")
    assert made.layout.startswith("stacks, files of arrays")
    assert (made.manifest.dtype, made.manifest.classes) == ("uint16", CLASSES)
    assert not made.refused
    assert found.keys() == {(name, "train") for name in CLASSES}
    for name, images in stacks.items():
        np.testing.assert_array_equal(found[name, "train"][:, 0], images)
    np.testing.assert_array_equal(data.split("train").truth["axion_mass"][-10:], masses().astype(np.float64))
    if write is write_hdf5:
        np.testing.assert_array_equal(data.split("train").truth["theta_E"][-10:], np.arange(10.0))


def test_splits_by_folder_or_name(stacks, tmp_path):
    for name, images in stacks.items():
        save(tmp_path / "set" / "train" / f"{name}.npy", images[:6])
        save(tmp_path / "set" / f"{name}_test.npy", images[6:])
    _, found, _ = imported(tmp_path / "set", tmp_path / "out", ImportOptions(pixel_scale=1.0))
    for name, images in stacks.items():
        np.testing.assert_array_equal(found[name, "train"][:, 0], images[:6])
        np.testing.assert_array_equal(found[name, "test"][:, 0], images[6:])


def test_colours_first_or_last(tmp_path):
    images = stack(0, (5, 8, 8, 3))
    save(tmp_path / "set" / "cdm.npy", images)
    save(tmp_path / "set" / "no_sub.npy", np.moveaxis(stack(1, (5, 8, 8, 3)), 3, 1))
    _, found, _ = imported(tmp_path / "set", tmp_path / "out")
    np.testing.assert_array_equal(found["cdm", "train"], np.moveaxis(images, 3, 1))
    assert found["no_sub", "train"].shape == (5, 3, 8, 8)


@pytest.mark.parametrize("raw", [True, False])
def test_labels_that_are_numbers_need_names(tmp_path, raw):
    images, labels = stack(0, (9, 8, 8)), np.arange(9) % 3
    (tmp_path / "set").mkdir()
    images.tofile(tmp_path / "set" / "images.npy") if raw else np.save(tmp_path / "set" / "images.npy", images)
    np.save(tmp_path / "set" / "labels.npy", labels)
    with pytest.raises(InputError, match="the class of every label; got label 0 and no names for them; give --classes"):
        imported(tmp_path / "set", tmp_path / "out")
    with pytest.raises(InputError, match="got label 2 and names for 2 classes"):
        imported(tmp_path / "set", tmp_path / "out", ImportOptions(pixel_scale=1.0, classes=("no", "vort")))
    names = ("vort", "sphere", "no")
    options = ImportOptions(pixel_scale=1.0, split={"train": 1.0}, classes=names)
    _, found, _ = imported(tmp_path / "set", tmp_path / "out", options)
    for label, name in enumerate(("axion", "cdm", "no_sub")):
        np.testing.assert_array_equal(found[name, "train"][:, 0], images[labels == label])


def test_images_with_masses_alone_are_axions(tmp_path):
    images = stack(0)
    (tmp_path / "set").mkdir()
    images.tofile(tmp_path / "set" / "images.dat")
    masses().tofile(tmp_path / "set" / "mass.dat")
    _, found, data = imported(tmp_path / "set", tmp_path / "out")
    np.testing.assert_array_equal(found["axion", "train"][:, 0], images)
    np.testing.assert_array_equal(data.split("train").truth["axion_mass"], masses().astype(np.float64))


def test_one_file_is_enough(tmp_path):
    write_npz(tmp_path / "set", {name: stack(k) for k, name in enumerate(CLASSES)})
    made, _, _ = imported(tmp_path / "set" / "lenses.npz", tmp_path / "out")
    assert len(made.taken) == 30


def test_an_image_a_file_without_folders(tmp_path):
    for k in range(4):
        save(tmp_path / "set" / f"cdm_{k}.npy", counts(k))
        save_with_mass(tmp_path / "set" / f"axion_{k}.npy", counts(10 + k), 1e-24)
    _, found, data = imported(tmp_path / "set", tmp_path / "out")
    np.testing.assert_array_equal(found["axion", "train"][:, 0], [counts(10 + k) for k in range(4)])
    assert (data.split("train").truth["axion_mass"][-4:] == 1e-24).all()


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"cdm.npy": stack(0, (3, 8, 8))}, r"of shape \(3, 8, 8\), one of three colours or 3 of one"),
        ({"axion.npy": stack(0), "axion_mass.npy": masses(9)}, "as many numbers in 'axion_mass.npy' as images"),
        ({"images.npy": stack(0)}, "a class for every array of images; got 'images.npy' beside no labels"),
        ({"cdm.npy": np.arange(9.0)}, "an image that can be taken; got none of 1"),
        ({"cdm.npy": stack(0, (4, 2, 5, 8, 8))}, "an image that can be taken; got none of 4"),
    ],
)
def test_what_is_in_doubt_is_refused(tmp_path, files, message):
    for name, array in files.items():
        save(tmp_path / "set" / name, array)
    with pytest.raises(InputError, match=message):
        imported(tmp_path / "set", tmp_path / "out")
    assert not (tmp_path / "out" / "manifest.json").exists()


def test_memmaps_whose_size_nothing_says(tmp_path):
    (tmp_path / "set").mkdir()
    stack(0).tofile(tmp_path / "set" / "cdm.dat")
    with pytest.raises(InputError, match=r"one size of the images in files without a header; got 0 for 'cdm\.dat'"):
        imported(tmp_path / "set", tmp_path / "out")
    masses(7).tofile(tmp_path / "set" / "axion_mass.dat")
    stack(1).tofile(tmp_path / "set" / "axion.dat")
    with pytest.raises(InputError, match=r"'axion\.dat' with 1280 bytes, which are not 7 square ones"):
        imported(tmp_path / "set", tmp_path / "out")


@pytest.mark.parametrize("kind", ["virtual", "external", "claimed"])
def test_an_hdf5_file_takes_nothing_from_elsewhere(tmp_path, kind):
    secret = tmp_path / "secret"
    secret.write_bytes(bytes(range(128)) * 5)
    (tmp_path / "set").mkdir()
    with h5py.File(tmp_path / "set" / "cdm.h5", "w") as file:
        if kind == "virtual":
            layout = h5py.VirtualLayout((10, 8, 8), "u1")
            layout[:] = h5py.VirtualSource(str(secret), "x", (10, 8, 8))
            file.create_virtual_dataset("images", layout)
        elif kind == "external":
            file.create_dataset("images", (10, 8, 8), "u1", external=[(str(secret), 0, 640)])
        else:
            file.create_dataset("images", (10**6, 64, 64), "f8", chunks=(1, 64, 64))
    with pytest.raises(InputError, match="an image that can be taken; got none of 1"):
        imported(tmp_path / "set", tmp_path / "out")


def test_a_damaged_file_does_not_stop_the_others(stacks, tmp_path):
    write_npy(tmp_path / "set", stacks)
    (tmp_path / "set" / "no_substructure.npy").write_bytes(b"\x93NUMPY\x01\x00")
    made, _, _ = imported(tmp_path / "set", tmp_path / "out")
    assert [str(refused.item) for refused in made.refused] == ["no_substructure.npy"]
    assert len(made.taken) == 20


def test_recognised_by_arrays_within(tmp_path):
    write_hdf5(tmp_path / "set", {name: stack(k) for k, name in enumerate(CLASSES)})
    assert choose_layout(open_source(tmp_path / "set"), None).layout.name == "stacks"


def test_lens_finding(tmp_path):
    seed = 0
    for folder, number in (("train_lenses", 4), ("train_nonlenses", 6), ("test_lenses", 2), ("test_nonlenses", 3)):
        for k in range(number):
            seed += 1
            save(tmp_path / "set" / folder / f"{k}.npy", counts(seed, (3, 8, 8)))
    made, found, _ = imported(tmp_path / "set", tmp_path / "out", ImportOptions(pixel_scale=0.2))
    assert made.layout.startswith("lens_finding, folders test_lenses")
    assert made.manifest.classes == ("nonlens", "lens")
    assert {key: len(images) for key, images in found.items()} == {
        ("nonlens", "train"): 6,
        ("lens", "train"): 4,
        ("nonlens", "test"): 3,
        ("lens", "test"): 2,
    }
    assert made.manifest.channels == 3
