"""The report has a section for every paper, and says of what is missing that it was not run."""

import copy

import pytest

from lensym.models import registry
from pages import report
from pages.sources import ROOT, read

MEASURED = read()
PAGE = (ROOT / "docs" / "report.md").read_text("utf-8")
NO_PAPER = {*report.OURS, "lensnet-large", "alexnet", "resnet18", "vit_tiny"}
"""Ours, and networks without symmetry that the lens papers compare with."""


def test_every_network_with_symmetry_is_of_one_paper():
    named = [name for paper in report.PAPERS.values() for name in paper.networks]
    assert len(named) == len(set(named))
    assert {*named, *NO_PAPER} == set(registry.available())


@pytest.mark.parametrize("key", report.PAPERS)
def test_a_paper_has_its_file_and_its_table(key):
    assert (ROOT / "src" / "lensym" / "models" / report.PAPERS[key].file).exists()
    assert f"<!-- table: report_{key} -->" in PAGE


def test_a_network_without_runs_is_said_to_be_not_run():
    measured = copy.deepcopy(MEASURED)
    measured["networks"]["runs"] = {}
    table = report.TABLES["report_gcnn"](measured)
    assert "| `p4cnn` | C4 | not run |" in table
    assert "`egnn`" in report.report_not_run(measured)
    assert "`egnn`" not in report.report_not_run(MEASURED)
    assert "not run" not in report.TABLES["report_gcnn"](MEASURED)


def test_a_benchmark_without_a_file_is_said_to_be_not_run(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "_results", lambda: tmp_path)
    for words in report.BENCHMARKS.values():
        assert words in report.report_not_run(MEASURED)
    (tmp_path / "anomaly.json").touch()
    assert report.BENCHMARKS["anomaly"] not in report.report_not_run(MEASURED)
