"""The methods of adaptation by name."""

from __future__ import annotations

from lensym.models.classifier import Classifier
from lensym.train.adapt.adamatch import AdaMatch
from lensym.train.adapt.adda import ADDA
from lensym.train.adapt.base import Adaptation
from lensym.train.adapt.cgdm import CGDM
from lensym.train.adapt.self_ensembling import SelfEnsembling
from lensym.train.adapt.sinkhorn import Sinkhorn
from lensym.train.options import TrainOptions
from lensym.train.task import Task

ADAPTATIONS: dict[str, type[Adaptation]] = {
    "adda": ADDA,
    "adamatch": AdaMatch,
    "self_ensembling": SelfEnsembling,
    "cgdm": CGDM,
    "sinkhorn": Sinkhorn,
}
"""Those of `lensym.train.options.METHODS`, which knows no torch."""


def create_adaptation(network: Classifier, options: TrainOptions, task: Task, steps: int) -> Adaptation:
    """The method of ``options`` for a network, of a training of so many steps."""
    return ADAPTATIONS[options.method](network, options, task, steps)
