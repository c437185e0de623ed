"""What the documentation's tables say of a figure."""

import pytest

from pages import symmetry


@pytest.mark.parametrize(
    ("ratio", "aim", "cells"),
    [(0.4256, 0.4, ("**0.426**", "0.4")), (0.148, 1 / 6, ("0.148", "0.167")), (0.2, 0.2, ("0.200", "0.2"))],
)
def test_a_ratio_that_misses_its_aim_is_in_bold(ratio, aim, cells):
    assert symmetry._against(ratio, aim) == cells


def test_a_layer_whose_memory_was_not_measured_has_no_cells_for_it():
    row = {"what": "a", "beside": "b", "ours_ms": 1.0, "other_ms": 2.0, "ratio": 0.5, "aim": 1.0}
    lines = symmetry.layers({"symmetry": {"rows": [row]}}).splitlines()
    assert lines[-1] == "| a | b | 1.0 | 2.0 | 0.500 | 1 |  |  |  |  |"
