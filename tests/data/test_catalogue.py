import sys

import numpy as np
import pytest
from astropy import units as u
from astropy.table import MaskedColumn, Table

from lensym.data.catalogue import CatalogueRow, is_catalogue, read_catalogue
from lensym.errors import InputError

FORMATS = {"csv": "ascii.csv", "ecsv": "ascii.ecsv", "vot": "votable", "xml": "votable"}


def table() -> Table:
    return Table({"ID": ["a", "b"], "RA": [57.0, 58.5], "Dec": [-51.0, 2.25], "mag": [20.1, 21.2]})


def write(path, content: Table):
    if path.suffix == ".parquet":
        import pyarrow

        pyarrow.parquet.write_table(pyarrow.table({name: content[name].tolist() for name in content.colnames}), path)
    else:
        content.write(path, format=FORMATS[path.suffix[1:]])
    return path


@pytest.fixture(params=[*FORMATS, "parquet"])
def ending(request):
    if request.param == "parquet":
        pytest.importorskip("pyarrow.parquet", reason="the extra parquet is not installed")
    return request.param


def test_positions_in_every_format(tmp_path, ending):
    path = write(tmp_path / f"lenses.{ending}", table())
    assert is_catalogue(path)
    assert read_catalogue(path) == [
        CatalogueRow("a", None, (57.0, -51.0), None),
        CatalogueRow("b", None, (58.5, 2.25), None),
    ]


def test_files_and_extensions_in_every_format(tmp_path, ending):
    content = Table({"filename": ["x/1.fits", "2.h5"], "hdu": [3, 4]})
    assert read_catalogue(write(tmp_path / f"lenses.{ending}", content)) == [
        CatalogueRow("1", tmp_path / "x" / "1.fits", None, "3"),
        CatalogueRow("2", tmp_path / "2.h5", None, "4"),
    ]


def test_empty_cells_are_none(tmp_path, ending):
    content = table()
    content["file"] = MaskedColumn(["a.fits", "-"], mask=[False, True])
    content["RA"] = MaskedColumn(content["RA"], mask=[True, False])
    content["Dec"] = MaskedColumn(content["Dec"], mask=[True, False])
    first, second = read_catalogue(write(tmp_path / f"lenses.{ending}", content))
    assert (first.file, first.position) == (tmp_path / "a.fits", None)
    assert (second.file, second.position) == (None, (58.5, 2.25))


def test_half_a_position_is_kept_as_no_number(tmp_path):
    (tmp_path / "lenses.csv").write_text("ra,dec\n57.0,\n58.0,2\n")
    ra, dec = read_catalogue(tmp_path / "lenses.csv")[0].position
    assert ra == 57
    assert np.isnan(dec)


def test_words_and_numbers_of_a_csv_stay_as_they_are_written(tmp_path):
    lines = ["id,file,hdu,ra,dec", "0012,007,01,57,-5.1e1", "", '"a, b", 1e3.npy,2,,', "c"]
    (tmp_path / "lenses.csv").write_text("\r\n".join(lines))
    assert read_catalogue(tmp_path / "lenses.csv") == [
        CatalogueRow("0012", tmp_path / "007", (57.0, -51.0), "01"),
        CatalogueRow("a, b", tmp_path / "1e3.npy", None, "2"),
        CatalogueRow("c", None, None, None),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("ending", ["csv", "ecsv"])
def test_utf8_with_or_without_its_mark(tmp_path, ending, encoding):
    path = write(tmp_path / f"lenses.{ending}", table())
    path.write_text(path.read_text().replace("\na", '\n"β Ara"'), encoding=encoding)
    assert [row.id for row in read_catalogue(path)] == ["β Ara", "b"]


@pytest.mark.parametrize("ending", ["csv", "ecsv"])
def test_another_encoding_is_refused(tmp_path, ending):
    path = write(tmp_path / f"lenses.{ending}", table())
    path.write_text(path.read_text().replace("\na", "\né"), encoding="latin-1")
    with pytest.raises(
        InputError, match=r"a catalogue in UTF-8; got .* in another encoding \(byte 0xe9\); save it as UTF-8"
    ):
        read_catalogue(path)


@pytest.mark.parametrize("ending", ["ecsv", "vot"])
def test_units_are_converted(tmp_path, ending):
    content = table()
    content["RA"] = (content["RA"] / 15 * u.hourangle).to(u.rad)
    content["Dec"] = content["Dec"] * u.deg
    rows = read_catalogue(write(tmp_path / f"lenses.{ending}", content))
    assert rows[1].position == pytest.approx((58.5, 2.25))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", r"a catalogue with a column file, or with ra and dec; got .* with a, b; rename its columns"),
        ("ra,file\n1,2\n", "with a column file, or with ra and dec; got .* with ra, file"),
        ("ra,dec\n", "a catalogue with rows; got .* without any"),
        ("ra,dec\n03:48:01,-51:00:00\n", "in degrees; got column ra of .* with '03:48:01' in row 1; convert them"),
        ("ra,dec\n57,-51\n58,N/A\n", "in degrees; got column dec of .* with 'N/A' in row 2; convert them"),
        ("ra,dec\n1,2,3,4\n", "a readable csv catalogue file; got .*: its row 1 has 4 cells, its head 2"),
        ("ra,ra,dec\n1,2,3\n", "a readable csv catalogue file; got .*: two of its columns have one name"),
        ('id,ra,dec\n"a,1,2\nb,3,4\n', "a readable csv catalogue file"),
        ("", "a readable catalogue; got .*, an empty file"),
        ("\x00\x01\x02", "a (readable csv )?catalogue"),
    ],
)
def test_what_is_no_catalogue_is_refused(tmp_path, text, message):
    (tmp_path / "lenses.csv").write_text(text)
    with pytest.raises(InputError, match=message):
        read_catalogue(tmp_path / "lenses.csv")


def test_a_missing_one_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"a readable catalogue; got .*, which is no file; check the path"):
        read_catalogue(tmp_path / "none.csv")


@pytest.mark.parametrize("ending", ["ecsv", "vot", "xml", "parquet"])
def test_text_with_a_table_s_ending_is_refused(tmp_path, ending):
    path = tmp_path / f"lenses.{ending}"
    path.write_text("some words " * 40)
    with pytest.raises(InputError):
        read_catalogue(path)


REMOTE = """<?xml version="1.0"?>{entity}<VOTABLE version="1.3" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE>
<TABLE><FIELD name="ra" datatype="double"/><FIELD name="dec" datatype="double"/><DATA>
<{kind}><STREAM {where}>{content}</STREAM></{kind}></DATA></TABLE></RESOURCE></VOTABLE>"""


@pytest.mark.parametrize("kind", ["BINARY", "BINARY2", "FITS"])
@pytest.mark.parametrize("where", ["href='file://{}'", "encoding='a>b' href='http://127.0.0.1:9/{}'"])
def test_a_table_whose_data_are_elsewhere_is_refused_unopened(tmp_path, kind, where, monkeypatch):
    monkeypatch.setattr("urllib.request.urlopen", lambda *a, **k: pytest.fail("something was opened"))
    path = tmp_path / "lenses.vot"
    (tmp_path / "secret").write_bytes(bytes(16))
    where = where.format(tmp_path / "secret")
    text = REMOTE.format(kind=kind, where=where, content="", entity="")
    for content in (text.encode(), text.replace("?>", " encoding='utf-16'?>").encode("utf-16")):
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"its data are elsewhere, at '(file|http)://"):
            read_catalogue(path)


def test_entities_are_refused(tmp_path):
    entity = "<!DOCTYPE a [<!ENTITY x 'lol'><!ENTITY y '&x;&x;&x;&x;'>]>"
    path = tmp_path / "lenses.vot"
    path.write_text(REMOTE.format(kind="BINARY", where="encoding='base64'", content="&y;", entity=entity))
    with pytest.raises(InputError, match="it defines an entity, 'x'"):
        read_catalogue(path)


def test_an_object_of_another_class_in_an_ecsv_is_refused(tmp_path):
    path = write(tmp_path / "lenses.ecsv", table())
    text = path.read_text()
    ran = f"# meta: !!python/object/apply:os.system ['touch {tmp_path}/ran']\n# schema:"
    path.write_text(text.replace("# schema:", ran))
    assert "os.system" in path.read_text()
    with pytest.raises(InputError):
        read_catalogue(path)
    assert not (tmp_path / "ran").exists()


def test_parquet_without_its_extra_says_how_to_get_it(tmp_path, monkeypatch):
    for name in ("pyarrow", "pyarrow.parquet"):
        monkeypatch.setitem(sys.modules, name, None)
    path = tmp_path / "lenses.parquet"
    path.write_bytes(b"PAR1")
    with pytest.raises(InputError, match=r"pyarrow to read Parquet; got .*; pip install 'lensym\[parquet\]'"):
        read_catalogue(path)


@pytest.mark.parametrize("name", ["lens.fits", "a.csv.fits", "lenses.txt", "lenses"])
def test_other_endings_are_no_catalogue(name):
    assert not is_catalogue(name)
