"""A large image of the sky, of which the surroundings of a position are read and nothing else."""

from __future__ import annotations

import warnings
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from lensym.data.readers import file_format
from lensym.data.readers.choose import choose
from lensym.data.readers.fits import entries
from lensym.data.readers.frame import Frame, channels_first, reading
from lensym.data.readers.wcs import Pointing
from lensym.data.resample import covered_part
from lensym.errors import InputError

_GZIP = b"\x1f\x8b"


class Mosaic:
    """One image extension of a FITS file with sky coordinates; compressed tiles are read one by one.

    Parameters
    ----------
    path
        The file.
    hdu
        Its extension by name or number, where it has several images.

    Raises
    ------
    InputError
        If it is no FITS file, a gzipped one, or has no sky coordinates.
    """

    def __init__(self, path: str | Path, hdu: str | None = None) -> None:
        self.path = Path(path)
        self._require_format()
        self.entry, planes = choose(entries(self.path), hdu, self.path)
        if len(self.entry.shape) != 2 or planes:
            got = f"{self.entry} of '{self.path}'"
            raise InputError("a mosaic of rows and columns", got, "choose another with --hdu, from Python hdu")
        self.pointing = self._pointing()
        with reading("FITS", self.path):
            self._hdus = self._open()

    def __enter__(self) -> Mosaic:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hdus.close()

    def locate(self, ra: float, dec: float, field: float) -> tuple[float, float]:
        """Column and row of a position.

        Parameters
        ----------
        ra, dec
            In degrees.
        field
            Side in pixels of the square about it that the mosaic must cover.

        Raises
        ------
        InputError
            If it does not, or the position is none.
        """
        place = f"({ra:.6f}, {dec:.6f})"
        if not (-360 <= ra <= 360 and -90 <= dec <= 90):
            raise InputError("a position in degrees", place, "mend the catalogue")
        height, width = self.entry.shape
        pixel = self.pointing.pixel(ra, dec)
        covered = 0.0 if pixel is None else covered_part(pixel[0], width, field) * covered_part(pixel[1], height, field)
        if pixel is None or covered == 0:
            raise InputError("a position on the mosaic", f"{place}, which lies off '{self.path}'", "leave it out")
        if covered < 1:
            got = f"{place}, where '{self.path}' covers {covered:.0%} of {field:.0f} x {field:.0f} px"
            raise InputError("a mosaic that covers all that the network sees", got, "leave it out")
        return pixel

    def cut(self, center: tuple[float, float], side: int) -> tuple[Frame, tuple[float, float]]:
        """Pixels within ``side`` / 2 of a point (column, row), and where in them that point is."""
        from astropy.nddata import Cutout2D

        with reading("FITS", self.path):
            cutout = Cutout2D(self._hdus[self.entry.index].section, center, side, mode="trim")
            pixels = np.asarray(cutout.data)
        left, bottom = cutout.origin_original
        size = " x ".join(map(str, reversed(pixels.shape)))
        frame = Frame(
            pixels=channels_first(pixels, f"'{self.path}'"),
            pixel_scale=self.entry.pixel_scale,
            hdu=self.entry.name or None,
            source=self.path,
            format="fits",
            choice=f"read {size} px of {self.entry} about ({center[0]:.1f}, {center[1]:.1f})",
            scale_fault=self.entry.scale_fault,
            unit=self.entry.unit,
            exposure=self.entry.exposure,
            pointing=self.pointing.shifted(left, bottom),
        )
        return frame, (center[0] - left, center[1] - bottom)

    def _require_format(self) -> None:
        if file_format(self.path) != "fits":
            raise InputError("a mosaic in FITS format", f"'{self.path}'", "convert it")
        with self.path.open("rb") as file:
            if file.read(2) == _GZIP:
                remedy = "unpack it (gunzip), or compress its tiles (fpack)"
                raise InputError("a mosaic of which parts can be read", f"'{self.path}', a gzipped file", remedy)

    def _pointing(self) -> Pointing:
        if self.entry.pointing is None:
            got = f"none in {self.entry} of '{self.path}'"
            raise InputError("a mosaic with sky coordinates", got, "add a WCS to its header")
        return self.entry.pointing

    def _open(self) -> Any:
        from astropy.io import fits
        from astropy.utils.exceptions import AstropyUserWarning

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", AstropyUserWarning)
            return fits.open(self.path)
