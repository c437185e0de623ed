"""Files of one image each and a table of what they are."""

import shutil
import struct
import zlib

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table
from PIL import Image

from lensym.data.importing.options import ImportOptions
from lensym.data.importing.run import import_to_folder
from lensym.errors import InputError
from lensym.store import DatasetFolder

from .conftest import counts, make_model_i, save

SCALE = ImportOptions(pixel_scale=0.1, split={"train": 1.0})
NAMES = ("cdm", "axion", "no_sub")


def write_fits(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    fits.PrimaryHDU(pixels.astype(np.int32)).writeto(path)


def write_png(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def make(root, rows=9, write=save, ending="npy"):
    """Images in a folder; names, classes and two numbers of each."""
    for k in range(rows):
        write(root / "images" / f"{k:04d}.{ending}", counts(k).astype(np.uint8 if ending == "png" else np.int64))
    return [(f"{k:04d}", NAMES[k % 3], (k + 1) * 1e-24, 1 + k / 7) for k in range(rows)]


def text(rows, sign=",", head=("id", "label", "m_axion", "theta_E")):
    return "\n".join(sign.join(map(str, row)) for row in (head, *rows)) + "\n"


def stored(out):
    """Images, truth and classes in the order of the stored set, by (class, theta_E)."""
    data = DatasetFolder.open(out).split("train")
    return {
        (data.classes[label], theta): (image[0], mass)
        for label, theta, mass, image in zip(
            data.labels, data.truth["theta_E"], data.truth["axion_mass"], data.images(slice(None)), strict=True
        )
    }


@pytest.mark.parametrize(("write", "ending"), [(save, "npy"), (write_fits, "fits"), (write_png, "png")])
def test_classes_and_numbers_come_from_the_table(tmp_path, write, ending):
    rows = make(tmp_path / "set", write=write, ending=ending)
    (tmp_path / "set" / "labels.csv").write_text(text(rows))
    made = import_to_folder(tmp_path / "set", tmp_path / "out", SCALE)
    assert made.layout == "table, table 'labels.csv': files in column 'id', classes in 'label'"
    found = stored(tmp_path / "out")
    assert len(found) == 9
    for k, (_, name, mass, theta) in enumerate(rows):
        image, stored_mass = found[name, theta]
        np.testing.assert_array_equal(image, counts(k))
        assert stored_mass == mass


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
@pytest.mark.parametrize("names", ["images/{}.npy", "{}.npy", "/home/me/data/images/{}.npy", "images\\{}.npy", "{}"])
def test_ways_to_name_a_file(tmp_path, sign, names):
    rows = [(names.format(name), *rest) for name, *rest in make(tmp_path / "set", 3)]
    (tmp_path / "set" / "labels.csv").write_text("\ufeff" + text(rows, sign), encoding="utf-8")
    assert len(import_to_folder(tmp_path / "set", tmp_path / "out", SCALE).taken) == 3


def test_ecsv(tmp_path):
    rows = make(tmp_path / "set")
    Table(rows=rows, names=("file", "class", "axion_mass", "theta_E")).write(tmp_path / "set" / "t.ecsv")
    import_to_folder(tmp_path / "set", tmp_path / "out", SCALE)
    assert {key: mass for key, (_, mass) in stored(tmp_path / "out").items()} == {(c, t): m for _, c, m, t in rows}


@pytest.mark.parametrize("packed", [False, True])
def test_votable(tmp_path, packed):
    rows = make(tmp_path / "set")
    table = Table(rows=rows, names=("file", "class", "axion_mass", "theta_E"))
    table.write(tmp_path / "set" / "t.vot", format="votable")
    source = shutil.make_archive(str(tmp_path / "set"), "zip", tmp_path / "set") if packed else tmp_path / "set"
    import_to_folder(source, tmp_path / "out", SCALE)
    assert {key: mass for key, (_, mass) in stored(tmp_path / "out").items()} == {(c, t): m for _, c, m, t in rows}


def test_splits_by_a_column_or_the_tables_name(tmp_path):
    rows = make(tmp_path / "a")
    (tmp_path / "a" / "t.csv").write_text(
        text(
            [(*row, "Validation" if k > 5 else "train") for k, row in enumerate(rows)],
            head=("f", "class", "m", "t", "split"),
        )
    )
    made = import_to_folder(tmp_path / "a", tmp_path / "out_a", ImportOptions(pixel_scale=0.1))
    assert made.manifest.splits == {"train": dict.fromkeys(NAMES, 2), "val": dict.fromkeys(NAMES, 1)}
    make(tmp_path / "b")
    (tmp_path / "b" / "train.csv").write_text(text(rows[:6]))
    (tmp_path / "b" / "test_labels.csv").write_text(text(rows[6:]))
    made = import_to_folder(tmp_path / "b", tmp_path / "out_b", ImportOptions(pixel_scale=0.1))
    assert made.manifest.splits == {"train": dict.fromkeys(NAMES, 2), "test": dict.fromkeys(NAMES, 1)}
    assert "and 1 more" in made.layout


def test_a_split_of_unknown_name_beside_known_ones_is_refused(tmp_path):
    words = ("train", "val", "holdout")
    rows = [(*row, words[k // 3]) for k, row in enumerate(make(tmp_path / "set"))]
    (tmp_path / "set" / "t.csv").write_text(text(rows, head=("f", "class", "m", "t", "split")))
    with pytest.raises(InputError, match=r"splits that are called .*got 'holdout' in column 'split' of 't\.csv'; name"):
        import_to_folder(tmp_path / "set", tmp_path / "out", SCALE)


def test_a_column_of_other_sets_is_none_of_splits(tmp_path):
    rows = [(*row, "AB"[k % 2]) for k, row in enumerate(make(tmp_path / "set"))]
    (tmp_path / "set" / "t.csv").write_text(text(rows, head=("f", "class", "m", "t", "set")))
    assert len(import_to_folder(tmp_path / "set", tmp_path / "out", SCALE).taken) == 9


@pytest.mark.parametrize("words", [("0", "1"), ("False", "True"), ("0.0", "1.0"), ("no", "yes")])
def test_whether_it_is_a_lens(tmp_path, words):
    rows = [(name, words[k % 2]) for k, (name, *_) in enumerate(make(tmp_path / "set", 6))]
    (tmp_path / "set" / "t.csv").write_text(text(rows, head=("image", "is_lens")))
    made = import_to_folder(tmp_path / "set", tmp_path / "out", SCALE)
    assert made.manifest.splits == {"train": {"nonlens": 3, "lens": 3}}


def test_labels_that_are_numbers(tmp_path):
    rows = [(name, k % 3) for k, (name, *_) in enumerate(make(tmp_path / "set", 6))]
    (tmp_path / "set" / "t.csv").write_text(text(rows, head=("image", "label")))
    with pytest.raises(InputError, match="label 0 and no names for them; give --classes"):
        import_to_folder(tmp_path / "set", tmp_path / "out", SCALE)
    named = ImportOptions(pixel_scale=0.1, split={"train": 1.0}, classes=("arc", "ring", "double source"))
    made = import_to_folder(tmp_path / "set", tmp_path / "out", named)
    assert made.manifest.splits == {"train": {"arc": 2, "double_source": 2, "ring": 2}}


def test_what_is_missing_is_said(tmp_path):
    rows = make(tmp_path / "set")
    rows[0] = ("9999", *rows[0][1:])
    rows[1] = ("../../secret.npy", *rows[1][1:])
    rows[2] = (rows[2][0], "", *rows[2][2:])
    rows[3] = (*rows[3][:2], "", rows[3][3])
    save(tmp_path / "secret.npy", counts(77))
    table = [(*row, "taken at night") for row in rows]
    (tmp_path / "set" / "t.csv").write_text(text(table, head=("id", "label", "m_axion", "theta_E", "comment")))
    made = import_to_folder(tmp_path / "set", tmp_path / "out", SCALE)
    assert [(str(r.item), r.reason) for r in made.refused] == [
        ("images/0002.npy", "a class"),
        ("9999", "a readable file"),
        ("../../secret.npy", "a readable file"),
    ]
    assert len(made.taken) == 6
    assert np.isnan(DatasetFolder.open(tmp_path / "out").split("train").truth["axion_mass"]).sum() == 1
    assert made.remarks == (
        "2 files are in no row of a table and were left, for instance 'images/0000.npy'",
        "columns of 't.csv' that are no numbers were left: comment",
    )


def test_a_file_in_two_rows(tmp_path):
    rows = make(tmp_path / "set")
    (tmp_path / "set" / "t.csv").write_text(text([*rows, rows[0]]))
    with pytest.raises(InputError, match=r"each file in one row of one table; got 'images/0000\.npy' in several"):
        import_to_folder(tmp_path / "set", tmp_path / "out", SCALE)


@pytest.mark.parametrize(
    "content", ["", "a\n", "id,label\n0000\n", "id,id\n0000,0001\n", "\0\0", '"' * 200_000, "id\n\n"]
)
def test_tables_that_are_none(tmp_path, content):
    make(tmp_path / "set")
    (tmp_path / "set" / "t.csv").write_text(content)
    with pytest.raises(InputError, match="a data set in one of the layouts"):
        import_to_folder(tmp_path / "set", tmp_path / "out", SCALE)


def test_folders_of_classes_with_masses_in_a_table(tmp_path):
    make_model_i(tmp_path / "set", 4, 2)
    axions = sorted((tmp_path / "set").rglob("cdm_*.npy"))
    rows = [(file.relative_to(tmp_path / "set"), k * 1e6) for k, file in enumerate(axions)]
    (tmp_path / "set" / "masses.csv").write_text(text(rows, head=("file", "subhalo_mass")))
    made = import_to_folder(tmp_path / "set", tmp_path / "out")
    assert made.manifest.recipe == "model_i"
    truth = DatasetFolder.open(tmp_path / "out").split("train").truth
    assert np.nansum(truth["subhalo_mass"]) == 6e6
    assert np.isfinite(truth["axion_mass"]).sum() == 4


def png(width, height, bits, kind, content=b""):
    """A PNG with any header."""
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)), (b"IDAT", zlib.compress(content))]
    body = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in [*chunks, (b"IEND", b"")]
    )
    return b"\x89PNG\r\n\x1a\n" + body


def test_sixteen_bits_and_full_opacity_change_nothing(tmp_path):
    grey = np.random.default_rng(0).integers(0, 65536, (8, 8)).astype(np.uint16)
    colour = np.random.default_rng(1).integers(0, 256, (8, 8, 3)).astype(np.uint8)
    write_png(tmp_path / "grey" / "cdm" / "0.png", grey)
    write_png(tmp_path / "colour" / "cdm" / "0.png", np.dstack([colour, np.full((8, 8), 255, np.uint8)]))
    for name, expected in (("grey", grey[None]), ("colour", np.moveaxis(colour, 2, 0))):
        import_to_folder(tmp_path / name, tmp_path / f"out_{name}", SCALE)
        found = DatasetFolder.open(tmp_path / f"out_{name}").split("train").images([0])[0]
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (png(8, 8, 16, 2), "16 bits of colour type 2"),
        (png(8, 8, 8, 3), "8 bits of colour type 3"),
        (png(30_000, 30_000, 8, 0), "30000 x 30000 pixels in"),
        (png(8, 8, 8, 0, bytes(10)), "a readable PNG file"),
        (png(8, 8, 8, 0)[:40], "a readable PNG file"),
        (png(8, 8, 8, 0)[:20], "a readable PNG file"),
        (png(8, 8, 8, 6, (b"\0" + bytes(range(32))) * 8), "transparent pixels"),
        (b"\x89PNG\r\n\x1a\n" + bytes(30), "no header"),
    ],
)
def test_pngs_that_would_be_changed_or_are_damaged(tmp_path, content, message):
    (tmp_path / "set" / "cdm").mkdir(parents=True)
    (tmp_path / "set" / "cdm" / "0.png").write_bytes(content)
    with pytest.raises(InputError, match=message):
        import_to_folder(tmp_path / "set", tmp_path / "out", SCALE)
