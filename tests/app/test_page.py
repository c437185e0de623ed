"""The page in a browser: a real upload, an answer, and no request to anywhere else."""

import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest

from lensym.simulation.fits import write_fits

from .test_upload import simulated

CODE = "from lensym.cli import main; raise SystemExit(main())"
BROWSER = shutil.which("chromium")


@pytest.fixture(scope="module")
def address():
    pytest.importorskip("gradio")
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-c", CODE, "app", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        line = server.stdout.readline()
        yield re.search(r"http://127\.0\.0\.1:\d+/", line)[0]
        server.terminate()


@pytest.fixture
def page(address):
    playwright = pytest.importorskip("playwright.sync_api")
    if BROWSER is None:
        pytest.skip("no Chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(120_000)
        page.asked = set()
        page.on("request", lambda request: page.asked.add(request.url))
        page.goto(address)
        page.wait_for_selector("#file")
        yield page
        browser.close()


def test_an_upload_gets_an_answer_and_nobody_else_is_asked(page, address, tmp_path):
    image = simulated("cdm", 12.0, 0.05, 0.25, 0.1, 0.05, 1.0, 7)[0].astype(np.float32)
    path = tmp_path / "<img src=x onerror=alert(1)>.fits"
    write_fits(path, image, 0.05, np.ones((3, 3)) / 9, np.sqrt(image + 1))
    page.on("dialog", lambda dialog: pytest.fail("a file's name ran as code"))
    page.set_input_files("#file input[type=file]", path)
    page.wait_for_selector("#answers .ls-bars")
    still = page.inner_text("#answers .ls-bars:first-child")
    page.fill("#angle input[type=number]", "90")
    page.keyboard.press("Enter")
    page.wait_for_timeout(2000)
    assert page.inner_text("#answers .ls-bars:first-child") == still
    assert {url for url in page.asked if not url.startswith((address, "data:", "blob:"))} == set()


def test_what_is_no_image_is_refused_without_a_path(page, tmp_path):
    (tmp_path / "a.fits").write_bytes(b"hello")
    page.set_input_files("#file input[type=file]", tmp_path / "a.fits")
    page.wait_for_selector("#verdict .ls-warn")
    words = page.inner_text("#verdict")
    assert "begins with b'hello'" in words
    assert "/" not in words
