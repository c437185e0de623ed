import dataclasses

import pytest

from lensym.atomic import is_temporary
from lensym.errors import OutputError, UsageError
from lensym.simulation.worker import ShardMaker, leave_mark
from lensym.store.tasks import Task

TASK = Task("train", "cdm", 4, 2)


@pytest.fixture
def maker(tiny, tmp_path):
    return ShardMaker(tiny, tmp_path, tiny.classes, 0, leave_mark(tmp_path))


def test_a_shard_where_the_mark_is(maker, tmp_path):
    record = maker(TASK)
    assert (record.split, record.class_name, record.start, record.count) == ("train", "cdm", 4, 2)
    assert (tmp_path / record.file).stat().st_size == record.size


def test_another_folder_is_refused(maker, tmp_path):
    leave_mark(tmp_path / ".." / tmp_path.name)
    with pytest.raises(OutputError, match=r"a folder that every worker sees; got '/.*', which is missing or another"):
        dataclasses.replace(maker, mark="that of another folder")(TASK)
    assert [path for path in tmp_path.iterdir() if not is_temporary(path)] == []


def test_another_version_is_refused(maker):
    with pytest.raises(UsageError, match=r"lensym 0\.0\.1 on every worker; got lensym .* on '.*'; install the same"):
        dataclasses.replace(maker, version="0.0.1")(TASK)
