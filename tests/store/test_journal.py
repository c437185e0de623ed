import errno

import pytest

from lensym.errors import IntegrityError, OutputError
from lensym.store.journal import Journal
from lensym.store.manifest import ShardRecord


def record(start):
    return ShardRecord("a.h5", "train", "cdm", start, 5, 100, "00")


@pytest.fixture
def journal(tmp_path):
    journal = Journal(tmp_path)
    journal.begin({"seed": 1})
    journal.append(record(0))
    return journal


def test_keeps_the_request_and_the_records(journal):
    journal.append(record(5))
    assert journal.request() == {"seed": 1}
    assert journal.records() == [record(0), record(5)]


@pytest.mark.parametrize("torn", [b'{"file": "b.h5", "spl', b"{"])
def test_a_torn_last_line_does_not_count_and_is_overwritten(journal, torn):
    with journal.path.open("ab") as file:
        file.write(torn)
    assert journal.records() == [record(0)]
    journal.append(record(5))
    assert journal.records() == [record(0), record(5)]


def test_a_damaged_line_inside_is_an_error(journal):
    journal.path.write_bytes(b'{"seed": 1}\n{"file": 1}\n')
    with pytest.raises(IntegrityError, match=r"progress\.jsonl' must be a journal"):
        journal.records()


def test_full_disk_keeps_the_finished_lines(journal, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OutputError, match="room on the disk"):
        journal.append(record(5))
    assert journal.records()[0] == record(0)
