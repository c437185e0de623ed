import re
from html.parser import HTMLParser

import numpy as np
import pytest

from lensym.evaluation.assess import assess
from lensym.evaluation.audit import audit
from lensym.evaluation.explain import Explanation
from lensym.evaluation.explain_figure import Explained
from lensym.evaluation.output import draw_figures
from lensym.evaluation.predictions import Predictions
from lensym.evaluation.report import render_report, summary_sentences

PIXEL = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (96).to_bytes(4, "big") * 2
NAMES = ("headline", "roc", "confusion", "reliability", "audit", "examples", "training")
HOSTILE = "<script src=//evil.example/x.js></script>\"'&"


class Page(HTMLParser):
    """Collect tags, addresses and text."""

    VOID = frozenset({"meta", "img", "br"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value for key, value in attrs if key in {"src", "href", "srcset", "action", "data"}]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def checked():
    images = np.random.default_rng(0).random((3, 1, 8, 8)).astype(np.float32)
    networks = {"lensnet": lambda x: x.mean((2, 3)) * [[1, 2]], "cnn": lambda x: 5 * x[:, 0, 0, :2]}
    return audit(networks, images, angles=[0.0, 45.0])


@pytest.fixture(scope="module")
def results(predictions, checked):
    data = {"recipe": "model_1", "variant": "published", "split": "test", "manifest_sha256": "ab" * 32}
    rng = np.random.default_rng(1)
    baseline = Predictions(predictions.labels, rng.dirichlet([1, 1, 1], 360), predictions.classes)
    return assess(predictions, {"name": "lensnet", "weights_sha256": "12" * 32}, data, baseline, checked)


def test_page_is_whole_and_asks_for_nothing(results):
    html = render_report(results, dict.fromkeys(NAMES, PIXEL))
    page = Page(html)
    assert page.open == []
    assert re.search(r"https?:|url\(|@import|//\w", html) is None
    assert len(page.addresses) == len(NAMES)
    assert all(address.startswith("data:image/png;base64,") for address in page.addresses)
    assert {"script", "link", "iframe"}.isdisjoint(page.tags)
    assert "default-src 'none'" in html


def test_first_screen_says_what_was_tested_and_what_came_out(results):
    text = Page(render_report(results, {})).text
    start = text[: text.index("Class by class")]
    for words in (
        "lensnet on model_1 (published)",
        "360 images (120 no substructure, 120 CDM subhalos, 120 axion vortex) of the split “test”",
        "sha256 121212121212…",
        f"{100 * results['macro_auc']:.2f} %",
        "95 % interval",
        "guessing 50 %",
        "Take one image of a class and one of any other",
        "times fewer pairs wrong",
        "On the same images the network's share is +",
        "were named wrong, most often",
        "lensnet by",
        "(rounding), of cnn by",
    ):
        assert words in start


EXPLAINED = {"images": [3, 7], "windows": 7, "copies": 8, "wanted": 5, "seconds_an_answer": 0.05}


def test_what_the_network_looks_at_and_what_is_left_out(results):
    page = Page(render_report(results | {"explained": EXPLAINED}, {"explained": PIXEL}))
    assert len(page.addresses) == 1
    for words in (
        "chosen by rule: of each class",
        "3 of these 5 are left out: with 0.05 s an answer",
        "7 by 7 windows",
    ):
        assert words in page.text
    nothing = Page(render_report(results | {"explained": EXPLAINED | {"images": []}}, {})).text
    assert "5 of these 5 are left out" in nothing
    assert "windows" not in nothing
    whole = EXPLAINED | {"wanted": 2}
    assert "left out" not in Page(render_report(results | {"explained": whole}, {})).text


def test_masses_and_further_baselines(results):
    bins = [{"low": -24.0, "high": -23.5, "n": 60, "auc": 0.91, "ci": [0.88, 0.93]}]
    flux = {"macro_auc": 0.612, "macro_auc_ci": [0.58, 0.64], "accuracy": 0.4, "accuracy_ci": [0.36, 0.44]}
    more = results | {"by_mass": {"axion": bins}, "shortcuts": {"total flux": flux}}
    page = Page(render_report(more, {"by_mass": PIXEL}))
    assert len(page.addresses) == 1
    assert "total flux ranks 61.2 % of the pairs right (58.0 to 64.0 %)" in page.text
    assert "-24.00 to -23.50 60 0.9100 0.8800 to 0.9300" in page.text
    text = Page(render_report(results, {})).text
    assert "Mass by mass" not in text
    assert "even less" not in text


def test_flags_stand_before_the_figures(results):
    text = Page(render_report(results | {"flags": ["Test images were trained on."]}, {})).text
    assert text.index("Test images were trained on.") < text.index("ranked right")
    assert "Read this first" not in render_report(results | {"flags": []}, {})


def test_hostile_text_is_escaped(predictions):
    p = Predictions(predictions.labels, predictions.probabilities, ("a", HOSTILE, "c"))
    results = assess(p, {"name": HOSTILE, HOSTILE: [HOSTILE]}, {"path": HOSTILE, "split": HOSTILE}, p, None, [HOSTILE])
    html = render_report(results, {})
    page = Page(html)
    assert "script" not in page.tags
    assert "<script" not in html
    assert HOSTILE in page.text


def test_nothing_known_but_the_predictions(predictions):
    text = Page(render_report(assess(predictions, {}, {}), {})).text
    assert "the model on the test set" in text
    assert "No baseline was computed" in text
    assert "orientation" not in text


def test_perfect_answers_in_words(perfect):
    sentences = " ".join(summary_sentences(assess(perfect, {}, {})))
    assert "Not one image was named wrong" in sentences
    assert "in 100.0 % of such pairs" in sentences


def test_figures_that_can_be_drawn_are_drawn(results, predictions, checked):
    rows = [{"epoch": 0, "train_loss": 1, "val_loss": 1, "val_auc": 0.5, "val_accuracy": 0.3}]
    asked = []

    def images(indices):
        asked.extend(indices.tolist())
        return np.zeros((len(indices), 1, 4, 4))

    figures = draw_figures(results, predictions, images, predictions, checked, rows)
    assert set(figures) == set(NAMES)
    assert len(asked) == 12
    assert set(draw_figures(results, predictions, images)) == set(NAMES) - {"audit", "training"}
    bins = [{"low": -24.0, "high": -23.5, "n": 60, "auc": 0.91, "ci": [0.88, 0.93]}]
    row = Explained(np.zeros((1, 4, 4)), Explanation(0, 0.0, np.zeros((4, 4)), np.zeros((4, 4))))
    more = draw_figures(results | {"by_mass": {"axion": bins}}, predictions, images, explained=[row])
    assert {"by_mass", "explained"} < set(more)
