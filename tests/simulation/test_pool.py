import math
import multiprocessing
import os
import subprocess
import sys
import threading

import pytest

from lensym.errors import InputError, OutputError
from lensym.simulation.pool import run_tasks
from lensym.store import read_manifest


@pytest.mark.parametrize("workers", [1, 2])
def test_every_task_once(workers):
    assert sorted(run_tasks(math.factorial, [5, 1, 3, 2, 4], workers)) == [1, 2, 6, 24, 120]


def test_this_process_takes_part():
    slow = "__import__('time').sleep(0.1) or __import__('os').getpid()"
    found = list(run_tasks(eval, [slow] * 30, 2, take_part=True))
    assert len(found) == 30
    assert len(set(found)) == 2
    assert os.getpid() in found


def test_an_error_of_either_side_comes_out_where_this_process_takes_part():
    with pytest.raises(ValueError, match="negative"):
        list(run_tasks(math.factorial, [-1] * 9, 2, take_part=True))
    assert multiprocessing.active_children() == []


def test_a_dead_worker_is_said_to_be_one_where_this_process_takes_part():
    deadly = f"__import__('time').sleep(0.1) or __import__('os').getpid() == {os.getpid()} or __import__('os')._exit(1)"
    with pytest.raises(OutputError, match="a worker that died"):
        list(run_tasks(eval, [deadly] * 60, 2, take_part=True))


def test_a_dead_worker_is_said_to_be_one():
    with pytest.raises(OutputError, match=r"a worker that died.*run the same command again to go on"):
        list(run_tasks(os._exit, [1, 1], 2))


def test_an_error_comes_out_whole_and_ends_the_pool(tmp_path):
    threads = threading.active_count()
    with pytest.raises(InputError, match="a finished data set") as error:
        list(run_tasks(read_manifest, [tmp_path] * 20, 2))
    assert error.value.remedy == "make one with 'lensym simulate'"
    assert multiprocessing.active_children() == []
    assert threading.active_count() == threads


def test_a_script_needs_no_guard():
    script = "import math; from lensym.simulation.pool import run_tasks; print(*run_tasks(math.factorial, [3, 3], 2))"
    result = subprocess.run([sys.executable], input=script, capture_output=True, text=True, check=False)
    assert (result.stdout, result.stderr) == ("6 6\n", "")


def test_one_task_needs_no_process():
    assert list(run_tasks(lambda task: os.getpid(), ["task"], 8)) == [os.getpid()]
    assert list(run_tasks(math.sqrt, [], 8)) == []
