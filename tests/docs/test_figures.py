"""The figures of the documentation can be drawn, and are there."""

import importlib.util

import pytest

from lensym.evaluation.figures import png_bytes
from lensym.simulation.recipe import available_recipes

from .blocks import PAGES, ROOT

FOLDER = ROOT / "docs" / "figures"


def load_script():
    spec = importlib.util.spec_from_file_location("make_figures", FOLDER / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SCRIPT = load_script()
FIGURES, SHEETS = SCRIPT.FIGURES, SCRIPT.SHEETS


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_can_be_drawn(name):
    assert png_bytes(FIGURES[name]()).startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["sheet_model_2_published", "sheet_model_4_physical"])
def test_a_contact_sheet_can_be_drawn(name):
    assert SCRIPT.sheet(name).startswith(b"\x89PNG")


def test_there_is_a_contact_sheet_of_every_recipe():
    assert len(SHEETS) == 2 * len(available_recipes())


def test_the_figures_are_there_and_shown():
    assert {path.stem for path in FOLDER.glob("*.png")} == {*FIGURES, *SHEETS}
    text = "".join(page.read_text("utf-8") for page in PAGES)
    assert {name for name in (*FIGURES, *SHEETS) if f"figures/{name}.png" not in text} == set()
