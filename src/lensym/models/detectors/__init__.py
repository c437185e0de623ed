"""Networks that learn what images without substructure look like, one file per kind, and what they have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lensym.errors import unknown_name
from lensym.models.detectors.autoencoders import AdversarialAutoencoder, ConvAutoencoder, VariationalAutoencoder
from lensym.models.detectors.averaged import AveragedAutoencoder
from lensym.models.detectors.base import SCORES, Detector
from lensym.models.detectors.equivariant import EquivariantAutoencoder
from lensym.models.detectors.one_class import OneClassSVM
from lensym.models.detectors.rbm import RestrictedBoltzmannMachine
from lensym.models.normalise import USUAL, Brightness

__all__ = ["DETECTORS", "SCORES", "Detector", "Kind", "OneClassSVM", "create_detector", "kind_of"]


@dataclass(frozen=True)
class Kind:
    """A kind of detector: how to make one, the group its scores are invariant under, and where it comes from."""

    build: Callable[[int, int, float], Detector]
    group: str
    reference: str


DETECTORS: dict[str, Kind] = {
    "autoencoder": Kind(ConvAutoencoder, "C1", "Masci et al. 2011"),
    "variational": Kind(VariationalAutoencoder, "C1", "Kingma & Welling 2013, arXiv:1312.6114"),
    "adversarial": Kind(AdversarialAutoencoder, "C1", "Makhzani et al. 2015, arXiv:1511.05644"),
    "rbm": Kind(RestrictedBoltzmannMachine, "C1", "Hinton 2002, doi:10.1162/089976602760128018"),
    "one_class_svm": Kind(OneClassSVM, "D4", "Schoelkopf et al. 2001, doi:10.1162/089976601750264965"),
    "averaged_autoencoder": Kind(AveragedAutoencoder, "D4", "lensym; Bao & Song 2019, arXiv:1906.07172"),
    "equivariant_autoencoder": Kind(EquivariantAutoencoder, "D4", "lensym; Cohen & Welling 2016, arXiv:1602.07576"),
}
"""All kinds, by name."""


def kind_of(name: str) -> Kind:
    """The kind of a name; an unknown one is refused with the nearest."""
    if name not in DETECTORS:
        raise unknown_name("model for --task anomaly", name, DETECTORS)
    return DETECTORS[name]


def create_detector(
    name: str, image_size: int, channels: int, width: float = 1.0, brightness: Brightness = USUAL
) -> Detector:
    """A detector with random weights: images (N, channels, image_size, image_size) to scores (N, S)."""
    detector = kind_of(name).build(image_size, channels, width)
    detector.brightness = brightness
    return detector
