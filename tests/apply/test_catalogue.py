import csv
import io

import numpy as np
import pytest

from lensym.apply.answers_table import table_bytes
from lensym.apply.catalogue import Reading, predict_images
from lensym.apply.files import FileFailure, FilePrediction, predict_file
from lensym.apply.listing import listed_images
from lensym.errors import InputError, UsageError
from lensym.simulation.fits import write_fits

from .conftest import SCALE, SIZE, rings

PLACES = [(60, 50), (140, 80), (200, 40)]
"""Columns and rows of the mosaic at which an image's first pixel lies."""


@pytest.fixture(scope="module")
def mosaic(tmp_path_factory):
    """A sky with three lenses, and those lenses as files of their own."""
    folder = tmp_path_factory.mktemp("sky")
    images = rings(len(PLACES), 8)[:, 0]
    sky = np.random.default_rng(1).poisson(1.0, (150, 260)).astype(np.uint16)
    for k, (x, y) in enumerate(PLACES):
        sky[y : y + SIZE, x : x + SIZE] = images[k]
        write(folder / f"{k}.fits", images[k])
    return write(folder / "mosaic.fits", sky)


def write(path, image):
    write_fits(path, image, SCALE, np.ones((3, 3)) / 9, np.ones(image.shape))
    return path


def positions(path, pixels):
    from lensym.data.readers import read_image

    pointing = read_image(path).pointing
    return [pointing.position(*pixel) for pixel in pixels]


@pytest.fixture
def catalogue(mosaic, tmp_path):
    middles = [(x + (SIZE - 1) / 2, y + (SIZE - 1) / 2) for x, y in PLACES]
    rows = positions(mosaic, [*middles, (5.0, 75.0), (1000.0, 75.0)])
    path = tmp_path / "lenses.csv"
    names = ["a", "b", "c", "edge", "off"]
    lines = [f"{name},{ra:.10f},{dec:.10f}" for name, (ra, dec) in zip(names, rows, strict=True)]
    path.write_text("\n".join(["name,RA,DEC", *lines, "none,,", ""]))
    return path


def test_positions_are_cut_from_a_mosaic(predictor, mosaic, catalogue):
    results = list(predict_images(predictor, listed_images([catalogue]), Reading(mosaic)))
    assert [result.id for result in results] == ["a", "b", "c", "edge", "off", "none"]
    for k, result in enumerate(results[:3]):
        alone = predict_file(predictor, mosaic.with_name(f"{k}.fits"))
        expected = pytest.approx(list(alone.probabilities.values()), abs=1e-6)  # positions have ten decimals
        assert list(result.probabilities.values()) == expected
        assert (result.file, result.hdu) == (str(mosaic), "SCI")
        assert result.steps[0].startswith("read 50 x 50 px of 1 SCI (150, 260) about (")
        assert (result.ra + 180) % 360 - 180 == pytest.approx(0, abs=0.01)


def test_a_position_that_is_not_covered_is_refused_and_the_others_go_on(predictor, mosaic, catalogue):
    reasons = [
        r.error
        for r in predict_images(predictor, listed_images([catalogue]), Reading(mosaic))
        if isinstance(r, FileFailure)
    ]
    assert all(isinstance(reason, InputError) for reason in reasons)
    assert "covers 67% of 32 x 32 px; leave it out" in str(reasons[0])
    assert "which lies off" in str(reasons[1])
    assert "a file or a position; got none in row 'none'" in str(reasons[2])


def test_files_of_a_catalogue_about_their_positions(predictor, mosaic, tmp_path):
    folder = mosaic.parent
    wide = write(tmp_path / "wide.fits", np.pad(rings(1, 5)[0, 0], 6))
    (ra, dec), (off_ra, off_dec) = positions(wide, [(23.0, 20.0), (100.0, 20.0)])
    rows = [f"{folder}/0.fits,,", f"wide.fits,{ra:.10f},{dec:.10f}", f"wide.fits,{off_ra:.9f},{off_dec}", "none.fits,,"]
    (tmp_path / "files.csv").write_text("\n".join(["file,ra,dec", *rows, ""]))
    first, second, off, missing = predict_images(predictor, listed_images([tmp_path / "files.csv"]))
    alone = predict_file(predictor, folder / "0.fits")
    assert list(first.probabilities.values()) == pytest.approx(list(alone.probabilities.values()), abs=1e-6)
    given = predict_file(predictor, wide, center=(23.0, 20.0))
    assert list(second.probabilities.values()) == pytest.approx(list(given.probabilities.values()), abs=1e-4)
    assert (second.ra, second.dec) == pytest.approx((ra, dec), abs=1e-9)
    assert "a position in the image; got" in str(off.error)
    assert "No such file" in str(missing.error)


def test_a_position_in_a_file_without_sky_is_refused(predictor, tmp_path):
    np.save(tmp_path / "lens.npy", rings(1, 5)[0, 0])
    (tmp_path / "files.csv").write_text("file,ra,dec\nlens.npy,1,2\n")
    (result,) = predict_images(predictor, listed_images([tmp_path / "files.csv"]))
    assert "sky coordinates to find the position in; got none" in str(result.error)


def test_one_bad_file_or_catalogue_does_not_stop_the_others(predictor, mosaic, tmp_path):
    good, bad = mosaic.with_name("0.fits"), tmp_path / "missing.fits"
    results = list(predict_images(predictor, listed_images([good, bad, tmp_path / "none.csv", good])))
    assert [type(r) for r in results] == [FilePrediction, FileFailure, FileFailure, FilePrediction]
    assert results[0] == results[3]
    assert [r.file for r in results[1:3]] == [str(bad), str(tmp_path / "none.csv")]


def test_a_mosaic_is_asked_for_where_it_is_needed_and_only_there(predictor, mosaic, catalogue):
    with pytest.raises(
        UsageError, match=r"a mosaic to cut positions from; got 5 of 6 images without a file; give --mos"
    ):
        next(predict_images(predictor, listed_images([catalogue])))
    with pytest.raises(UsageError, match="a catalogue of positions with --mosaic; got files alone"):
        next(predict_images(predictor, listed_images([mosaic]), Reading(mosaic)))


def test_a_row_of_nothing_does_not_stop_the_others(predictor, mosaic, tmp_path):
    (tmp_path / "files.csv").write_text(f"id,file,ra,dec\na,{mosaic.with_name('0.fits')},,\nb,,,\n")
    good, bad = predict_images(predictor, listed_images([tmp_path / "files.csv"]))
    assert isinstance(good, FilePrediction)
    assert (bad.id, bad.file) == ("b", "")
    assert "a file or a position; got none in row 'b'" in str(bad.error)


def test_a_mosaic_does_not_hide_why_a_catalogue_cannot_be_read(predictor, mosaic, tmp_path):
    (tmp_path / "lenses.csv").write_text("ra,dec\n57,-51\n03:48:01,-51:00:00\n")
    (failure,) = predict_images(predictor, listed_images([tmp_path / "lenses.csv"]), Reading(mosaic))
    assert "with '03:48:01' in row 2" in str(failure.error)


def test_the_table_of_the_answers_has_a_row_for_each(predictor, mosaic, catalogue):
    results = list(predict_images(predictor, listed_images([catalogue]), Reading(mosaic)))
    rows = list(csv.DictReader(io.StringIO(table_bytes(results, predictor.classes, ".csv").decode())))
    assert [row["id"] for row in rows] == ["a", "b", "c", "edge", "off", "none"]
    assert float(rows[1]["cdm"]) == pytest.approx(results[1].probabilities["cdm"], abs=1e-6)
    assert float(rows[1]["dec"]) == pytest.approx(results[1].dec, abs=1e-7)
    assert (rows[1]["error"], rows[3]["cdm"]) == ("", "")
    assert "covers 67%" in rows[3]["error"]
    assert None not in rows[3]
