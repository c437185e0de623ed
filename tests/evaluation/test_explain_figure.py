import numpy as np
import pytest

from lensym.evaluation.explain import Explanation
from lensym.evaluation.explain_figure import Explained, explanation_figure
from lensym.evaluation.figures import png_bytes

CLASSES = ("smooth", "subhalos")


def row(scale=1.0, words="truth: smooth"):
    y, x = np.mgrid[:32, :32] - 15.5
    map_ = scale * x * np.exp(-np.hypot(x, y) / 9)
    image = np.exp(-((np.hypot(x, y) - 9) ** 2) / 8)[None] * 50
    return Explained(image, Explanation(1, 2.345, map_, np.abs(map_)), words)


@pytest.mark.parametrize("scale", [1.0, 0.0])
def test_three_panels_with_the_class_and_its_log_odds(scale):
    figure = explanation_figure([row(scale)], CLASSES)
    titles = [ax.get_title(loc="left") for ax in figure.axes]
    assert titles[0] == "subhalos: log-odds +2.3"
    assert len([title for title in titles if title]) == 3
    assert png_bytes(figure).startswith(b"\x89PNG")


def test_a_row_an_image_with_its_words():
    figure = explanation_figure([row(), row(words="truth: subhalos")], CLASSES)
    titles = [ax.get_title(loc="left") for ax in figure.axes]
    assert titles.count("subhalos: log-odds +2.3") == 2
    assert {"truth: smooth", "truth: subhalos"} < {text.get_text() for ax in figure.axes for text in ax.texts}


def test_title_and_warning_are_no_formula():
    figure = explanation_figure([row()], CLASSES, "lens $1_2_3$.fits", "unlike the training images")
    assert figure.get_suptitle() == "lens $1_2_3$.fits\nunlike the training images"
    assert png_bytes(figure).startswith(b"\x89PNG")


def test_a_dark_image_has_no_contour():
    dark = np.zeros((1, 16, 16))
    rows = [Explained(dark, Explanation(0, 0.0, dark[0], dark[0]))]
    assert png_bytes(explanation_figure(rows, ("one", "two")))
