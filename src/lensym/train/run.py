"""A training run and its folder: config.yaml, metrics.csv, progress.png, checkpoints/, model/."""

from __future__ import annotations

import logging
import signal
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import lightning as L
import torch
from lightning.fabric.plugins.environments.lightning import LightningEnvironment

from lensym.conventions import SMOOTH
from lensym.data.adapt import AdaptData
from lensym.data.fresh_data import FreshData
from lensym.data.module import LensData
from lensym.data.source import TrainingData
from lensym.errors import UsageError, require_kind
from lensym.models.classifier import Classifier
from lensym.models.device import resolve_device
from lensym.models.model_config import ModelConfig, group_of
from lensym.simulation.pool import available_cores
from lensym.simulation.recipe import Recipe
from lensym.store import output_lock, verify
from lensym.train.adapt.finish import adapted_to
from lensym.train.adapt.registry import create_adaptation
from lensym.train.adapt.task import AdaptedClassification
from lensym.train.anomaly import Anomaly
from lensym.train.checkpoints import Checkpoints, WholeCheckpoints, read_checkpoint
from lensym.train.classify import Classification
from lensym.train.finish import write_model
from lensym.train.folder import (
    CHECKPOINTS,
    MODEL,
    begin_run,
    check_inputs,
    clear_remains,
    is_begun,
    require_new,
    resumed_options,
)
from lensym.train.learner import Learner
from lensym.train.method import Method
from lensym.train.options import ADAPT, ANOMALY, DETECTOR, IMAGES, MASS, NETWORK, REGRESS, VAL_IMAGES, TrainOptions
from lensym.train.regress import Regression
from lensym.train.runlog import RunLog
from lensym.train.start import first_network
from lensym.train.task import Task


def train(
    data: str | Path | Recipe, run: str | Path, options: TrainOptions | None = None, resume: bool = False
) -> ModelConfig:
    """Train a network on a data set, or on images of a recipe that are simulated meanwhile, and write the run folder.

    The epoch with the best figure on the validation images, the highest macro AUC or in a regression the lowest loss,
    gives the weights; the test split is not read.
    Stopped at any moment and resumed, a run ends with the same weights, bit by bit, as one that was not stopped: it
    goes on with the first epoch that has no checkpoint, and what is random in an epoch depends on the seed alone.

    Parameters
    ----------
    data
        Folder of a data set; or a recipe, of which ``options.images`` images are shown once each.
    resume
        Go on with what was begun in ``run``; where nothing was, begin it.

    Raises
    ------
    IntegrityError
        If a shard of the data set or a checkpoint was changed.
    OutputError
        If the run folder has something in it and ``resume`` is not asked for, has another writer, or cannot be written.
    UsageError
        If a resumed run had other options, data or first weights, or there is no such truth column.
    InputError
        If the data do not serve the task, such as a column to learn that is constant.
    TrainingError
        If the loss, a gradient or a logit is not finite; the last checkpoint is kept.
    """
    options, run = options or TrainOptions(), Path(run)
    recipe = _recipe_in(data, options)
    begun = resume and is_begun(run)
    if begun:
        options = resumed_options(run, options)
    else:
        require_new(run, resume)
    options = replace(options, model=options.model or (DETECTOR if options.task == ANOMALY else NETWORK))
    if options.task == ADAPT and recipe is not None:
        raise UsageError(f"--task {ADAPT} with a data set, DATA RUN", f"the recipe {recipe.name}", "simulate one first")
    group_of(options.question, options.model)
    if recipe is not None:
        options = replace(options, images=options.images or IMAGES, val_images=options.val_images or VAL_IMAGES)
    if options.task == REGRESS:
        options = replace(options, target=options.target or MASS)
    module_data = _open(data, options)
    _require_jitter(options.jitter, module_data.manifest.image_size)
    _prepare_torch(options)
    network, start = first_network(options, module_data)
    inputs = module_data.digests | {"first weights": start.weights_sha256 if start else ""}
    with output_lock(run):
        clear_remains(run)
        if begun:
            check_inputs(run, inputs)
        else:
            require_new(run, resume)  # nobody began in the meantime
            begin_run(run, module_data.source, options, inputs, recipe)
        task = task_of(options, module_data)
        module = Learner(network, options, task, _method(network, options, task, module_data))
        log = RunLog(run)
        checkpoints = Checkpoints(run / CHECKPOINTS, log, task, options.epochs // 2 if options.task == ADAPT else 0)
        resume_from = checkpoints.last if checkpoints.last.exists() else None
        if resume_from:
            module_data.begin_at(read_checkpoint(resume_from)["epoch"] + 1)
        _fit(_trainer(options, run, [log, checkpoints]), module, module_data, resume_from)
        module.load_state_dict(read_checkpoint(checkpoints.best)["state_dict"])
        adapted = adapted_to(module, module_data) if isinstance(module_data, AdaptData) else None
        return write_model(module.answering, module_data.answered, options, task, start, log.rows, run / MODEL, adapted)


def _recipe_in(data: str | Path | Recipe, options: TrainOptions) -> Recipe | None:
    """The recipe to train on, None for a data set; refused with options of the other."""
    require_kind(
        "a data set's folder, or a recipe", data, (str, Path, Recipe), "give a path, or what load_recipe gives"
    )
    require_kind("options as TrainOptions", options, TrainOptions, "give for instance TrainOptions(epochs=2)")
    if isinstance(data, Recipe):
        return data
    if options.images or options.val_images:
        raise UsageError("--images and --val-images with --recipe", "a data set, which has its own", "leave them out")
    return None


def _open(data: str | Path | Recipe, options: TrainOptions) -> TrainingData:
    """The images to train on, a data set's checked."""
    o, only = options, SMOOTH if options.task == ANOMALY else ""
    if not isinstance(data, Recipe):
        verify(data)
        if o.task == ADAPT:
            verify(o.adapt_to)
            return AdaptData(data, o.adapt_to, o.batch_size, o.seed, o.workers or 0)
        return LensData(data, o.batch_size, o.seed, o.workers or 0, o.target, only)
    assert o.images is not None
    assert o.val_images is not None
    workers = _simulating_workers(o.device) if o.workers is None else o.workers
    return FreshData(data, o.images, o.val_images, o.epochs, o.batch_size, o.seed, workers, o.target, only)


def task_of(options: TrainOptions, data: TrainingData) -> Task:
    """What is asked of these images."""
    if options.task == ANOMALY:
        return Anomaly()
    if options.task == ADAPT:
        return AdaptedClassification()
    return Regression(data.target) if data.target is not None else Classification()


def _method(network: Classifier, options: TrainOptions, task: Task, data: TrainingData) -> Method | None:
    """How the task is learned, where not from answers alone."""
    if not isinstance(data, AdaptData):
        return None
    return create_adaptation(network, options, task, options.epochs * data.steps)


def _require_jitter(jitter: int, image_size: int) -> None:
    """Refuse what would move the lens out of the image."""
    most = image_size // 4
    if jitter > most:
        raise UsageError(f"--jitter of at most {most} px, a quarter of the image", str(jitter), "give less")


def _simulating_workers(device: str) -> int:
    """One beside a processor that trains, since a core simulates faster than several train; many beside a GPU."""
    spare = available_cores() - 1
    return spare if resolve_device(device).type == "cuda" else min(spare, 1)


def _prepare_torch(options: TrainOptions) -> None:
    if options.threads:
        torch.set_num_threads(options.threads)
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    L.seed_everything(options.seed, verbose=False)


def _trainer(options: TrainOptions, run: Path, callbacks: list[L.Callback]) -> L.Trainer:
    return L.Trainer(
        accelerator="gpu" if resolve_device(options.device).type == "cuda" else "cpu",
        devices=1,
        max_epochs=options.epochs,
        callbacks=callbacks,
        # one process: no scheduler of a cluster is asked, and none is told to start the job anew
        plugins=[WholeCheckpoints(), LightningEnvironment()],
        default_root_dir=run,
        logger=False,
        enable_checkpointing=False,
        enable_model_summary=False,
        enable_progress_bar=sys.stdout.isatty(),
        num_sanity_val_steps=0,
    )


def _fit(trainer: L.Trainer, module: Learner, data: TrainingData, checkpoint: Path | None) -> None:
    """Train, from a checkpoint where there is one."""
    handler = signal.getsignal(signal.SIGINT)
    try:
        with warnings.catch_warnings():
            # advice about loader workers, which this loader does not need, and Lightning's own use of torch
            warnings.filterwarnings("ignore", category=UserWarning, module="lightning")
            warnings.filterwarnings("ignore", message=".*LeafSpec.* is deprecated")
            trainer.fit(module, data, ckpt_path=checkpoint, weights_only=True)
    except SystemExit as stop:  # so Lightning answers an interrupt, and leaves interrupts ignored
        signal.signal(signal.SIGINT, handler)
        raise stop.__context__ or stop from None
