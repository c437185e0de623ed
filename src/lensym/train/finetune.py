"""Trained weights taken to other images: the encoder goes on learning, with the old head or a new one."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

from lensym.conventions import SMOOTH
from lensym.data.module import LensData
from lensym.models.model_config import ModelConfig, read_config
from lensym.models.packaged import model_folder
from lensym.train.folder import is_begun
from lensym.train.options import ANOMALY, MASS, REGRESS, FinetuneOptions, TrainOptions
from lensym.train.run import train
from lensym.train.start import asks_the_same


def finetune(
    model: str | Path,
    data: str | Path,
    run: str | Path,
    options: FinetuneOptions | None = None,
    resume: bool = False,
) -> ModelConfig:
    """Go on with a trained network on a data set, and write the run folder, as `lensym.train.run.train` does.

    The head is kept where the data ask the question that the model answers, with the same classes in the same order;
    otherwise a new one learns from random weights.

    Parameters
    ----------
    model
        Name of packaged weights, or a model folder.

    Raises
    ------
    UsageError
        If the images have another size, pixel scale or number of channels than the model's.
    LensymError
        As `train`.
    """
    return train(data, run, train_options(model, data, run, options or FinetuneOptions(), resume), resume)


def train_options(
    model: str | Path, data: str | Path, run: str | Path, options: FinetuneOptions, resume: bool = False
) -> TrainOptions:
    """The options of a training that goes on with a model."""
    config = read_config(model_folder(model))
    chosen = {f.name: getattr(options, f.name) for f in fields(FinetuneOptions)}
    if resume and is_begun(Path(run)):  # what is not asked for is what the run was begun with
        usual = {f.name: f.default for f in fields(TrainOptions)}
        chosen = {f.name: usual[f.name] if chosen[f.name] == f.default else chosen[f.name] for f in fields(options)}
    task = options.task or config.task
    whole = TrainOptions(
        **chosen | {"task": task, "target": options.target or (_column(config) if task == REGRESS else "")},
        model=config.architecture,
        width=config.width,
        stretch=config.stretch,
        normalise="image" if config.rms is None else "train",
        init=str(model),
    )
    only = SMOOTH if task == ANOMALY else ""
    images = LensData(data, whole.batch_size, whole.seed, target=whole.target, only=only)
    return replace(whole, new_head=not asks_the_same(config, whole, images))


def _column(config: ModelConfig) -> str:
    """The truth column of a model's answers, or the usual one where it answers another question."""
    return str(config.answer["column"]) if config.task == REGRESS and config.answer else MASS
