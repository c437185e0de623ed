"""The benchmark of faults, in small: a killed command counts as good only where its result is the right one."""

import random
from dataclasses import replace

import faults


def test_a_killed_import_costs_nothing_and_a_lost_byte_would_be_seen(tmp_path):
    faults.make_source(tmp_path / "Model_I", 5)
    case = faults.Case("import", ("import", str(tmp_path / "Model_I"), "OUT"), faults.files_of)
    bench = faults.Bench.of(case, tmp_path)
    assert vars(faults.kills(bench, 1, random.Random(0))) == {"faults": 1, "clean": 1, "equal": 1}
    name = "manifest.json"
    spoilt = replace(bench, reference=bench.reference | {name: bench.reference[name][:-1]})
    assert not spoilt.finishes(spoilt.fresh("spoilt", 0))


def test_a_killed_predict_goes_on_to_the_same_table(tmp_path):
    cutouts = faults.make_cutouts(tmp_path / "cutouts", 130)
    command = ("predict", str(cutouts), "--out", "OUT/answers.csv", "--workers", "1")
    bench = faults.Bench.of(faults.Case("predict", command, faults.files_of, makes_folder=False), tmp_path)
    assert list(bench.reference) == ["answers.csv"]
    assert vars(faults.kills(bench, 2, random.Random(0))) == {"faults": 2, "clean": 2, "equal": 2}
    spoilt = replace(bench, reference={"answers.csv": bench.reference["answers.csv"] + b"x"})
    assert not spoilt.finishes(spoilt.fresh("spoilt", 0))
