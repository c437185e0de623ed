import numpy as np
import pytest

from lensym.physics.raytrace import MacroLens, PointMasses, SersicSource, lensed_image, macro_source_plane, pixel_grid

NO_PERTURBERS = PointMasses(*np.zeros((3, 0)))


def test_x_grows_with_the_column_and_y_with_the_row():
    x, y = pixel_grid(3, 0.5)
    assert x[1].tolist() == y[:, 1].tolist() == [-0.5, 0.0, 0.5]


def test_points_on_a_circular_lens_critical_curve_come_from_the_centre():
    angle = np.linspace(0, 6, 20)
    beta = macro_source_plane(1.3 * np.cos(angle), 1.3 * np.sin(angle), MacroLens(1.3, 0.0, 0.0, 0.0, 0.0))
    np.testing.assert_allclose(beta, 0, atol=1e-12)


@pytest.mark.parametrize("turns", range(4))
def test_turning_lens_and_source_by_a_quarter_turns_the_image(turns):
    """Columns are x and rows y, so that a turn from +x to +y is numpy's ``rot90`` with axes (1, 0)."""
    sign = (-1) ** turns
    x, y = 0.2, -0.1
    for _ in range(turns):
        x, y = -y, x
    lens = MacroLens(1.2, 0.1 * sign, 0.05 * sign, 0.03 * sign, -0.02 * sign)
    image = lensed_image(31, 0.1, lens, NO_PERTURBERS, SersicSource(20, 0.3, 1, 0.1 * sign, 0, x, y), 0.05, 3)
    first = lensed_image(
        31,
        0.1,
        MacroLens(1.2, 0.1, 0.05, 0.03, -0.02),
        NO_PERTURBERS,
        SersicSource(20, 0.3, 1, 0.1, 0, 0.2, -0.1),
        0.05,
        3,
    )
    np.testing.assert_allclose(image, np.rot90(first, turns, axes=(1, 0)), atol=1e-10 * first.max())


def test_an_unlensed_source_keeps_its_flux():
    lens = MacroLens(1e-9, 0.0, 0.0, 0.0, 0.0)
    flux = []
    for scale in (0.1, 0.05):
        source = SersicSource(20, 0.4, 1.0, 0.2, 0.1, 0.03, -0.02)
        flux.append(lensed_image(round(12 / scale), scale, lens, NO_PERTURBERS, source, 0.08, 3.0).sum())
    b = 1.9992 - 0.3271
    total = 20 * 0.4**2 * 2 * np.pi * np.exp(b) / b**2  # Graham & Driver 2005, eq. 4, for n = 1
    assert flux == pytest.approx([total, total], rel=2e-3)
