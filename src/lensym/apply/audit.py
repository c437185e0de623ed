"""How far a network, ours or of an ONNX file, knows that a lens may be turned: its answers, and its layers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Shaped
from numpy.typing import NDArray

from lensym.apply.onnx_network import OnnxNetwork
from lensym.apply.predictor import Predictor, load
from lensym.errors import InputError, UsageError
from lensym.evaluation.audit import Audit, audit, grid_subgroup
from lensym.evaluation.layers import LayersAudit, Network
from lensym.evaluation.layers import audit_layers as audit_layers_of
from lensym.models.packaged import packaged_models
from lensym.store import DatasetFolder, SplitView, verify
from lensym.symmetry.features import features_of
from lensym.symmetry.probe import probe_images, shuffled

CONTROL = "cnn"
"""The packaged network without symmetry that stands beside the audited one."""

AUDIT_IMAGES = 36
"""Enough for the curve; rotating an image by a spline costs more than classifying it."""

LAYER_IMAGES = 12
"""Enough for the layers, whose maps of all images are held at once."""

CODE = (".pt", ".pth", ".pt2", ".pkl", ".ckpt")
"""Endings of files that can run any code of their author's when they are loaded."""

Images = Shaped[np.ndarray, "n c h w"]
Progress = Callable[[int, int], None]
"""Called with what is done and the whole."""


def open_network(name_or_file: str | Path, device: str = "cpu") -> Predictor | OnnxNetwork:
    """Packaged weights by name, a model folder, or an ONNX file.

    Raises
    ------
    UsageError
        If it is a file that can run code when loaded.
    """
    path = Path(name_or_file)
    if path.suffix == ".onnx":
        return OnnxNetwork(path)
    if path.suffix in CODE:
        raise UsageError(
            "a model folder or an ONNX file",
            f"'{path}', a file that can run any code of its author's when it is loaded",
            "if you trust it, load it yourself and export it with torch.onnx.export, or give the module to "
            "lensym.evaluation.layers.audit_layers",
        )
    network = load(name_or_file, device)
    if network.config.axis:
        raise UsageError(
            "a network whose answer stays when the image is turned",
            f"'{network.name}', which estimates an axis",
            "lensym evaluate measures how exactly it turns",
        )
    return network


def images_for(network: Predictor | OnnxNetwork, data: str | Path | None, split: str, seed: int) -> Images:
    """Some images to audit a network with: of a data set or an array (N, C, H, W) in a ``.npy`` file, else random ones.

    Random images have the spectrum of photographs; see :func:`~lensym.symmetry.probe.probe_images`.
    """
    if data is None:
        # a fit makes nothing of random images: the network is given both channels
        channels, size, _ = network.image_shapes[-1]
        return probe_images(channels, size, AUDIT_IMAGES, seed).numpy()
    images = _array(Path(data), seed) if Path(data).suffix == ".npy" else _of_data_set(data, split, seed)
    if images.ndim != 4 or images.shape[1:] not in network.image_shapes:
        raise InputError(
            f"images {_shapes_in_words(network)} for '{network.name}'",
            f"{images.shape} in '{data}'",
            "give images of the network's channels and size, or none",
        )
    if not np.isfinite(images).all():
        raise InputError("finite pixels", f"NaN or infinite ones in '{data}'", "mend the images or leave them out")
    return images


def _shapes_in_words(network: Predictor | OnnxNetwork) -> str:
    return " or ".join(f"(N, {', '.join(map(str, shape))})" for shape in network.image_shapes)


def _of_data_set(data: str | Path, split: str, seed: int) -> Images:
    verify(data)
    return images_of(DatasetFolder.open(data).split(split), seed)


def _array(path: Path, seed: int) -> NDArray[Any]:
    try:
        images = np.atleast_1d(np.load(path, mmap_mode="r", allow_pickle=False))
    except (OSError, ValueError) as error:
        raise InputError(
            "an array of images in a .npy file", f"'{path}': {error}", "write it with numpy.save"
        ) from error
    return np.asarray(images[np.sort(np.random.default_rng(seed).permutation(len(images))[:AUDIT_IMAGES])])


def images_of(view: SplitView, seed: int) -> Images:
    """Some images of a split, as many of each class."""
    require_counts(view, 1)
    rng = np.random.default_rng(seed)
    each = max(1, AUDIT_IMAGES // len(view.classes))
    rows = [rng.permutation(np.flatnonzero(view.labels == k))[:each] for k in range(len(view.classes))]
    return view.images(np.sort(np.concatenate(rows)))


def require_counts(view: SplitView, least: int) -> None:
    """Refuse a split with fewer than ``least`` images of a class."""
    counts = np.bincount(view.labels, minlength=len(view.classes))
    if counts.min() < least:
        found = ", ".join(f"{n} of '{name}'" for name, n in zip(view.classes, counts.tolist(), strict=True))
        raise InputError(
            f"{least} or more images of every class in the split '{view.name}'",
            f"{found} in '{view.folder}'",
            "choose another --split, or simulate more images (--count)",
        )


def audit_network(
    network: Predictor | OnnxNetwork,
    images: Images,
    control: str | Path | None = None,
    device: str = "cpu",
    progress: Progress = lambda done, total: None,
) -> Audit:
    """Invariance of a network's answers, and of a control's beside it.

    The elements are those of the network's group that map the pixel grid onto itself, or those of D4 where its group
    is trivial or not known.
    """
    networks = {network.name: network.logits}
    beside = _control(network, control, device)
    if beside is not None:
        # of images with what a fit leaves of them, a control that does not know it sees the images
        known = images.shape[1:] in beside.image_shapes
        networks[beside.name] = lambda seen: beside.logits(seen if known else seen[:, : beside.channels])
    group = grid_subgroup(network.group) if network.group != "C1" else "D4"
    return audit(networks, images, group, network.precision, progress=progress)


def _control(
    network: Predictor | OnnxNetwork, control: str | Path | None, device: str
) -> Predictor | OnnxNetwork | None:
    if control is None:
        if CONTROL not in packaged_models() or network.name == CONTROL:
            return None
        beside = load(CONTROL, device)
        return beside if beside.image_shape == network.image_shape else None
    chosen = open_network(control, device)
    if chosen.image_shape != network.image_shape:
        raise UsageError(
            f"a control for images {network.image_shape} like '{network.name}'",
            f"'{chosen.name}' for {chosen.image_shape}",
            "choose a control of the same image size",
        )
    return chosen


def audit_layers(network: Predictor | OnnxNetwork, images: Images, seed: int = 0) -> LayersAudit:
    """What each layer knows of the elements of D4 and of the angle, beside the network with its filters shuffled.

    Layers whose maps do not turn with the image, as those in polar coordinates, are left out; a network without any
    other is refused.
    """
    first, control = _layers_of(network, seed)
    some = images[np.linspace(0, len(images) - 1, min(LAYER_IMAGES, len(images))).round().astype(int)]
    seen = network.seen(some) if isinstance(network, Predictor) else some
    return audit_layers_of(first, torch.from_numpy(np.asarray(seen, np.float32)), network.name, control)


def _layers_of(network: Predictor | OnnxNetwork, seed: int) -> tuple[Network, Network]:
    """The functions that give the maps of the network's layers, and of those with shuffled filters."""
    if isinstance(network, OnnxNetwork):
        return network.features, OnnxNetwork(network.path, shuffle=seed).features
    module = network.model.network
    return features_of(module), features_of(shuffled(module, seed))
