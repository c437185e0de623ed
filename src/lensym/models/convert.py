"""Weights from a file of torch.save, made a model folder: ``python -m lensym.models.convert FILE.pt OUT --like MODEL``.

The one place where such a file is opened, and only at this command. ``torch.load`` is told to take nothing but tensors
(``weights_only=True``); a file from a stranger is better left alone all the same.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from lensym.errors import InputError, LensymError, OutputError
from lensym.models.checkpoint import fill, model_of, save_model
from lensym.models.model_config import ModelConfig, read_config
from lensym.models.packaged import model_folder

_CARD = """# Converted weights

From `{file}`, with the configuration of `{like}`, its temperature included.
"""


def convert(file: str | Path, out: str | Path, like: str | Path) -> ModelConfig:
    """Write a model folder with the tensors of ``file`` and the configuration of the model ``like``.

    The tensors are the ``state_dict`` of a `lensym.models.checkpoint.Model`, or a mapping that has it under that key.

    Raises
    ------
    LensymError
        If the file holds anything but tensors, or others than that model's, or ``out`` is not empty.
    """
    file, out = Path(file), Path(out)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise OutputError("an empty or new folder for the model", f"'{out}' with files in it", "choose another name")
    config = read_config(model_folder(like))
    model = model_of(config)
    fill(model, _tensors(file), file)
    config = dataclasses.replace(config, data={}, training={})
    return save_model(model, config, out, _CARD.format(file=file.name, like=like))


def _tensors(file: Path) -> dict[str, Tensor]:
    needed, remedy = "a file of torch.save (1.6 or newer) with nothing but tensors", "save model.state_dict()"
    if not zipfile.is_zipfile(file):
        raise InputError(needed, f"'{file}', {'another file' if file.exists() else 'which is not there'}", remedy)
    try:
        content = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:  # noqa: BLE001  on bytes that it does not take torch raises almost anything
        raise InputError(needed, f"'{file}': {' '.join(str(error).split())[:200]}", remedy) from None
    if isinstance(content, dict) and isinstance(content.get("state_dict"), dict):
        content = content["state_dict"]
    if not isinstance(content, dict) or not all(isinstance(value, Tensor) for value in content.values()):
        raise InputError("tensors by their names", f"'{file}' with other things", "save model.state_dict()")
    return content


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m lensym.models.convert", description="Convert weights you trust.")
    parser.add_argument("file", help="of torch.save: .pt, .pth, .ckpt")
    parser.add_argument("out", help="model folder to make")
    parser.add_argument("--like", required=True, help="model whose architecture, classes and pixel scale it has")
    options = parser.parse_args(arguments)
    try:
        config = convert(options.file, options.out, options.like)
    except LensymError as error:
        print(f"lensym: error: {error}", file=sys.stderr)
        return error.exit_code
    print(f"{options.out}: {config.architecture} of group {config.group}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
