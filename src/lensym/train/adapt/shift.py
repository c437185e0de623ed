"""How far apart two sets of images are to a network, before adapting and after."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from lensym.data.adapt import AdaptData
from lensym.evaluation.baseline import cross_fit
from lensym.evaluation.metrics import auc
from lensym.models.classifier import Classifier
from lensym.models.shift import ShiftDetector
from lensym.train.outputs import SHIFT_IMAGES, outputs, without_answers

FOLDS = 5


def shift_measures(of_known: Classifier, of_new: Classifier, data: AdaptData) -> dict[str, float]:
    """``auc`` of telling the two sets apart, and ``unlike``, the share of images unlike those with labels.

    Both are of validation images. The first is a logistic regression's on features, each image's score by a fit to
    others; 0.5 is no difference. The second counts out-of-distribution scores above 1 by a detector that saw images
    with labels alone, which one in a hundred of their like exceeds.

    Parameters
    ----------
    of_known, of_new
        Encoders of the images with labels, and of those without; they may be one.
    """
    of_known.eval()
    of_new.eval()
    device = next(of_new.parameters()).device
    shift = ShiftDetector(of_known.image_size, of_known.feature_count, len(data.classes))
    learned = outputs(of_known, shift, data.labelled.train_sample(SHIFT_IMAGES), device)
    shift.fit(learned.features, learned.profiles, learned.answers)
    known = outputs(of_known, shift, data.labelled.val_dataloader(), device)
    shift.calibrate(known.features, known.profiles)
    new = outputs(of_new, shift, without_answers(data.batches(data.unlabelled_val)), device)
    scores = (shift.distances(new.features, new.profiles) / shift.limits).amax(1)
    return {"auc": _told_apart(known.features, new.features), "unlike": float((scores > 1).double().mean())}


def _told_apart(known: Tensor, new: Tensor) -> float:
    features = torch.cat([known, new]).double().numpy()
    is_new = np.repeat([0, 1], [len(known), len(new)])
    folds = max(2, min(FOLDS, len(known), len(new)))
    return auc(cross_fit(features, is_new, folds)[:, 1], is_new == 1)
