"""The page itself: Gradio's components and what happens between them."""

from __future__ import annotations

import html
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from lensym.app.answer import Shown, answered, both, chances, explanation, picture, place_of, report, turned
from lensym.app.networks import CONTROL, NETWORK, Beside, network
from lensym.app.simulator import CLASSES, simulated
from lensym.app.style import STYLE
from lensym.app.upload import UnreadError, Upload, read_upload
from lensym.app.words import bars, remarks, verdict
from lensym.conventions import CLASSES as ALL_CLASSES
from lensym.data.readers import Frame
from lensym.errors import LensymError
from lensym.evaluation.predictions import class_title

LARGEST_UPLOAD = "200mb"

_BUTTONS = ["download", "fullscreen"]
"""On pictures; not the one that would send them to a hub."""

_NO_PICTURE = None
_KINDS = [(class_title(name), name) for name in ALL_CLASSES]


def build(beside: Beside) -> gr.Blocks:
    """The page; nothing of it asks another computer for anything."""
    with gr.Blocks(title="lensym", analytics_enabled=False, delete_cache=(3600, 3600)) as page:
        gr.Markdown("# lensym\nWhat kind of dark matter substructure does a gravitational lens hold?")
        with gr.Tab("Classify"):
            _classify(beside)
        with gr.Tab("Simulate"):
            _simulate(page)
    return page


def theme() -> gr.Theme:
    """Gradio's plain theme in the system's own letters: those of its default come from elsewhere."""
    return gr.themes.Base(
        primary_hue="indigo", font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]
    )


def _classify(beside: Beside) -> None:
    upload, shown = gr.State(None), gr.State(None)
    with gr.Row():
        with gr.Column(scale=1, min_width=280):
            file = gr.File(label="FITS, HDF5, .npy or PNG", elem_id="file")
            with gr.Row():
                examples = [gr.Button(title, size="sm", elem_id=f"example-{name}") for title, name in _KINDS]
            hdu = gr.Dropdown([], label="Extension", visible=False, allow_custom_value=True, elem_id="hdu")
            scale = gr.Number(0, label="Pixel scale in arcsec; 0: as the file says", elem_id="scale")
            center = gr.Textbox("", label="Centre: X,Y in pixels, auto, fit, or click on the picture", elem_id="center")
            stretch = gr.Slider(0.5, 100, 10, label="Stretch: lift what is faint", elem_id="stretch")
        with gr.Column(scale=1, min_width=280):
            image = gr.Image(label="As the network sees it", interactive=False, buttons=_BUTTONS, elem_id="image")
        with gr.Column(scale=1, min_width=280):
            words = gr.HTML(_hint(), elem_id="verdict")
            angle = gr.Slider(0, 360, 0, step=5, label="Turn the image by degrees", elem_id="angle")
            answers = gr.HTML(elem_id="answers")
            notes = gr.HTML(elem_id="notes")
    with gr.Row():
        explain = gr.Button("What did it look at?", elem_id="explain")
        page = gr.Button("One-page report", elem_id="report")
    maps = gr.Image(show_label=False, interactive=False, buttons=_BUTTONS, visible=False, elem_id="maps")
    saved = gr.File(label="Report", visible=False, elem_id="saved")
    looked = [shown, image, words, answers, notes, angle, maps, saved]
    asked = [upload, scale, center, stretch]

    def look(*given: Any) -> tuple[Any, ...]:
        return _look(beside, *given)

    gr.on([file.upload, file.clear], _uploaded, file, [upload, hdu, words]).then(look, asked, looked)
    hdu.input(_uploaded, [file, hdu], [upload, hdu, words]).then(look, asked, looked)
    for button, (_, name) in zip(examples, _KINDS, strict=True):
        button.click(partial(_example, name), None, [upload, hdu]).then(look, asked, looked)
    gr.on([scale.submit, center.submit], look, asked, looked)
    image.select(_clicked, [shown, scale], center).then(look, asked, looked)
    stretch.release(_draw, [shown, stretch, angle], image)
    angle.release(_turn, [shown, stretch, angle], [image, answers])
    explain.click(_explain, shown, maps)
    page.click(_report, [shown, file], saved)


def _uploaded(file: str | None, hdu: str | None = None) -> tuple[Any, Any, str]:
    """The upload, the names of its arrays, and what is said meanwhile."""
    if not file:
        return None, gr.update(visible=False), _hint()
    try:
        found = read_upload(file, hdu or None)
    except UnreadError as error:
        names = list(error.images)
        return error, gr.update(choices=names, value=hdu or None, visible=len(names) > 1), ""
    names = list(found.images)
    return found, gr.update(choices=names, value=hdu or found.frame.hdu, visible=len(names) > 1), ""


def _example(name: str) -> tuple[Upload, Any]:
    pixels = simulated(name, 12.0, 0.05, 0.25, 0.1, 0.05, 1.0, 7)
    frame = Frame(pixels, network(NETWORK).pixel_scale, None, Path("the example"), "npy")
    return Upload(frame, (), None), gr.update(choices=[], value=None, visible=False)


def _look(beside: Beside, upload: Any, scale: float | None, center: str, stretch: float) -> tuple[Any, ...]:
    """Everything that is shown of an upload."""
    nothing = (gr.update(value=0), gr.update(visible=False), gr.update(visible=False))
    if upload is None:
        return (None, _NO_PICTURE, _hint(), "", "", *nothing)
    if isinstance(upload, LensymError):
        return (None, _NO_PICTURE, _refusal(upload), "", "", *nothing)
    from lensym.data.center import parse_center

    try:
        shown = answered(upload, scale or None, parse_center(center.strip() or None), beside)
    except LensymError as error:
        return (None, _NO_PICTURE, _refusal(error), "", "", *nothing)
    image = picture(shown.pixels, stretch)
    return (shown, image, verdict(shown.answer) + shown.beside, both(shown, 0), remarks(shown.answer), *nothing)


def _refusal(error: LensymError) -> str:
    said = f"{error.needed}; got {error.got}; {error.remedy}"
    for option, field in (("--pixel-scale", "the field Pixel scale"), ("--center", "the field Centre")):
        said = said.replace(option, field)
    return f'<div class="ls-verdict ls-warn"><b>No answer.</b> {html.escape(said)}</div>'


def _hint() -> str:
    return '<div class="ls-verdict">Drop a file on the left, or take an example.</div>'


def _clicked(shown: Shown | None, scale: float | None, click: gr.SelectData) -> str:
    if shown is None:
        return ""
    said = scale or shown.pixel_scale
    return "{:.1f},{:.1f}".format(*place_of(click.index, shown, said))


def _draw(shown: Shown | None, stretch: float, degrees: float) -> Any:
    return _NO_PICTURE if shown is None else picture(turned(shown.pixels, degrees), stretch)


def _turn(shown: Shown | None, stretch: float, degrees: float) -> tuple[Any, str]:
    return (_draw(shown, stretch, degrees), "" if shown is None else both(shown, degrees))


def _explain(shown: Shown | None) -> Any:
    if shown is None:
        return gr.update(visible=False)
    import io

    from PIL import Image

    return gr.update(value=np.asarray(Image.open(io.BytesIO(explanation(shown))).convert("RGB")), visible=True)


def _report(shown: Shown | None, file: str | None) -> Any:
    if shown is None:
        return gr.update(visible=False)
    path = Path(tempfile.mkdtemp(), "lensym-report.html")
    path.write_text(report(shown, Path(file).name if file else "Example", STYLE), "utf-8", errors="replace")
    return gr.update(value=str(path), visible=True)


def _simulate(page: gr.Blocks) -> None:
    with gr.Row():
        with gr.Column(scale=1, min_width=280):
            kind = gr.Radio([(class_title(name), name) for name in CLASSES], value="cdm", label="Dark matter")
            sliders = [
                gr.Slider(11.5, 12.5, 12.0, label="Halo: log10 of its mass in solar masses", elem_id="mass"),
                gr.Slider(-0.2, 0.2, 0.05, label="Shear", elem_id="shear"),
                gr.Slider(0.05, 0.6, 0.25, label="Source: half-light radius in arcsec"),
                gr.Slider(-0.5, 0.5, 0.1, label="Source: x in arcsec"),
                gr.Slider(-0.5, 0.5, 0.05, label="Source: y in arcsec"),
                gr.Slider(0.1, 5, 1, label="Substructure: times the recipe's"),
                gr.Slider(0, 100, 7, step=1, label="Another draw of all that is random"),
            ]
        with gr.Column(scale=1, min_width=280):
            image = gr.Image(label="As a telescope counts it", interactive=False, buttons=_BUTTONS, elem_id="simulated")
        with gr.Column(scale=1, min_width=280):
            answers = gr.HTML(elem_id="simulated-answers")
    inputs = [kind, *sliders]
    gr.on(
        [page.load, kind.change, *(slider.change for slider in sliders)],
        _live,
        inputs,
        [image, answers],
        trigger_mode="always_last",
        show_progress="hidden",
    )


def _live(
    kind: str, mass: float, shear: float, size: float, x: float, y: float, amount: float, seed: float
) -> tuple[np.ndarray, str]:
    pixels = simulated(kind, mass, shear, size, x, y, amount, int(seed))
    found = "".join(bars(name, chances(name, pixels)) for name in (NETWORK, CONTROL))
    return picture(pixels, 10), f'<div class="ls-both">{found}</div>'
