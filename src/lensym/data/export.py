"""A data set as the files of others have it: a file an image in a folder a class, and a table of its numbers."""

from __future__ import annotations

import csv
import io
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import Shaped
from numpy.typing import NDArray

from lensym.atomic import TEMPORARY_END, output_errors, write_atomically
from lensym.errors import OutputError, UsageError, unknown_name
from lensym.simulation.fits import sky_header
from lensym.store import DatasetFolder, Manifest, SplitView, output_lock, verify
from lensym.store.manifest import require_images_alone

TRUTH_NAME = "truth.csv"
LOG_MASS = "log10_axion_mass"
_CHUNK = 256
"""Images in memory at a time."""

_PLAIN_SPLITS = {"train": "train", "val": "val", "test": "test"}

Progress = Callable[[int, int], None]

Encode = Callable[[Shaped[np.ndarray, "c h w"], float | None], bytes]
"""From an image and its arcsec per pixel to the content of its file."""


@dataclass(frozen=True)
class ExportLayout:
    """How a data set is laid out for others.

    Parameters
    ----------
    splits
        Folder of each split.
    encode
        Content of an image's file.
    ending
        Of a file's name.
    classes
        What classes are called that are not called as here.
    pixel_scale
        What the layout means without saying it, in arcsec; None where it means nothing of that kind.
    """

    name: str
    summary: str
    splits: Mapping[str, str]
    encode: Encode
    ending: str = ".npy"
    classes: Mapping[str, str] = field(default_factory=dict)
    pixel_scale: float | None = None

    def file(self, split: str, class_name: str, number: int) -> str:
        """Where an image goes; the order of the names is that of the numbers."""
        word = self.classes.get(class_name, class_name)
        return f"{self.splits[split]}/{word}/{word}_{number:06d}{self.ending}"


def export_data_set(
    data: str | Path, out: str | Path, layout: str, progress: Progress = lambda done, total: None
) -> Manifest:
    """Write every image of a data set into a new folder, in a layout of `LAYOUTS`; returns the data set's manifest.

    The folder gets its name when it is complete. What a killed writer left is made anew.

    Raises
    ------
    UsageError
        If there is no such layout, it means another pixel scale, or the images have what smooth lenses leave of them.
    IntegrityError
        If a byte of the data set was changed.
    OutputError
        If ``out`` has something in it, has another writer, or cannot be written.
    """
    chosen, out = _chosen(layout), Path(out).resolve()
    require_empty(out)
    verify(data)
    folder = DatasetFolder.open(data)
    require_images_alone(data, folder.manifest)
    _require_scale(chosen, folder.manifest)
    write_folder(out, lambda whole: _write(whole, folder, chosen, progress))
    return folder.manifest


def write_folder(out: Path, write: Callable[[Path], None]) -> None:
    """Let ``write`` fill a folder beside ``out``, then give it that name; nothing is left where that fails."""
    beside = out.with_name(f".{out.name}{TEMPORARY_END}")
    try:
        with output_lock(beside), output_errors(out):
            whole = beside / "set"
            try:
                shutil.rmtree(whole, ignore_errors=True)
                whole.mkdir()
                write(whole)
                os.sync()  # once, and not after each of many small files
                whole.replace(out)
            finally:
                shutil.rmtree(whole, ignore_errors=True)
    finally:
        with suppress(OSError):  # another writer holds it
            beside.rmdir()


def _write(folder: Path, data: DatasetFolder, layout: ExportLayout, progress: Progress) -> None:
    views = [data.split(name) for name in data.splits]
    total, done = sum(map(len, views)), 0
    rows: list[dict[str, object]] = []
    for view in views:
        files = list(_files(view, layout))
        for start in range(0, len(view), _CHUNK):
            images = view.images(slice(start, start + _CHUNK))
            for file, image in zip(files[start:], images, strict=False):
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                (folder / file).write_bytes(layout.encode(image, data.manifest.pixel_scale))
            done += len(images)
            progress(done, total)
        rows += _rows(view, files)
    write_atomically(folder / TRUTH_NAME, _csv(rows))


def _files(view: SplitView, layout: ExportLayout) -> Iterator[str]:
    numbers = dict.fromkeys(range(len(view.classes)), 0)
    for label in view.labels.tolist():
        yield layout.file(view.name, view.classes[label], numbers[label])
        numbers[label] += 1


def _rows(view: SplitView, files: list[str]) -> Iterator[dict[str, object]]:
    """A row an image, of the numbers of which it has one each."""
    columns = {name: column.tolist() for name, column in view.truth.items() if column.ndim == 1}
    if LOG_MASS in columns:  # others have the mass itself
        columns["axion_mass"] = [10.0**log for log in columns[LOG_MASS]]
    for k, file in enumerate(files):
        yield {"file": file} | {name: column[k] for name, column in columns.items() if column[k] == column[k]}


def _csv(rows: list[dict[str, object]]) -> bytes:
    names = dict.fromkeys(name for row in rows for name in row)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(names), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _chosen(name: str) -> ExportLayout:
    if name not in LAYOUTS:
        raise unknown_name("layout to export", name, LAYOUTS)
    return LAYOUTS[name]


def require_empty(out: Path) -> None:
    """Refuse a folder with something in it, and a file."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        got = f"'{out}' with files in it" if out.is_dir() else f"the file '{out}'"
        raise OutputError("an empty or new folder for the files", got, "choose another OUT")


def _require_scale(layout: ExportLayout, manifest: Manifest) -> None:
    if layout.pixel_scale not in (None, manifest.pixel_scale):
        raise UsageError(
            f"pixels of {layout.pixel_scale} arcsec for --layout {layout.name}, which means them without saying so",
            str(manifest.pixel_scale),
            "choose test_i, which means none, or fits, which says it in each file",
        )


def _npy(array: NDArray[np.generic]) -> bytes:
    content = io.BytesIO()
    np.save(content, array, allow_pickle=False)
    return content.getvalue()


def _counts(image: Shaped[np.ndarray, "c h w"], pixel_scale: float | None) -> bytes:
    """Whole numbers as int64; an image of one channel without the axis of channels."""
    plain = image.astype(np.int64) if image.dtype.kind == "u" else image
    return _npy(plain[0] if len(plain) == 1 else plain)


def _float64(image: Shaped[np.ndarray, "c h w"], pixel_scale: float | None) -> bytes:
    return _npy(image.astype(np.float64))


def _fits(image: Shaped[np.ndarray, "c h w"], pixel_scale: float | None) -> bytes:
    """One image extension; its pixel scale stands in sky coordinates about its middle."""
    from astropy.io import fits

    header = sky_header(image.shape[1:], pixel_scale) if pixel_scale else None
    content = io.BytesIO()
    fits.PrimaryHDU(image[0] if len(image) == 1 else image, header).writeto(content)
    return content.getvalue()


LAYOUTS = {
    layout.name: layout
    for layout in (
        ExportLayout(
            name="model_i",
            summary="Model_I, Model_I_val, Model_I_test/{axion,cdm,no_sub}: .npy (H, W), counts as int64",
            splits={"train": "Model_I", "val": "Model_I_val", "test": "Model_I_test"},
            encode=_counts,
            pixel_scale=0.05,
        ),
        ExportLayout(
            name="test_i",
            summary="{train,val,test}/{no,sphere,vort}: .npy (C, H, W), float64",
            splits=_PLAIN_SPLITS,
            encode=_float64,
            classes={"no_sub": "no", "cdm": "sphere", "axion": "vort"},
        ),
        ExportLayout(
            name="fits",
            summary="{train,val,test}/{axion,cdm,no_sub}: FITS with the pixel scale",
            splits=_PLAIN_SPLITS,
            encode=_fits,
            ending=".fits",
        ),
    )
}
"""Every layout by its name."""
