import math
import multiprocessing
import os
import signal
import sys
import time
from contextlib import closing
from importlib import util

import pytest

from lensym.errors import InputError, OutputError, UsageError
from lensym.simulation import cluster
from lensym.simulation.cluster import on_cluster, on_scheduler
from lensym.simulation.run import simulate_to_folder
from lensym.store import read_manifest

SPLIT = {"train": 0.6, "test": 0.4}
needs_dask = pytest.mark.skipif(util.find_spec("distributed") is None, reason="needs the extra 'dask'")
needs_jobqueue = pytest.mark.skipif(util.find_spec("dask_jobqueue") is None, reason="needs the extra 'dask'")


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def simulate(recipe, out, count=5, **options):
    return simulate_to_folder(recipe, out, count, SPLIT, **({"workers": 1, "shard_images": 3} | options))


@needs_dask
def test_local_cluster():
    assert sorted(on_cluster("local", 2)(math.factorial, [3, 1, 2])) == [1, 2, 6]
    assert multiprocessing.active_children() == []


@pytest.fixture(scope="module")
def workers():
    """A cluster of two worker processes, as one that runs already."""
    distributed = pytest.importorskip("distributed", reason="needs the extra 'dask'")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50
    ) as workers:
        yield workers


def test_a_killed_worker_costs_its_shard_and_no_byte(workers, tiny, tmp_path):
    simulate(tiny, tmp_path / "without", 30)
    killed = []

    def kill_one(done, total):
        if 0.2 * total < done and not killed:
            killed.append(next(iter(workers.workers.values())).pid)
            os.kill(killed[0], signal.SIGKILL)

    simulate(tiny, tmp_path / "with", 30, executor=on_scheduler(workers.scheduler_address), progress=kill_one)
    assert killed
    assert content(tmp_path / "with") == content(tmp_path / "without")


def test_a_killed_worker_s_other_tasks_are_not_done_again(workers, tmp_path):
    def note(task):
        with (tmp_path / "tasks").open("a") as file:
            file.write(f"{task} {os.getpid()}\n")
        time.sleep(0.05)
        return task

    done = []
    for result in on_scheduler(workers.scheduler_address)(note, range(40)):
        done.append(result)
        if len(done) == 20:
            begun = (tmp_path / "tasks").read_text().split()
            os.kill(int(begun[-1]), signal.SIGKILL)
    assert sorted(done) == list(range(40))
    assert len((tmp_path / "tasks").read_text().splitlines()) <= 42  # its task, and one whose result was on its way


def test_an_error_comes_out_whole(workers, tmp_path):
    with pytest.raises(InputError, match="a finished data set") as error:
        list(on_scheduler(workers.scheduler_address)(read_manifest, [tmp_path] * 20))
    assert error.value.remedy == "make one with 'lensym simulate'"


def test_a_task_that_kills_its_workers_is_given_up(workers, monkeypatch):
    monkeypatch.setattr(workers.scheduler, "allowed_failures", 0)
    with pytest.raises(OutputError, match=r"a worker that died.*run the same command again to go on"):
        list(on_scheduler(workers.scheduler_address)(os._exit, [1]))


def test_closing_takes_back_what_did_not_begin(workers, tmp_path):
    def note(task):
        (tmp_path / str(task)).touch()
        time.sleep(0.05)

    with closing(on_scheduler(workers.scheduler_address)(note, range(100))) as results:
        next(results)
    begun, former = len(list(tmp_path.iterdir())), -1
    while begun != former:  # a task that was with a worker already may begin late
        time.sleep(0.5)
        begun, former = len(list(tmp_path.iterdir())), begun
    assert begun < 50


def test_a_worker_that_does_not_see_the_folder_is_refused(workers, tiny, tmp_path, monkeypatch):
    monkeypatch.setattr("lensym.simulation.run.leave_mark", lambda folder: "mark of another folder")
    with pytest.raises(
        OutputError, match=r"a folder that every worker sees; got '/.*out', which is missing or another"
    ):
        simulate(tiny, tmp_path / "out", executor=on_scheduler(workers.scheduler_address))


SBATCH = f"""\
#!{sys.executable}
import subprocess, sys
script = open(sys.argv[-1]).read()  # as SLURM, before it answers: the file is removed then
quiet = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
job = subprocess.Popen(["bash", "-c", script], start_new_session=True, **quiet)
print("Submitted batch job", job.pid)
"""
SCANCEL = f"""\
#!{sys.executable}
import os, signal, sys
os.killpg(int(sys.argv[-1]), signal.SIGTERM)
"""


@needs_jobqueue
def test_slurm_jobs(tmp_path, monkeypatch):
    """With commands of the names of SLURM's, which start the job's script on this machine."""
    for name, script in (("sbatch", SBATCH), ("scancel", SCANCEL)):
        (tmp_path / name).write_text(script)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert sorted(on_cluster("slurm", 1)(math.factorial, [3, 1, 2])) == [1, 2, 6]


@needs_jobqueue
def test_slurm_where_it_is_not(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UsageError, match="the command sbatch for a SLURM cluster"):
        on_cluster("slurm", 2)
    monkeypatch.setattr(cluster.shutil, "which", lambda name: name)
    with pytest.raises(UsageError, match=r"a number of workers for a SLURM cluster.*give --workers"):
        on_cluster("slurm")


@needs_dask
@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nowhere:x", "nonsense://a"])
def test_no_scheduler_at_the_address(address, tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "_PATIENCE", 0.3)
    with pytest.raises(UsageError, match=f"a Dask scheduler that answers; got '{address}'") as error:
        simulate(tiny, tmp_path, executor=on_scheduler(address))
    assert "\n" not in str(error.value)


@needs_dask
def test_no_task_needs_no_scheduler():
    assert list(on_scheduler("nowhere:x")(math.factorial, [])) == []


def test_unknown_cluster():
    with pytest.raises(UsageError, match="did you mean 'slurm'"):
        on_cluster("slurms")


def test_without_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    for make in (on_scheduler, on_cluster):
        with pytest.raises(
            UsageError, match=r"'distributed' for work on a cluster; got none; pip install 'lensym\[dask"
        ):
            make("local")
