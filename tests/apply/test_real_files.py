"""The packaged network on telescopes' files, which are not part of the project; skipped where they are absent."""

from pathlib import Path

import pytest

from lensym.apply.file_preview import preview_file
from lensym.apply.files import predict_file
from lensym.apply.predictor import load
from lensym.models.packaged import packaged_models

DATA = Path(__file__).parents[3] / "shared" / "data"
HST = "hst_f140w/DESIJ0618+5018_F140W.h5"
LENSES = [
    ("euclid_q1/102018665_NEG570040238507752998.fits", "VIS_BGSUB", None),
    ("euclid_q1/102018665_NEG570040238507752998.fits", "NIR_H_BGSUB", None),
    ("slacs0946/data.fits", None, 0.05),
    ("hst_f140w/DESIJ0618+5018_F140W.h5", None, None),
    ("hst_f140w/DESIJ1709+3154_F140W.h5", None, None),
]

pytestmark = [
    pytest.mark.skipif(not DATA.is_dir(), reason="the real files of ../shared/data are absent"),
    pytest.mark.skipif("lensnet" not in packaged_models(), reason="no weights of lensnet in this package"),
]


@pytest.fixture(scope="module")
def lensnet():
    return load("lensnet")


@pytest.mark.parametrize("center", [None, "auto"])
@pytest.mark.parametrize(("path", "hdu", "pixel_scale"), LENSES)
def test_a_real_lens_is_said_to_be_unlike_the_training_images(lensnet, path, hdu, pixel_scale, center):
    found = predict_file(lensnet, DATA / path, hdu, pixel_scale, center)
    assert found.ood_score > 1
    assert found.label is None
    assert found.warnings[0].startswith("unlike the training images")


@pytest.mark.parametrize(("path", "rows"), [("euclid_q1/102018665_NEG570040238507752998.fits", 8), (HST, 1)])
def test_a_real_file_is_drawn_as_it_is_seen(path, rows):
    figure = preview_file(DATA / path)
    drawn = [ax for ax in figure.axes if ax.patches]
    assert len(drawn) == rows
    for ax in drawn:
        square = ax.patches[0]
        assert square.get_width() == pytest.approx(75 if rows == 8 else 93.75)
