"""A page in a headless Chromium, as a person uses it: files are uploaded, words and pictures read."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")
SECONDS = 15
"""To wait for what must come; a busy machine takes a few."""

WIDE, NARROW = (1280, 1000), (390, 844)
"""A laptop and a telephone."""

_OPTIONS = ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-extensions")

_CONTRAST = """
const light = (words) => {  // relative luminance, WCAG 2.1
  const [r, g, b] = words.map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const parts = (colour) => { const p = colour.match(/[\\d.]+/g).map(Number); return p.length < 4 ? [...p, 1] : p; };
const behind = (node) => {
  if (!node) return [255, 255, 255];
  const [r, g, b, a] = parts(getComputedStyle(node).backgroundColor);
  const below = a < 1 ? behind(node.parentElement) : [0, 0, 0];
  return [r, g, b].map((v, i) => a * v + (1 - a) * below[i]);
};
const [words, ground] = [light(parts(getComputedStyle(arguments[0]).color).slice(0, 3)), light(behind(arguments[0]))];
return (Math.max(words, ground) + 0.05) / (Math.min(words, ground) + 0.05);
"""

_STICKING_OUT = """
return [...document.querySelectorAll('body *')].filter((node) => {
  const box = node.getBoundingClientRect();
  return box.width && box.height && getComputedStyle(node).visibility !== 'hidden'
    && (box.right > innerWidth + 1 || (node.closest('.ls-row b') && node.scrollWidth > node.clientWidth + 1));
}).map((node) => node.outerHTML.slice(0, 200));
"""


class Page:
    """The page in a browser."""

    def __init__(self, browser, address: str) -> None:
        self.browser, self.address = browser, address

    def open(self, size: tuple[int, int], scheme: str = "light") -> None:
        """Load the page anew in a window of a size, in a light or dark system."""
        wanted = {"name": "prefers-color-scheme", "value": scheme}
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [wanted]})
        shape = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size == NARROW}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", shape)
        self.browser.get(self.address)
        self.wait("#file input[type=file]")

    def find(self, selector: str):
        """All elements of a selector."""
        return self.browser.find_elements("css selector", selector)

    def wait(self, selector: str, words: str = ""):
        """The first element of a selector, as soon as it is there and these words are in it."""
        return self.until(
            lambda: next((each for each in self.find(selector) if words in each.text), None),
            lambda: f"no '{words}' in {selector}: {[each.text for each in self.find(selector)]}",
        )

    def until(self, found, otherwise=lambda: "it did not come"):
        """What a function finds, as soon as it finds something."""
        from selenium.common.exceptions import StaleElementReferenceException

        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            try:
                if what := found():
                    return what
            except StaleElementReferenceException:  # drawn anew meanwhile
                pass
            time.sleep(0.05)
        raise AssertionError(otherwise())

    def upload(self, path: Path) -> None:
        """Give a file, in the place of one that is there."""
        for button in self.find("#file button[aria-label='Clear']"):
            button.click()
            self.wait("#verdict", "Drop a file")
        self.wait("#file input[type=file]").send_keys(str(path))

    def fill(self, selector: str, words: str) -> None:
        """Write into a field, in place of what is there, and end with Enter."""
        from selenium.webdriver.common.keys import Keys

        field = self.wait(selector)
        field.send_keys(Keys.CONTROL, "a")
        field.send_keys(words, Keys.ENTER)

    def click(self, selector: str, words: str = "") -> None:
        """Click the first element of a selector with these words in it."""
        element = self.wait(selector, words)
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def contrast(self, selector: str) -> float:
        """Of an element's text against what is behind it, 1 to 21."""
        return float(self.browser.execute_script(_CONTRAST, self.wait(selector)))

    def sticking_out(self) -> list[str]:
        """Elements beyond the window's right edge, and numbers beyond their cell."""
        return list(self.browser.execute_script(_STICKING_OUT))

    def elsewhere(self) -> list[str]:
        """Addresses of other computers that were asked since the last time."""
        messages = [json.loads(entry["message"])["message"] for entry in self.browser.get_log("performance")]
        asked = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
        assert asked, "the browser keeps no record of what it asks"
        return [url for url in asked if not url.startswith((self.address, "data:", "blob:"))]

    def faults(self) -> list[str]:
        """Errors that the page's code has met since the last time."""
        return [entry["message"] for entry in self.browser.get_log("browser") if entry["level"] == "SEVERE"]

    def picture(self, path: Path) -> None:
        """Save the whole page as a picture, for whoever wants to look."""
        from base64 import b64decode

        shot = self.browser.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True})
        path.write_bytes(b64decode(shot["data"]))


@contextmanager
def chromium() -> Iterator[object]:
    """A headless Chromium of this system; the test is skipped where there is none."""
    webdriver = pytest.importorskip(
        "selenium.webdriver", reason="selenium is not installed: pip install 'lensym[test]'"
    )
    if not (CHROMIUM and DRIVER):
        pytest.skip("no Chromium with its driver: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for option in _OPTIONS:
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    try:
        yield browser
    finally:
        browser.quit()
