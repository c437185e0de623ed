"""A table of answers, checked and read by STILTS, the command line of TOPCAT."""

import csv
import io
import shutil
import subprocess

import pytest

from lensym.apply.answers_table import table_bytes
from lensym.apply.files import FileFailure, FilePrediction
from lensym.errors import InputError

STILTS = shutil.which("stilts")
pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(STILTS is None, reason="no STILTS: apt-get install stilts"),
]
CLASSES = ("no_sub", "cdm", "axion")
MASS = ("log10_axion_mass", "log10_axion_mass from", "log10_axion_mass to")


def stilts(*words) -> str:
    done = subprocess.run([STILTS, *map(str, words)], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def results(task):
    numbers, estimate = {}, {"column": MASS[0], "value": -22.5, "low": -23.0, "high": -22.0}
    if task == "classify":
        numbers, estimate = dict(zip(CLASSES, (0.2, 0.5, 0.3), strict=True)), None
    common = {"hdu": "SCI", "probabilities": numbers, "model": "m", "steps": (), "estimate": estimate}
    return [
        FilePrediction("<a> & ü.fits", label="cdm", ood_score=0.5, warnings=(), ra=150.25, dec=-2.5, **common),
        FilePrediction("b.fits", label=None, ood_score=3.0, warnings=("odd", "odder"), **common),
        FileFailure("c.fits", InputError("an image", "none", "give one")),
    ]


@pytest.mark.parametrize(("task", "names"), [("classify", CLASSES), ("regress", MASS)])
def test_the_votable_has_no_fault_and_says_the_answers(tmp_path, task, names):
    path = tmp_path / "a.vot"
    path.write_bytes(table_bytes(results(task), names, ".vot"))
    assert stilts("votlint", path) == ""
    first, second, third = csv.DictReader(io.StringIO(stilts("tpipe", f"in={path}", "omode=out", "ofmt=csv")))
    assert (first["file"], float(first["ra"]), float(first["dec"])) == ("<a> & ü.fits", 150.25, -2.5)
    assert float(first[names[1]]) == results(task)[0].numbers[1]
    assert (second["label"], second["ra"], second["warnings"]) == ("", "", "odd; odder")
    assert third["error"] == "an image; got none; give one"


def test_a_fault_would_be_seen(tmp_path):
    content = table_bytes(results("classify"), CLASSES, ".vot")
    (tmp_path / "a.vot").write_bytes(content.replace(b'arraysize="*"', b'arraysize="1"', 1))
    assert "WARNING" in stilts("votlint", tmp_path / "a.vot")
