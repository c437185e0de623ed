"""What a model's config and card say of how it was adapted."""

from __future__ import annotations

from lensym.data.adapt import AdaptData
from lensym.simulation.origin import origin
from lensym.train.adapt.base import Adaptation
from lensym.train.adapt.shift import shift_measures
from lensym.train.finish import Adapted
from lensym.train.learner import Learner
from lensym.train.outputs import SHIFT_IMAGES


def adapted_to(learner: Learner, data: AdaptData) -> Adapted:
    """The facts: to what, by which method, and how far apart both sets of images were and are; and the images."""
    method = learner.method
    assert isinstance(method, Adaptation)
    manifest = data.adapt_to.manifest
    facts = {
        "method": learner.options.method,
        **origin(manifest),
        "splits": {split: sum(counts.values()) for split, counts in manifest.splits.items()},
        "manifest_sha256": data.adapt_to_sha256,
        "shift": {
            "before": shift_measures(method.before, method.before, data),
            "after": shift_measures(method.encoder_of_labelled(learner.network), learner.answering, data),
        },
    }
    return Adapted(facts, data.unlabelled_sample(SHIFT_IMAGES), data.batches(data.unlabelled_val))
