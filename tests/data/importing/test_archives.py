"""Archives: the same data set as from the folder, and nothing but a refusal from a hostile one."""

import shutil
import stat
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from lensym.data.importing import archive as limits
from lensym.data.importing.options import ImportOptions
from lensym.data.importing.run import import_to_folder
from lensym.data.importing.source import open_source
from lensym.data.importing.tar_source import TarSource
from lensym.data.importing.zip_source import ZipSource
from lensym.errors import InputError, OutputError

from . import mutations
from .hostile_archives import HOSTILE, good_member, truncated_tar, write_zip


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("kind", ["zip", "tar", "gztar"])
def test_an_archive_gives_what_its_folder_gives(model_i, tmp_path, kind):
    (model_i / ".DS_Store").write_bytes(b"x")
    packed = shutil.make_archive(str(tmp_path / "archive"), kind, model_i)
    import_to_folder(model_i, tmp_path / "a")
    made = import_to_folder(packed, tmp_path / "b")
    assert content(tmp_path / "a") == content(tmp_path / "b")
    assert len(made.taken) == 39


def test_the_archives_own_name_counts(model_i, tmp_path):
    packed = shutil.make_archive(str(tmp_path / "Model_I_test"), "gztar", model_i / "Model_I_test")
    source = open_source(tmp_path / "Model_I_test.tar.gz")
    assert (str(source.path), source.name) == (packed, "Model_I_test")
    assert import_to_folder(packed, tmp_path / "out").manifest.recipe == "model_i"


def test_nothing_is_left_behind(model_i, tmp_path, monkeypatch):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    source = open_source(Path(shutil.make_archive(str(tmp_path / "archive"), "gztar", model_i)))
    with source.local(source.files[0]) as path:
        assert np.load(path, allow_pickle=True).shape in ((2,), (8, 8))  # our own file
        assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_refused_in_one_line(name, tmp_path):
    write, message = HOSTILE[name]
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "archive"
    write(path)
    with pytest.raises(InputError, match=message) as error:
        import_to_folder(path, tmp_path / "out", ImportOptions(pixel_scale=1.0))
    assert "\n" not in str(error.value)
    assert not (tmp_path / "out" / "manifest.json").exists()
    assert sorted(p.name for p in tmp_path.iterdir()) in (["in"], ["in", "out"])
    assert [p.name for p in (tmp_path / "in").iterdir()] == ["archive"]


def test_mutations_of_archives_are_refused_or_read_whole():
    assert 200 < mutations.refused(400, 0) < 400


def test_genuine_archives_are_not_refused(tmp_path):
    for name, content in mutations.archives().items():
        (tmp_path / name).write_bytes(content)
        assert not mutations.is_refused(tmp_path / name)


def test_a_refusal_takes_little_memory(tmp_path):
    for write, _ in HOSTILE.values():
        write(tmp_path / "archive")
        tracemalloc.start()
        with pytest.raises(InputError):
            import_to_folder(tmp_path / "archive", tmp_path / "out", ImportOptions(pixel_scale=1.0))
        assert tracemalloc.get_traced_memory()[1] < 50e6
        tracemalloc.stop()


def test_without_the_hostile_part_the_archive_is_read(tmp_path):
    write_zip(tmp_path / "a.zip", [good_member()])
    assert open_source(tmp_path / "a.zip").files == ("cdm/0.npy",)


def test_backslashes_and_dots_are_separators(tmp_path):
    write_zip(tmp_path / "a.zip", [("./cdm\\1.npy", b"x"), ("a//b.npy", b"y")])
    assert ZipSource(tmp_path / "a.zip").files == ("a/b.npy", "cdm/1.npy")


@pytest.mark.parametrize("keep", [10, 511, 700, 1024, 1200, 3000])
def test_a_truncated_tar(tmp_path, keep):
    path = tmp_path / "a.tar"
    truncated_tar(keep)(path)
    with pytest.raises(InputError, match=r"a readable tar file|a whole archive"):
        TarSource(path)


def test_a_damaged_member_is_refused_by_itself(model_i, tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(model_i.rglob("*.npy")):
            archive.write(file, file.relative_to(model_i))
    whole = path.read_bytes()
    place = whole.index(np.load(model_i / "Model_I" / "cdm" / "cdm_3.npy").tobytes())
    path.write_bytes(whole[: place + 9] + b"\xff" + whole[place + 10 :])
    made = import_to_folder(path, tmp_path / "out")
    assert [(str(r.item), r.reason) for r in made.refused] == [("Model_I/cdm/cdm_3.npy", "a readable zip file")]
    assert "Bad CRC-32" in made.refused[0].example


def test_no_room_for_temporary_files(tmp_path, monkeypatch):
    source = ZipSource(write_zip(tmp_path / "z.zip", [good_member()]))
    with Path("/dev/full").open("wb") as full, pytest.raises(OutputError, match="room on the disk"):
        limits.put(bytes(100_000), full)
    with Path("/dev/full").open("wb", buffering=0) as full, pytest.raises(OutputError, match="room on the disk"):
        limits.put(b"x", full)
    monkeypatch.setattr("shutil.disk_usage", lambda path: shutil._ntuple_diskusage(10, 10, 10))
    needed = r"room for temporary files; got .* can hold 10; set TMPDIR"
    with pytest.raises(InputError, match=needed), source.local("cdm/0.npy"):
        pass


def test_too_many_members(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MOST_MEMBERS", 2)
    write_zip(tmp_path / "a.zip", [(f"cdm/{k}.npy", b"x") for k in range(3)])
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for k in range(3):
            archive.addfile(tarfile.TarInfo(f"{k}"))
    for name in ("a.zip", "a.tar"):
        with pytest.raises(InputError, match="an archive of at most 2 members"):
            open_source(tmp_path / name)


@pytest.mark.parametrize("start", [b"BZh9", b"\xfd7zXZ\0", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07"])
def test_other_packings(tmp_path, start):
    (tmp_path / "a.zip").write_bytes(start + bytes(100))
    with pytest.raises(InputError, match=r"a \.zip, \.tar or \.tgz archive; got .* packed in another way; unpack it"):
        open_source(tmp_path / "a.zip")


def test_a_file_that_is_no_archive(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(InputError, match="a data set in one of the layouts"):
        import_to_folder(tmp_path / "notes.txt", tmp_path / "out")
    assert stat.S_ISREG((tmp_path / "notes.txt").stat().st_mode)
