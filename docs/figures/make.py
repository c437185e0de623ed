"""The documentation's figures, drawn by lensym itself.

    python docs/figures/make.py [NAME ...]      all of them, or those named

Scenes are those of recipe model_1; the figures of the audit, of fine-tuning and of the sensitivity show what was
measured before (benchmarks/results). Beside them there is a contact sheet of every recipe, sheet_RECIPE_VARIANT.
"""

from __future__ import annotations

import dataclasses
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from lensym.apply.audit import audit_layers, open_network
from lensym.conventions import CLASS_TITLES
from lensym.evaluation.audit import Audit, RotationCurve
from lensym.evaluation.figures import COLOURS, GREY, audit_figure, png_bytes
from lensym.evaluation.layer_figure import layer_figure
from lensym.physics.observe import published_counts
from lensym.simulation.images import noise_rms, simulate_block
from lensym.simulation.memory import simulate
from lensym.simulation.preview import preview_recipe
from lensym.simulation.recipe import Recipe, available_recipes, load_recipe
from lensym.simulation.render import render
from lensym.simulation.scene import Scene, draw_scene
from lensym.study.figures import sensitivity_figure
from lensym.symmetry import (
    FieldSequential,
    GroupPool,
    LiftingConv,
    PointwiseNonlinearity,
    dihedral,
    regular_type,
    trivial_type,
)

FOLDER = Path(__file__).parent
MEASURED = FOLDER.parents[1] / "benchmarks" / "results" / "model_1.json"
SEED = 4
HALF_WIDTH = 2.7
"""Arcsec from a panel's centre to its edge: the ring and a little around it."""

_VORTEX = {"class_name": "axion", "split": "fresh", "start": 0, "count": 1, "seed": SEED}

TITLES = {"font.size": 12, "axes.titlesize": 12}


def overview() -> Figure:
    """Each class: noise-free, as the telescope counts it, and what the substructure alone changes."""
    recipe = load_recipe("model_1")
    smooth = draw_scene(recipe, "no_sub", "fresh", 0, SEED)
    rng = np.random.default_rng(SEED)
    figure, axes = panels(3, 3, 6.6, 6.8)
    columns = ("noise-free", "as observed", "minus the smooth lens")
    for row, name in zip(axes, recipe.classes, strict=True):
        scene = with_perturbers_of(smooth, draw_scene(recipe, name, "fresh", 0, SEED))
        (model,) = render(recipe, scene)
        counts = published_counts(model, scene.exposure, recipe.observation.noise.background_rms, rng)
        show(row[0], model, recipe)
        show(row[1], counts, recipe)
        show_change(row[2], model - render(recipe, smooth)[0], recipe, limit=0.3 * model.max())
        row[0].set_ylabel(CLASS_TITLES[name])
    for ax, title in zip(axes[0], columns, strict=True):
        ax.set_title(title)
    return figure


def darkmatter() -> Figure:
    """The same lens with each kind of dark matter: where it is, and its effect in units of the noise."""
    recipe = load_recipe("model_1")
    smooth = draw_scene(recipe, "no_sub", "fresh", 0, SEED)
    halos = with_perturbers_of(smooth, draw_scene(recipe, "cdm", "fresh", 0, SEED))
    scenes = {"smooth lens": smooth, "CDM subhalos": halos}
    for log10_mass in (-24.0, -23.0, -22.0):
        title = f"vortex, $10^{{{log10_mass:.0f}}}$ eV"
        changes = [f"classes.axion.log10_axion_mass={log10_mass}", "classes.axion.angle=35"]
        changed = load_recipe("model_1", changes=changes)
        scenes[title] = with_perturbers_of(smooth, draw_scene(changed, "axion", "fresh", 0, SEED))
    figure, axes = panels(2, len(scenes), 9.6, 4.1)
    for (title, scene), (above, below) in zip(scenes.items(), axes.T, strict=True):
        (model,) = render(recipe, scene)
        show(above, model, recipe)
        for perturbers in scene.perturbers:
            above.plot(perturbers.x, perturbers.y, ".", color=COLOURS[5], ms=3)
        above.set_title(title)
        change = (model - render(recipe, smooth)[0]) / noise_rms(recipe, model, scene.exposure)
        shown = show_change(below, change, recipe, limit=4)
    axes[0, 0].set_ylabel("noise-free")
    axes[1, 0].set_ylabel("change (sigma)")
    figure.colorbar(shown, ax=axes[1], shrink=0.9, pad=0.01)
    return figure


def audit() -> Figure:
    """Change of the answers over the angle: lensnet beside the control, as measured."""
    found = json.loads(MEASURED.read_text("utf-8"))["networks"]["lensnet"]["test"]["audit"]
    curves = {
        name: RotationCurve(**{key: tuple(column) for key, column in curve.items()})
        for name, curve in found["curves"].items()
    }
    return audit_figure(Audit((), tuple(found["angles"]), curves))


def sensitivity() -> Figure:
    """How well the classes of model_1 separate as survey and sky change, as measured."""
    rows = json.loads((MEASURED.parent / "sensitivity_model_1.json").read_text("utf-8"))
    return sensitivity_figure(rows, f"model_1, published: {rows[0]['training']['count']} training images a class")


def finetune() -> Figure:
    """Packaged weights that go on learning, beside training from scratch, by the number of images, as measured."""
    runs = json.loads((MEASURED.parent / "finetune.json").read_text("utf-8"))["runs"]
    with mpl.rc_context(TITLES):
        figure = Figure(figsize=(7.2, 4.2), layout="constrained")
        ax = figure.subplots()
    ways = (("finetune", "lensym finetune", COLOURS[0]), ("scratch", "from scratch", COLOURS[1]))
    for way, label, colour in ways:
        sizes = sorted({int(name.split()[1]) for name in runs if name.startswith(way)})
        aucs = [[run["macro_auc"] for name, run in runs.items() if name.startswith(f"{way} {n} ")] for n in sizes]
        ax.plot(sizes, [sum(seeds) / len(seeds) for seeds in aucs], "o-", color=colour, label=label)
        ax.fill_between(sizes, *([end(seeds) for seeds in aucs] for end in (min, max)), color=colour, alpha=0.2, lw=0)
    ax.axhline(runs["as_it_is"]["macro_auc"], color=GREY, ls="--", label="packaged weights as they are")
    ax.set(xscale="log", xticks=sizes, xticklabels=sizes, xlabel="labelled images of each class", ylabel="macro AUC")
    ax.minorticks_off()
    ax.set_title("On images of another telescope", loc="left", weight="bold")
    ax.grid(color="#e3e6ea")
    ax.legend(fontsize=9)
    return figure


def layers() -> Figure:
    """What the layers of the control know of orientation, though it was not built for it: ``lensym audit --layers``."""
    images = simulate("model_1", count=2, seed=SEED).images
    return layer_figure(audit_layers(open_network("cnn"), images))


def flattened() -> Figure:
    """A network that pools over the group and then flattens, beside one that pools over the plane too."""
    d4, angles = dihedral(4), (0, 90, 180, 270)
    image, fields = trivial_type(d4, 1), regular_type(d4, 4)
    torch.manual_seed(SEED)
    layers = (LiftingConv(image, fields, kernel_size=5, padding=2), PointwiseNonlinearity(fields), GroupPool(fields))
    trunk = FieldSequential(*layers).double().eval()
    size = 64
    lens = simulate_block(load_recipe("model_1", changes=["image.size=64", "image.pixel_scale=0.1"]), **_VORTEX).images
    turned = torch.from_numpy(np.stack([np.rot90(lens[0, 0], k, (1, 0)) for k in range(4)])[:, None] / lens.max())
    heads = {
        "flattened": nn.Sequential(nn.Flatten(), nn.Linear(4 * size**2, 3)),
        "pooled over the plane": nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3)),
    }
    with torch.no_grad():
        maps = trunk(turned)
        answers = {name: head.double()(maps).numpy() for name, head in heads.items()}
    with mpl.rc_context(TITLES):
        figure = Figure(figsize=(9.6, 4.8), layout="constrained")
        above, below = figure.subfigures(2, 1, height_ratios=(1, 1.15))
        tops, bottoms = above.subplots(1, 4), below.subplots(1, 2)
    for ax, map_, angle in zip(tops, maps, angles, strict=True):
        ax.imshow(map_[0].numpy(), origin="lower", cmap="magma")
        ax.set(xticks=[], yticks=[], title=f"turned by {angle}°")
    tops[0].set_ylabel("a map after the\npooling over the group")
    for ax, (name, answer) in zip(bottoms, answers.items(), strict=True):
        for k in range(3):
            ax.plot(angles, answer[:, k] - answer[:, k].mean(), "o-", color=COLOURS[k], label=f"class {k + 1}")
        ax.set(title=name, xticks=angles, xlabel="the image turned by (degrees)", ylim=(-0.12, 0.12))
        ax.grid(color="#e3e6ea")
    bottoms[0].set_ylabel("logits, less their mean")
    bottoms[1].legend(ncols=3, fontsize=9, loc="lower center")
    return figure


FIGURES: dict[str, Callable[[], Figure]] = {
    "overview": overview,
    "darkmatter": darkmatter,
    "audit": audit,
    "finetune": finetune,
    "flattened": flattened,
    "layers": layers,
    "sensitivity": sensitivity,
}

SHEETS = {
    f"sheet_{name}_{variant}": (name, variant) for name in available_recipes() for variant in ("published", "physical")
}
"""Names and variants of the recipes that have substructure, by the names of their contact sheets."""


def sheet(name: str) -> bytes:
    """A contact sheet as PNG; physical recipes differ in format only and show other scenes each."""
    recipe = load_recipe(*SHEETS[name])
    seed = available_recipes().index(recipe.name) if recipe.variant == "physical" else 0
    png = io.BytesIO()
    preview_recipe(recipe, seed).savefig(png, format="png", dpi=100, metadata={"Software": None})
    return png.getvalue() if recipe.channels > 1 else few_colours(png)


def few_colours(png: io.BytesIO) -> bytes:
    """The PNG in the colours of the sheet's colour maps alone, a third of the size."""
    maps = (("magma", 128), ("RdBu_r", 96), ("gray", 32))
    colours = np.concatenate([mpl.colormaps[name](np.linspace(0, 1, count))[:, :3] for name, count in maps])
    palette, small = Image.new("P", (1, 1)), io.BytesIO()
    palette.putpalette((255 * colours).round().astype(np.uint8).tobytes())
    reduced = Image.open(png).convert("RGB").quantize(palette=palette, dither=Image.Dither.NONE)
    reduced.save(small, "PNG", optimize=True)
    return small.getvalue()


def with_perturbers_of(scene: Scene, other: Scene) -> Scene:
    """The scene's source and exposure behind the other's substructure."""
    return dataclasses.replace(scene, perturbers=other.perturbers)


def panels(rows: int, columns: int, width: float, height: float) -> tuple[Figure, NDArray[np.object_]]:
    """A figure (inches) of square panels without ticks."""
    with mpl.rc_context(TITLES):
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False)
    figure.get_layout_engine().set(w_pad=0.03, h_pad=0.03, wspace=0, hspace=0)
    for ax in axes.flat:
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_color(GREY)
    return figure, axes


def show(ax: Axes, image: NDArray[np.generic], recipe: Recipe) -> None:
    """An image in an asinh stretch."""
    bright = np.quantile(image, 0.995)
    draw(ax, np.arcsinh(4 * image / bright), recipe, cmap="magma")


def show_change(ax: Axes, change: NDArray[np.float64], recipe: Recipe, limit: float) -> AxesImage:
    """A difference of images, red where light was added."""
    return draw(ax, change, recipe, cmap="RdBu_r", vmin=-limit, vmax=limit)


def draw(ax: Axes, image: NDArray[np.generic], recipe: Recipe, **style: Any) -> AxesImage:
    """The image's middle, with axes in arcsec."""
    half = recipe.image_size * recipe.pixel_scale / 2
    shown = ax.imshow(image, origin="lower", extent=(-half, half, -half, half), **style)
    ax.set(xlim=(-HALF_WIDTH, HALF_WIDTH), ylim=(-HALF_WIDTH, HALF_WIDTH))
    return shown


def main() -> None:
    """Write the figures."""
    for name in sys.argv[1:] or (*FIGURES, *SHEETS):
        (FOLDER / f"{name}.png").write_bytes(sheet(name) if name in SHEETS else png_bytes(FIGURES[name]()))


if __name__ == "__main__":
    main()
