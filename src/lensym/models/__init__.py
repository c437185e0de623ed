"""Networks, one file per family, and what surrounds them: registry, cost, weights on disk.

>>> from lensym import models
>>> models.create("lensnet", image_size=150, channels=1, classes=3).image_size
150
"""

from __future__ import annotations

from lensym.models.registry import available, create, describe

__all__ = ["available", "create", "describe"]
