"""Model I as caustics renders it, in its fastest unmodified way: another oracle and another rival.

Scenes go through ``torch.vmap`` in batches, point masses through ``BatchedPlane``, all of it through ``torch.compile``
in float32, caustics' own precision. Constants are those of :mod:`lenstronomy_model_1`, the images' edges are rendered
beyond the image instead of continued.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import caustics
import torch

from lenstronomy_model_1 import POINTS, SCALE, SIZE, UNIT_RADIUS, perturbers

BATCH = 16
"""Scenes that are rendered at once."""

Truth = Mapping[str, Any]


class CausticsModel1:
    """One class of Model I, with caustics' simulator built, and compiled on request and with a C++ compiler, once."""

    def __init__(self, class_name: str, compiled: bool = True) -> None:
        self.class_name, self.compiled = class_name, False
        built = simulator(POINTS[class_name])
        self._batch: Callable[..., torch.Tensor] = torch.vmap(lambda *values: built(list(values)))
        if compiled:
            self._compile()

    def _compile(self) -> None:
        torch._dynamo.reset()  # the classes' simulators would share, and exhaust, the number of recompilations
        function = torch.compile(self._batch)
        try:
            function(*self._arguments([_example(self.class_name)] * BATCH))
        except torch._dynamo.exc.BackendCompilerFailed:
            return
        self.compiled, self._batch = True, function

    def images(self, truths: Sequence[Truth]) -> torch.Tensor:
        """Noise-free images (n, 150, 150) in flux per pixel; ``n`` rows of the truth table, a multiple of BATCH."""
        batches = (truths[k : k + BATCH] for k in range(0, len(truths), BATCH))
        return torch.cat([self._batch(*self._arguments(batch)) for batch in batches])

    def counts(self, truths: Sequence[Truth], generator: torch.Generator) -> torch.Tensor:
        """Images with the published noise, in counts."""
        exposure = torch.tensor([float(truth["exposure"]) for truth in truths])[:, None, None]
        return published_counts(self.images(truths), exposure, generator)

    def _arguments(self, truths: Sequence[Truth]) -> list[torch.Tensor]:
        rows = []
        for truth in truths:
            masses = perturbers(self.class_name, truth)
            columns = [[m[key] for m in masses] for key in ("center_x", "center_y", "theta_E")] if masses else []
            rows.append([*columns, truth["source_x"], truth["source_y"]])
        return [torch.tensor(column, dtype=torch.float32) for column in zip(*rows, strict=True)]


def simulator(points: int) -> caustics.LensSource:
    """Caustics' model of a scene, its arguments the positions and radii of the points and the source's position."""
    cosmology, planes = caustics.FlatLambdaCDM(), {"z_l": 0.5, "z_s": 1.0}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # BatchedPlane replaces the redshift of its part, and says so
        lenses = [
            caustics.SIE(cosmology, x0=0.0, y0=0.0, q=0.9 / 1.1, phi=0.0, Rein=UNIT_RADIUS * 1e6, **planes),
            caustics.ExternalShear(cosmology, x0=0.0, y0=0.0, gamma_1=0.05, gamma_2=0.0, **planes),
        ]
        if points:
            point = caustics.Point(cosmology, **{name: torch.zeros(points) for name in ("x0", "y0", "Rein")})
            lenses.append(caustics.BatchedPlane(cosmology, point, **planes))
            for parameter in (point.x0, point.y0, point.Rein):
                parameter.to_dynamic()
        lens = caustics.SinglePlane(cosmology, lenses, **planes)
    source = _source()
    for parameter in (source.x0, source.y0):
        parameter.to_dynamic()
    return caustics.LensSource(lens, source, pixelscale=SCALE, pixels_x=SIZE, psf=_psf(), psf_mode="conv2d")


def published_counts(flux: torch.Tensor, exposure: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Counts with the published noise, by torch's random numbers; shot noise and background as one normal number."""
    spread = torch.sqrt(flux.abs() / exposure + 0.01**2)
    rate = exposure * (flux + spread * torch.randn(flux.shape, generator=generator))
    return torch.poisson(rate.clamp_(min=0), generator)


def _source() -> caustics.Sersic:
    """The source; caustics' effective radius is along the major axis, and its intensity here the flux of a pixel."""
    modulus = math.hypot(-0.1, 0.1)
    q = (1 - modulus) / (1 + modulus)
    form = {"q": q, "phi": math.atan2(0.1, -0.1) / 2, "n": 1.0, "Re": 0.25 / math.sqrt(q), "Ie": 20.0 * SCALE**2}
    return caustics.Sersic(x0=0.0, y0=0.0, use_lenstronomy_k=True, **form)


def _psf() -> torch.Tensor:
    """Gaussian of 0.087" FWHM, cut at three sigma."""
    sigma = 0.087 / (2 * math.sqrt(2 * math.log(2))) / SCALE
    radius = int(3 * sigma + 0.5)
    taps = torch.exp(-0.5 * (torch.arange(-radius, radius + 1) / sigma) ** 2)
    return torch.outer(taps, taps) / taps.sum() ** 2


def _example(class_name: str) -> Truth:
    """A row of the truth table, to compile with."""
    points = [0.5] * POINTS[class_name]
    own = {"subhalo_x": points, "subhalo_y": points, "subhalo_mass": points}
    return own | {"source_x": 0.1, "source_y": 0.1, "vortex_angle": 0.0, "log10_axion_mass": -22.0}
