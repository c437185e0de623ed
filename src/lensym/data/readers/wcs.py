"""Where an image lies on the sky: its pixel scale, its orientation, and the position of each pixel."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from lensym.data.readers.frame import square_pixel_scale

if TYPE_CHECKING:
    from astropy.wcs import WCS

_ARCSEC_PER_DEGREE = 3600.0

_SIZE_KEYS = ("CDELT1", "CD1_1", "CD1_2", "PC1_1", "PC1_2")
"""Keywords one of which must say how large a pixel is; without any, the standard's default is a whole degree."""

_BENDS = re.compile(r"WCSNAME|[AB]P?_.*|CPDIS.*|CPERR.*|D2IM.*|CROTA.*|(PV|PS|DP|DQ)\d.*|CTYPE(?![12]$).*|.*_DMAX.*")
"""Keywords of distortions, old rotations, parameters and further axes."""

_SKY = ("RA", "GLON")
"""Longitudes that become a right ascension without knowing when and from where they were seen."""

_RETURNS = 0.1
"""Arcsec within which a position must come back from its pixel, or that pixel is not where it lies."""


@dataclass(frozen=True)
class Orientation:
    """How an image is turned on the sky, its first row at the bottom.

    Parameters
    ----------
    north
        Direction of north in degrees from up (growing rows), counterclockwise.
    mirrored
        Whether east lies clockwise of north, other than on the sky.
    """

    north: float
    mirrored: bool

    def __str__(self) -> str:
        return f"north {round(self.north, 1) + 0:+.1f} deg, east {'right' if self.mirrored else 'left'} of it"


class Pointing:
    """Sky coordinates of an image, by its celestial projection.

    Pixels are column and row from 0, positions right ascension and declination (ICRS) in degrees.
    """

    def __init__(self, wcs: WCS) -> None:
        self.wcs = wcs

    def position(self, x: float, y: float) -> tuple[float, float] | None:
        """Right ascension and declination of a pixel; None where the projection has no sky."""
        sky = self.wcs.pixel_to_world(x, y).icrs
        ra, dec = float(sky.ra.deg), float(sky.dec.deg)
        return (ra, dec) if math.isfinite(ra) and math.isfinite(dec) else None

    def pixel(self, ra: float, dec: float) -> tuple[float, float] | None:
        """Column and row of a position, also outside the image; None where the projection does not reach it."""
        from astropy.coordinates import SkyCoord

        try:
            x, y = map(float, self.wcs.world_to_pixel(SkyCoord(ra, dec, unit="deg")))
        except Exception:  # noqa: BLE001  of a distortion that cannot be inverted there
            return None
        if not (math.isfinite(x) and math.isfinite(y)):
            return None
        back = self.position(x, y)
        return (x, y) if back is not None and separation(ra, dec, *back) < _RETURNS else None

    def shifted(self, left: int, bottom: int) -> Pointing:
        """That of a part of the image, which begins at a column and row."""
        return Pointing(self.wcs[bottom:, left:])

    def orientation(self, x: float, y: float) -> Orientation | None:
        """How the sky is turned about a pixel; None where there is none."""
        here = self.position(x, y)
        if here is None:
            return None
        ra, dec = here
        step = 1 / _ARCSEC_PER_DEGREE
        south_side = dec - step if dec > 0 else dec + step  # never beyond a pole
        north = np.subtract(self._at(ra, south_side), (x, y)) * (-1 if dec > 0 else 1)
        east = np.subtract(self._at(ra + step / max(math.cos(math.radians(dec)), step), dec), (x, y))
        angle = math.degrees(math.atan2(-north[0], north[1]))
        return Orientation(angle, bool(north[0] * east[1] - north[1] * east[0] < 0))

    def _at(self, ra: float, dec: float) -> tuple[float, float]:
        return self.pixel(ra, dec) or (math.nan, math.nan)


class PlainPointing(Pointing):
    """That of a plain projection in ICRS: a position is had without astropy's coordinates.

    Parameters
    ----------
    header
        Bytes of the extension's header.
    core
        The projection of wcslib.
    """

    def __init__(self, header: bytes, core: Any) -> None:
        self._header, self._core = header, core

    @cached_property
    def wcs(self) -> WCS:
        """The projection with all that astropy knows of it."""
        from astropy.io.fits import Header
        from astropy.wcs import WCS

        return WCS(Header.fromstring(self._header))

    def position(self, x: float, y: float) -> tuple[float, float] | None:
        """As `Pointing.position`."""
        ra, dec = map(float, self._core.p2s([[x, y]], 0)["world"][0])
        return (ra, dec) if math.isfinite(ra) and math.isfinite(dec) else None


def separation(ra: float, dec: float, ra2: Any, dec2: Any) -> Any:
    """Angle on the sky in arcsec between positions in degrees; numbers or arrays.

    >>> round(float(separation(10.0, 60.0, 10.002, 60.0)), 6)
    3.6
    """
    a, d, a2, d2 = map(np.deg2rad, (ra, dec, ra2, dec2))
    half = np.sin((d2 - d) / 2) ** 2 + np.cos(d) * np.cos(d2) * np.sin((a2 - a) / 2) ** 2
    return np.rad2deg(2 * np.arcsin(np.sqrt(np.minimum(half, 1)))) * _ARCSEC_PER_DEGREE


Sky = tuple[float | None, str, Pointing | None]
"""Arcsec per pixel, why there are none although the header speaks of the sky, and the sky coordinates."""


def read_wcs(header: Any, hdus: Any = None) -> Sky:
    """Arcsec per pixel, why there are none although the header speaks of the sky, and the sky coordinates.

    Parameters
    ----------
    header
        Of a FITS extension: keywords CD, PC or CDELT with CROTA.
    hdus
        All extensions, for distortions that are tabulated in others.
    """
    if "CTYPE1" not in header:
        return None, "", None
    if not any(header.get(key) for key in _SIZE_KEYS):
        return None, "its sky coordinates give no pixel size", None
    from astropy.wcs import WCS, FITSFixedWarning
    from astropy.wcs.utils import proj_plane_pixel_scales

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FITSFixedWarning)
            wcs = WCS(header, hdus).celestial
        if wcs.naxis != 2:
            return None, "", None
        scale, fault = square_pixel_scale(_ARCSEC_PER_DEGREE * proj_plane_pixel_scales(wcs))
    except (ValueError, KeyError) as error:
        return None, f"its sky coordinates cannot be read ({' '.join(str(error).split())})", None
    return scale, fault, Pointing(wcs) if wcs.wcs.lngtyp in _SKY else None


def read_plain_wcs(cards: Mapping[str, object], header: bytes) -> Sky | None:
    """As `read_wcs`, of an extension's plain cards and its bytes, and several times as fast.

    None where anything but a tangential projection in ICRS is there, for which it takes astropy.
    """
    if "CTYPE1" not in cards:
        return None, "", None
    if not _is_plain_projection(cards):
        return None
    from astropy.wcs import Wcsprm

    try:
        core = Wcsprm(header.rstrip()[:-3])  # without END
        core.set()
    except ValueError:
        return None
    sides = np.sqrt(((core.get_cdelt()[:, None] * core.get_pc()) ** 2).sum(axis=0))
    scale, fault = square_pixel_scale(_ARCSEC_PER_DEGREE * sides)
    return scale, fault, PlainPointing(header, core)


def _is_plain_projection(cards: Mapping[str, object]) -> bool:
    frame = cards.get("RADESYS") == "ICRS" or not any(
        key in cards for key in ("RADESYS", "RADECSYS", "EQUINOX", "EPOCH")
    )
    return (
        frame
        and cards.get("NAXIS") == 2
        and (cards.get("CTYPE1"), cards.get("CTYPE2")) == ("RA---TAN", "DEC--TAN")
        and (cards.get("CUNIT1"), cards.get("CUNIT2")) == ("deg", "deg")
        and cards.get("WCSAXES", 2) == 2
        and any(cards.get(key) for key in _SIZE_KEYS)
        and not any(map(_bends, cards))
    )


@lru_cache(maxsize=4096)  # files have the same few keywords
def _bends(key: str) -> bool:
    return _BENDS.fullmatch(key) is not None
