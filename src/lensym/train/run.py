"""A training run and its folder: config.yaml, metrics.csv, progress.png, checkpoints/, model/."""

from __future__ import annotations

import logging
import signal
import sys
import warnings
from dataclasses import asdict
from pathlib import Path

import lightning as L
import torch
import yaml

from lensym.atomic import write_atomically
from lensym.data.module import LensData
from lensym.errors import InputError, OutputError, TrainingError, UsageError
from lensym.models.checkpoint import ModelConfig, load_model
from lensym.models.classifier import Classifier
from lensym.models.registry import create, entry
from lensym.store import Manifest, output_lock, verify
from lensym.train.classify import Classification
from lensym.train.finish import write_model
from lensym.train.options import TrainOptions
from lensym.train.runlog import Checkpoints, RunLog


def train(data: str | Path, run: str | Path, options: TrainOptions | None = None, resume: bool = False) -> ModelConfig:
    """Train a network on a data set and write the run folder.

    The epoch with the highest macro AUC on the validation images gives the weights; the test split is not read.

    Raises
    ------
    IntegrityError
        If a shard of the data set was changed.
    OutputError
        If the run folder has something in it and ``resume`` is not asked for.
    UsageError
        If a resumed run had other options.
    TrainingError
        If the loss is not finite, or the run is stopped from the keyboard.
    """
    options = options or TrainOptions()
    entry(options.model)
    run = Path(run)
    verify(data)
    module_data = LensData(data, options.batch_size, options.seed)
    manifest = module_data.manifest
    _prepare_torch(options)
    network = _network(options, manifest)
    config = {"data": str(data), **asdict(options)}
    _prepare_folder(run, config, resume)
    with output_lock(run):
        module = Classification(network, options)
        log = RunLog(run)
        checkpoints = Checkpoints(run / "checkpoints", log)
        resume_from = checkpoints.last if resume and checkpoints.last.exists() else None
        _fit(_trainer(options, run, [log, checkpoints]), module, module_data, resume_from)
        _load_best(module, checkpoints.best)
        return write_model(network, module_data, options, log.rows, run / "model")


def _network(options: TrainOptions, manifest: Manifest) -> Classifier:
    """The network to train, with random weights or those of ``options.init``."""
    if not options.init:
        return create(options.model, manifest.image_size, manifest.channels, len(manifest.classes))
    model, config = load_model(options.init)
    for what, wanted, found in (
        ("the architecture of --model", options.model, config.architecture),
        ("the data set's classes", manifest.classes, config.classes),
        ("the data set's image size", manifest.image_size, config.image_size),
        ("the data set's channels", manifest.channels, config.channels),
    ):
        if wanted != found:
            raise UsageError(f"--init weights with {what}: {wanted}", f"{found} in '{options.init}'", "choose others")
    # weights are loaded in evaluation mode, where lensnet averages and normalisation is frozen
    return model.network.train()


def _prepare_torch(options: TrainOptions) -> None:
    if options.device == "cuda" and not torch.cuda.is_available():
        raise UsageError("a CUDA device for --device cuda", "none", "use --device auto or cpu")
    if options.threads:
        torch.set_num_threads(options.threads)
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    L.seed_everything(options.seed, verbose=False)


def _prepare_folder(run: Path, config: dict[str, object], resume: bool) -> None:
    """Write config.yaml into an empty folder, or check that a resumed run has the same options."""
    path = run / "config.yaml"
    if run.exists() and not run.is_dir():
        raise OutputError("a folder for the run", f"the file {run}", "choose another RUN")
    if run.exists() and any(run.iterdir()):
        if not resume:
            raise OutputError(
                "an empty folder for the run", f"{run} with files in it", "choose another RUN or --resume"
            )
        former = yaml.safe_load(path.read_text("utf-8")) if path.exists() else None
        if not isinstance(former, dict):
            raise InputError(
                "a run folder to resume", f"{run} without its config.yaml", "choose the RUN of lensym train"
            )
        for key in sorted(config.keys() | former.keys()):
            if config.get(key) != former.get(key):
                raise UsageError(
                    f"the options the run was started with ({key}: {former.get(key)})",
                    f"{key}: {config.get(key)}",
                    "resume with the same options or start a new RUN",
                )
        return
    run.mkdir(parents=True, exist_ok=True)
    write_atomically(path, yaml.safe_dump(config, sort_keys=False).encode())


def _trainer(options: TrainOptions, run: Path, callbacks: list[L.Callback]) -> L.Trainer:
    return L.Trainer(
        accelerator={"auto": "auto", "cpu": "cpu", "cuda": "gpu"}[options.device],
        devices=1,
        max_epochs=options.epochs,
        callbacks=callbacks,
        default_root_dir=run,
        logger=False,
        enable_checkpointing=False,
        enable_model_summary=False,
        enable_progress_bar=sys.stdout.isatty(),
        num_sanity_val_steps=0,
    )


def _fit(trainer: L.Trainer, module: Classification, data: LensData, checkpoint: Path | None) -> None:
    """Train, from a checkpoint where there is one."""
    handler = signal.getsignal(signal.SIGINT)
    try:
        with warnings.catch_warnings():
            # advice about loader workers, which this loader does not need, and Lightning's own use of torch
            warnings.filterwarnings("ignore", category=UserWarning, module="lightning")
            warnings.filterwarnings("ignore", message=".*LeafSpec.* is deprecated")
            trainer.fit(module, data, ckpt_path=checkpoint, weights_only=True)
    except SystemExit:  # so Lightning answers an interrupt, and leaves interrupts ignored
        signal.signal(signal.SIGINT, handler)
        raise TrainingError(
            f"a run to epoch {trainer.max_epochs}", "a stop from the keyboard", "give the same command with --resume"
        ) from None


def _load_best(module: Classification, checkpoint: Path) -> None:
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    module.load_state_dict(state["state_dict"])
