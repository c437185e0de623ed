"""Answers in parts, on processes and on a cluster, and what a stopped command kept of them."""

import io
import json

import numpy as np
import pytest

from lensym.apply import answers_journal
from lensym.apply.answers_journal import AnswersJournal, asked
from lensym.apply.answers_table import require_replaceable, table_bytes
from lensym.apply.batch import TOGETHER, PartAnswerer, in_order, on_this_machine, parts_of
from lensym.apply.catalogue import Reading, predict_images
from lensym.apply.files import FileFailure, FilePrediction
from lensym.apply.listing import listed_images
from lensym.apply.predictor import load
from lensym.errors import InputError, OutputError, UsageError

from .conftest import SIZE, rings

COUNT = 2 * TOGETHER + 5


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    folder = tmp_path_factory.mktemp("many")
    for k, image in enumerate(rings(COUNT, 4)):
        np.save(folder / f"{k:03d}.npy", image[0])
    np.save(folder / "050.npy", np.zeros((SIZE, SIZE)))
    return listed_images([folder])


@pytest.fixture(scope="module")
def answerer(folder):
    return PartAnswerer.like(load(folder), Reading())


@pytest.fixture(scope="module")
def answers(answerer, images):
    return list(map(answerer, parts_of(images)))


def test_parts_give_what_one_after_the_other_gives(predictor, images, answers):
    found = [result for part in answers for result in part.results]
    expected = list(predict_images(predictor, images))
    assert len(found) == COUNT
    assert isinstance(found[50], FileFailure)
    for a, b in zip(found, expected, strict=True):
        if isinstance(a, FilePrediction):
            assert list(a.probabilities.values()) == pytest.approx(list(b.probabilities.values()), abs=1e-6)


def test_processes_give_the_same_in_whatever_order_they_end(answerer, images, answers):
    parts = parts_of(images)
    found = list(in_order(on_this_machine(COUNT, 2)(answerer, parts), parts))
    assert [part.start for part in found] == [0, TOGETHER, 2 * TOGETHER]
    for ours, theirs in zip(found, answers, strict=True):
        kept = [r for r in ours.results if isinstance(r, FilePrediction)]
        assert kept == [r for r in theirs.results if isinstance(r, FilePrediction)]


def test_order_is_restored(images, answers):
    assert list(in_order((a for a in reversed(answers)), parts_of(images))) == answers


def test_a_worker_with_other_weights_refuses(answerer, images):
    other = PartAnswerer(answerer.model, "cpu", "0" * 64, Reading())
    with pytest.raises(UsageError, match="weights 000000000000 on every worker; got lensym"):
        other(parts_of(images)[0])


def test_a_journal_goes_on_after_a_cut_line_and_gives_every_answer(tmp_path, answerer, images, answers):
    request = asked(images, answerer)
    with AnswersJournal(tmp_path / "a.csv", request) as journal:
        journal.note(answers[2])
        journal.note(answers[0])
    path = tmp_path / "a.csv.part"
    path.write_bytes(path.read_bytes()[:-30])
    with AnswersJournal(tmp_path / "a.csv", request) as journal:
        assert journal.starts == [2 * TOGETHER]
        assert [part.start for part in parts_of(images, journal.starts)] == [0, TOGETHER]
        journal.note(answers[1])
        journal.note(answers[0])
        kept = journal.results()
        journal.remove()
    assert not path.exists()
    whole = [result for part in answers for result in part.results]
    assert [r for r in kept if isinstance(r, FilePrediction)] == [r for r in whole if isinstance(r, FilePrediction)]
    assert isinstance(kept[50].error, InputError)
    assert str(kept[50].error) == str(whole[50].error)


def test_a_journal_of_other_images_or_options_is_refused(tmp_path, answerer, images, answers):
    with AnswersJournal(tmp_path / "a.csv", asked(images, answerer)) as journal:
        journal.note(answers[0])
    other = PartAnswerer.like(load(answerer.model), Reading(pixel_scale=0.2))
    for request in (asked(images[1:], answerer), asked(images, other)):
        with pytest.raises(UsageError, match=r"begun; got others, or files that were changed since; give the same"):
            AnswersJournal(tmp_path / "a.csv", request).__enter__()
    images[3].file.touch()
    with pytest.raises(UsageError, match="changed since"):
        AnswersJournal(tmp_path / "a.csv", asked(images, answerer)).__enter__()


@pytest.mark.parametrize("content", [b"a line\nand one without an end", b"no end"])
def test_a_file_that_is_no_journal_is_left_as_it_is(tmp_path, content):
    path = tmp_path / "a.csv.part"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="choose another --out"):
        AnswersJournal(tmp_path / "a.csv", {"a": 1}).__enter__()
    assert path.read_bytes() == content


def test_a_journal_that_was_cut_in_its_first_line_begins_anew(tmp_path, answers):
    (tmp_path / "a.csv.part").write_bytes(b'{"a": ')
    with AnswersJournal(tmp_path / "a.csv", {"a": 1}) as journal:
        journal.note(answers[0])
    with AnswersJournal(tmp_path / "a.csv", {"a": 1}) as journal:
        assert journal.starts == [0]


def test_a_second_writer_is_refused(tmp_path):
    with (
        AnswersJournal(tmp_path / "a.csv", {"a": 1}),
        pytest.raises(OutputError, match="one writer at a time"),
    ):
        AnswersJournal(tmp_path / "a.csv", {"a": 1}).__enter__()


def test_a_full_disk_is_said(tmp_path, answers, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    with AnswersJournal(tmp_path / "a.csv", {"a": 1}) as journal:
        monkeypatch.setattr(answers_journal.os, "fsync", full)
        with pytest.raises(OutputError, match="room on the disk"):
            journal.note(answers[0])


@pytest.fixture(scope="module")
def results(answers):
    odd = FileFailure("bad\udcff\x01<&>\U0001f600.fits", InputError("a", "b", "c"), "x")
    return [*(result for part in answers for result in part.results), odd]


def test_a_votable_is_what_astropy_reads(predictor, results):
    from astropy.io.votable import parse

    content = table_bytes(results, predictor.classes, ".vot")
    table = parse(io.BytesIO(content), verify="exception").get_first_table()
    rows = table.to_table()
    assert len(rows) == COUNT + 1
    assert rows["cdm"][3] == results[3].probabilities["cdm"]
    assert np.isnan(float(rows["cdm"].filled(np.nan)[50]))
    assert "constant" in rows["error"][50]
    assert rows["file"][-1] == "bad??<&>?.fits"
    fields = {field.name: field for field in table.fields}
    assert (fields["ra"].ucd, str(fields["ra"].unit)) == ("pos.eq.ra;meta.main", "deg")


def test_a_parquet_file_has_numbers_and_nulls(predictor, results):
    parquet = pytest.importorskip("pyarrow.parquet")
    table = parquet.read_table(io.BytesIO(table_bytes(results, predictor.classes, ".parquet"))).to_pydict()
    assert table["cdm"][3] == results[3].probabilities["cdm"]
    assert (table["cdm"][50], table["label"][50]) == (None, None)
    assert table["file"][-1].startswith("bad\\udcff")


def test_a_csv_keeps_the_bytes_of_a_name(predictor, results):
    assert b"bad\xff" in table_bytes(results, predictor.classes, ".csv")


@pytest.mark.parametrize("ending", [".csv", ".vot", ".parquet"])
def test_answers_may_be_replaced_and_nothing_else(tmp_path, predictor, results, ending):
    if ending == ".parquet":
        pytest.importorskip("pyarrow.parquet")
    out = tmp_path / f"answers{ending}"
    require_replaceable(out, [tmp_path / "lenses.csv"])
    out.touch()
    require_replaceable(out, [])
    out.write_bytes(table_bytes(results, predictor.classes, ending))
    require_replaceable(out, [tmp_path / "lenses.csv"])
    (tmp_path / "link").symlink_to(out)
    with pytest.raises(UsageError, match=r"--out that is none of the inputs; got '.*' as both"):
        require_replaceable(out, [tmp_path / "lenses.csv", tmp_path / "link"])
    for other in (b"id,file,hdu\n1,2,3\n", b"words", bytes(range(256)) * 300, b"<VOTABLE/>"):
        out.write_bytes(other)
        with pytest.raises(OutputError, match=r"a table of answers to replace; got .*, which holds something else"):
            require_replaceable(out, [])


def test_the_journal_is_json(tmp_path, answers):
    with AnswersJournal(tmp_path / "a.csv", {"a": 1}) as journal:
        journal.note(answers[0])
        lines = journal.path.read_text().splitlines()
    assert [json.loads(line).get("start") for line in lines] == [None, 0]
