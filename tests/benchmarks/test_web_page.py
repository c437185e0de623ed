"""The benchmark of the web page: a right refusal has no fault, and each that is not right is seen."""

import sys

import pytest

pytest.importorskip("gradio_client")

import web_page


@pytest.mark.parametrize(
    ("said", "pictured", "faults"),
    [
        ("<b>No answer.</b> an image; got &#x27;the file&#x27;", False, []),
        ("<b>No answer.</b> This image is unlike", True, ["not refused"]),
        ("AppError: none", False, ["not refused"]),
        (f"<b>No answer.</b> got &#x27;{sys.prefix}/x&#x27;", False, ["a path"]),
        ("<b>No answer.</b> Traceback (most recent call last)", False, ["a traceback"]),
    ],
)
def test_what_is_wrong_with_a_refusal_is_seen(said, pictured, faults):
    assert web_page.Reply(said, pictured, 1.0).faults() == faults
