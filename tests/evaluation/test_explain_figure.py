import numpy as np
import pytest

from lensym.evaluation.explain import Explanation
from lensym.evaluation.explain_figure import explanation_figure
from lensym.evaluation.figures import png_bytes


@pytest.mark.parametrize("scale", [1.0, 0.0])
def test_three_panels_with_the_class_and_its_log_odds(scale):
    y, x = np.mgrid[:32, :32] - 15.5
    map_ = scale * x * np.exp(-np.hypot(x, y) / 9)
    image = np.exp(-((np.hypot(x, y) - 9) ** 2) / 8)[None] * 50
    figure = explanation_figure(image, Explanation(1, 2.345, map_, np.abs(map_)), ("smooth", "subhalos"))
    titles = [ax.get_title(loc="left") for ax in figure.axes]
    assert titles[0] == "subhalos: log-odds +2.3"
    assert len([title for title in titles if title]) == 3
    assert png_bytes(figure).startswith(b"\x89PNG")


def test_a_dark_image_has_no_contour():
    dark = np.zeros((1, 16, 16))
    assert png_bytes(explanation_figure(dark, Explanation(0, 0.0, dark[0], dark[0]), ("one", "two")))
