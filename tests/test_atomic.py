import errno
import os
import subprocess
import sys

import pytest

from lensym.atomic import remove_temporaries, require_writable, write_atomically
from lensym.errors import OutputError


def fail_with(code):
    def fail(*args):
        raise OSError(code, os.strerror(code))

    return fail


def test_writes_and_replaces(tmp_path):
    path = tmp_path / "a"
    write_atomically(path, b"1")
    write_atomically(path, b"22")
    assert path.read_bytes() == b"22"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_full_disk_leaves_the_former_file_and_no_other(tmp_path, monkeypatch, step):
    path = tmp_path / "a"
    write_atomically(path, b"old")
    monkeypatch.setattr(os, step, fail_with(errno.ENOSPC))
    with pytest.raises(OutputError, match=r"room on the disk for '.*a'; got 'No space left on device'; free some"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_other_refusals_ask_for_another_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", fail_with(errno.EROFS))
    with pytest.raises(OutputError, match="must be writable; got 'Read-only file system'; choose a folder"):
        write_atomically(tmp_path / "a", b"new")


def test_real_limit_of_the_system_on_a_file_size(tmp_path):
    script = f"""
import resource, pathlib
from lensym.atomic import write_atomically
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
write_atomically(pathlib.Path({str(tmp_path)!r}) / "a", bytes(2000))
"""
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "OutputError: room on the disk for" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_remove_temporaries_takes_nothing_else(tmp_path):
    for name in (".a.1.lensym-tmp", ".hidden", "a"):
        (tmp_path / name).touch()
    remove_temporaries(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [".hidden", "a"]


def test_a_file_is_tried_in_its_folder_and_nothing_is_left(tmp_path):
    (tmp_path / "old.png").write_text("keep")
    require_writable(tmp_path / "old.png")
    require_writable(tmp_path / "new.png")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("old.png", "keep")]
