"""The page in a browser: an upload of each kind, turned, explained, reported; narrow, light and dark."""

import h5py
import numpy as np
import pytest
from PIL import Image

from lensym.app.simulator import simulated
from lensym.simulation.fits import write_fits

from .browser import NARROW, WIDE, Page, chromium

KINDS = ("fits", "h5", "npy", "png")
READABLE = 4.5
"""Least contrast of text, WCAG 2.1 AA."""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A vortex as a file of each kind; the FITS file has companions."""
    folder = tmp_path_factory.mktemp("uploads")
    image = simulated("axion", 12.0, 0.05, 0.25, 0.1, 0.05, 1.0, 7)[0].astype(np.float32)
    write_fits(folder / "lens.fits", image, 0.05, np.ones((3, 3)) / 9, np.sqrt(image + 1))
    np.save(folder / "lens.npy", image)
    np.save(folder / "beside.npy", np.roll(image, (2, -2), (0, 1)))
    with h5py.File(folder / "lens.h5", "w") as file:
        file["image"], file["transform_pix2angle"] = image, np.eye(2) * 0.05
    Image.fromarray(np.clip(image / image.max() * 255, 0, 255).astype(np.uint8)).save(folder / "lens.png")
    (folder / "<img src=x>.fits").write_bytes(b"SIMPLE  =" + b"x" * 5000)
    return folder


@pytest.fixture(scope="module")
def page(tmp_path_factory, anomaly_model, mass_model):
    from web_page import page as served

    with (
        chromium() as browser,
        served(tmp_path_factory.mktemp("page"), "--anomaly-model", anomaly_model, "--mass-model", mass_model) as server,
    ):
        yield Page(browser, server[0])


def numbers(page, title):
    """What stands beside each bar of a network."""
    (box,) = [box for box in page.find("#answers .ls-bars") if box.text.startswith(title)]
    return [each.text for each in box.find_elements("css selector", "b")]


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_each_kind_is_answered(page, files, kind):
    page.open(WIDE)
    page.upload(files / f"lens.{kind}")
    if kind == "png":
        page.wait("#verdict", "the field Pixel scale")
        assert not page.find("#image img")
        page.fill("#scale input", "0.05")
        page.wait("#notes", "brightness may be stretched")
    else:
        page.wait("#verdict", "axion vortex, probability")
        page.wait("#verdict", "Anomaly score")
        page.wait("#verdict", "log10 of its mass in eV")
        assert all(" to " in each for each in numbers(page, "lensnet"))
    page.wait("#image img")
    assert (page.elsewhere(), page.faults()) == ([], [])


def test_what_is_no_image_is_refused_and_the_next_file_answered(page, files):
    page.open(WIDE)
    page.upload(files / "<img src=x>.fits")
    page.wait("#verdict", "No answer")
    assert not page.find("#verdict img")
    page.upload(files / "lens.fits")
    page.wait("#verdict", "axion vortex")
    page.fill("#hdu input", "RMS")
    page.wait("#verdict", "No answer. This image is unlike")
    page.upload(files / "lens.npy")  # which has no such extension
    page.wait("#verdict", "axion vortex")


def test_a_lens_beside_the_middle_is_found_by_a_fit(page, files):
    page.open(WIDE)
    page.upload(files / "beside.npy")
    page.wait("#verdict", "No answer. This image is unlike")
    page.fill("#center textarea, #center input", "fit")
    page.wait("#verdict", "axion vortex, probability")


def test_a_quarter_turn_moves_the_plain_network_s_bars_alone(page):
    page.open(WIDE)
    page.click("#example-cdm")
    page.wait("#answers", "plain CNN")
    still, moved = numbers(page, "lensnet"), numbers(page, "cnn")
    page.fill("#angle input[type=number]", "90")
    page.browser.execute_script("document.activeElement.blur()")
    page.until(lambda: numbers(page, "cnn") != moved)
    assert numbers(page, "lensnet") == still


def test_the_explanation_and_the_report(page):
    page.open(WIDE)
    page.click("#example-axion")
    page.wait("#verdict", "axion vortex")
    page.click("#explain")
    page.wait("#maps img")
    page.click("#report")
    page.wait("#saved", "lensym-report")
    assert page.faults() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_nothing_sticks_out_and_all_can_be_read(page, files, tmp_path, size, scheme):
    page.open(size, scheme)
    page.upload(files / "lens.fits")
    page.wait("#verdict", "axion vortex")
    assert page.sticking_out() == []
    for selector in ("#verdict .ls-verdict", "#answers .ls-row b", "#answers .ls-row small", "#notes li", "h1"):
        assert page.contrast(selector) > READABLE, selector
    page.picture(tmp_path / f"classify-{size[0]}-{scheme}.png")
    page.click("button[role=tab]", "Simulate")
    page.wait("#simulated img")
    page.wait("#simulated-answers", "lensnet")
    assert page.sticking_out() == []
    page.picture(tmp_path / f"simulate-{size[0]}-{scheme}.png")


def test_the_checks_see_what_is_wrong(page):
    page.open(NARROW)
    page.browser.execute_script(
        "document.querySelector('h1').style.cssText = 'width: 900px; color: #eee';"
        "console.error('planted'); fetch('http://localhost:9/').catch(() => 0)"
    )
    assert any("<h1" in each for each in page.sticking_out())
    assert page.contrast("h1") < READABLE
    assert page.elsewhere() == ["http://localhost:9/"]
    assert any("planted" in each for each in page.faults())
