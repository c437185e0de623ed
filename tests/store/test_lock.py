import subprocess
import sys

import pytest

from lensym.errors import OutputError
from lensym.store import output_lock

HOLD = """
import sys
from lensym.store import output_lock
with output_lock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_second_writer_of_another_process_is_refused_until_the_first_is_killed(tmp_path):
    folder = tmp_path / "out"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(OutputError, match=r"out' may have one writer.*another process"), output_lock(folder):
            pass
        holder.kill()
        holder.wait()
    with output_lock(folder):
        assert (folder / ".lock").exists()
    assert list(folder.iterdir()) == []


def test_second_writer_of_the_same_process_is_refused(tmp_path):
    with output_lock(tmp_path), pytest.raises(OutputError, match="one writer"), output_lock(tmp_path):
        pass
    with output_lock(tmp_path):
        pass


def test_a_file_in_the_way(tmp_path):
    (tmp_path / "out").touch()
    with pytest.raises(OutputError, match="must be a folder; got a file of that name"), output_lock(tmp_path / "out"):
        pass
