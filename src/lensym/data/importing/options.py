"""What may be asked of an import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lensym.conventions import names_in
from lensym.errors import UsageError, require_count
from lensym.simulation.plan import share_out


@dataclass(frozen=True)
class ImportOptions:
    """What may be asked of an import.

    Parameters
    ----------
    layout
        Name of a layout; None to recognise it.
    split
        Fractions of the splits; None for the layout's own, or 0.8, 0.1 and 0.1 where it has none.
    pixel_scale
        Arcsec per pixel; None where layout or files say it.
    classes
        Of labels that are numbers, that of label 0 first; empty where labels are names.
    seed
        Of the division into splits.
    shard_images
        Images in one file.

    Raises
    ------
    UsageError
        If a value is wrong.
    """

    layout: str | None = None
    split: Mapping[str, float] | None = None
    pixel_scale: float | None = None
    classes: tuple[str, ...] = ()
    seed: int = 0
    shard_images: int = 500

    def __post_init__(self) -> None:
        require_count("shard_images", self.shard_images)
        require_count("seed", self.seed, least=0)
        object.__setattr__(self, "classes", names_in(self.classes))
        if self.split is not None:
            share_out(1, self.split)
        scale = self.pixel_scale
        if scale is not None and not 0 < scale < float("inf"):
            raise UsageError("a pixel scale above 0 arcsec", f"{scale:g}", "mend --pixel-scale")
