"""Uploads are read by a child that may die of them; nothing of a file reaches the page unescaped."""

import numpy as np
import pytest
from PIL import Image

from lensym.app import upload
from lensym.app.answer import answered, place_of, remarks, report, turned, verdict
from lensym.app.simulator import simulated
from lensym.app.upload import UnreadError, read_upload
from lensym.data.readers import read_image
from lensym.simulation.fits import write_fits


@pytest.fixture(scope="module")
def lens(tmp_path_factory):
    path = tmp_path_factory.mktemp("up") / "<b>lens.fits"
    image = simulated("cdm", 12.0, 0.05, 0.25, 0.1, 0.05, 1.0, 7)[0].astype(np.float32)
    write_fits(path, image, 0.05, np.ones((3, 3)) / 9, np.sqrt(image + 1))
    return path


def test_a_child_reads_what_the_reader_reads(lens):
    found, expected = read_upload(lens), read_image(lens)
    np.testing.assert_array_equal(found.frame.pixels, expected.pixels)
    assert (found.frame.pixel_scale, found.images) == (expected.pixel_scale, ("SCI", "PSF", "RMS"))
    shown = answered(found, None, None)
    assert shown.answer.label in {"cdm", None}
    assert "<b>lens" not in report(shown, lens.name, "")
    assert "&lt;b&gt;lens" in report(shown, lens.name, "")
    assert place_of((225, 224), shown, 0.05) == pytest.approx((74.5, 74.5), abs=0.5)


def test_a_png_keeps_its_upper_side(tmp_path):
    values = np.zeros((20, 30), np.uint8)
    values[0, 0] = 200
    Image.fromarray(values).save(tmp_path / "a.png")
    frame = read_upload(tmp_path / "a.png").frame
    assert frame.pixels[0, -1, 0] == 200
    assert "stretched" in frame.doubt


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.fits", b"SIMPLE  =" + b"x" * 5000),
        ("a.npy", b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (90000000, 90000000), }\n"),
        ("a.txt", b"hello"),
        ("a.fits", b""),
        ("a.png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 50),
    ],
)
def test_what_cannot_be_read_is_refused_without_a_path(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadError) as refused:
        read_upload(tmp_path / name)
    assert str(tmp_path) not in str(refused.value)
    assert "Traceback" not in str(refused.value)


def test_a_child_that_takes_too_much_or_too_long_is_ended(lens, monkeypatch):
    monkeypatch.setattr(upload, "MEMORY", 2**26)
    with pytest.raises(UnreadError, match="one that ends its reader"):
        read_upload(lens)
    monkeypatch.setattr(upload, "MEMORY", 3 * 2**30)
    monkeypatch.setattr(upload, "SECONDS", 0)
    with pytest.raises(UnreadError):
        read_upload(lens)


def test_words_of_a_file_are_escaped(lens):
    from dataclasses import replace

    answer = replace(answered(read_upload(lens), None, None).answer, steps=("<script>x</script>",), warnings=("<i>",))
    assert "<script" not in remarks(answer)
    assert "<i>" not in remarks(answer)
    assert "unlike" in verdict(replace(answer, label=None))


def test_quarter_turns_are_exact():
    image = np.arange(9.0).reshape(1, 3, 3)
    np.testing.assert_array_equal(turned(image, 90)[0], np.rot90(image[0]))
    np.testing.assert_array_equal(turned(turned(image, 270), 90), image)
    assert turned(image, 45).shape == image.shape
