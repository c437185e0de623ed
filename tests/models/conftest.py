"""Images that no element of D4 leaves as they are, and a few steps of training."""

from collections.abc import Callable
from copy import deepcopy
from functools import cache

import pytest
import torch
from torch import Tensor, nn

from lensym.models import create
from lensym.models.classifier import Classifier
from lensym.symmetry import FieldDropout


def clumpy_rings(count: int, size: int, channels: int = 1, seed: int = 0) -> Tensor:
    """Rings of uneven brightness with noise, (count, channels, size, size), float32."""
    draw = torch.Generator().manual_seed(seed)
    axis = torch.arange(size) - (size - 1) / 2
    x, y = axis, axis[:, None]
    radius = (0.5 + 0.1 * torch.rand(count, channels, 1, 1, generator=draw)) * size / 2
    ring = torch.exp(-0.5 * ((torch.hypot(x, y) - radius) / (0.06 * size)) ** 2)
    phase = 6.3 * torch.rand(count, channels, 1, 1, generator=draw)
    clumps = 1.5 + torch.sin(torch.atan2(y, x) + phase) + 0.5 * torch.sin(3 * torch.atan2(y, x) - phase)
    return 20 * ring * clumps + torch.rand(count, channels, size, size, generator=draw)


def planted(count: int, size: int, channels: int = 1, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Rings with three clumps at any angle, label 1, and smooth ones, label 0."""
    draw = torch.Generator().manual_seed(seed)
    axis = torch.arange(size) - (size - 1) / 2
    x, y = axis, axis[:, None]
    labels = torch.arange(count) % 2
    ring = torch.exp(-0.5 * ((torch.hypot(x, y) - 0.3 * size) / (0.06 * size)) ** 2)
    phase = 6.3 * torch.rand(count, 1, 1, 1, generator=draw)
    clumps = 1 + 0.9 * labels.view(-1, 1, 1, 1) * torch.sin(3 * torch.atan2(y, x) + phase)
    noise = torch.rand(count, channels, size, size, generator=draw)
    return 10 * ring * clumps + noise, labels


def learn_planted(network: Classifier, steps: int = 25, rate: float = 1e-2) -> float:
    """Accuracy on new planted images after some steps on others, at a rate that falls to zero."""
    for module in network.modules():
        if isinstance(module, FieldDropout):
            module.p = 0  # of a single field it would leave nothing
        if hasattr(module, "momentum"):
            module.momentum = 0.3  # running statistics that keep up with few steps
    optimizer = torch.optim.AdamW(network.parameters(), rate)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1, 0, total_iters=steps)
    network.train()
    for step in range(steps):
        images, labels = planted(16, network.image_size, network.channels, step)
        loss = nn.functional.cross_entropy(network(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    images, labels = planted(64, network.image_size, network.channels, 10_000)
    with torch.no_grad():
        return (network.eval()(images).argmax(1) == labels).float().mean().item()


@torch.no_grad()
def loud(network: Classifier) -> Classifier:
    """Scale the head so that the largest logit is 10: below 1 the measure of invariance is no longer relative."""
    images = clumpy_rings(2, network.image_size, network.channels)
    network.head.weight.mul_(10 / network.eval()(images).abs().max())
    return network


def train_a_little(network: Classifier, steps: int = 4) -> Classifier:
    """A few steps on random labels, at a rate that moves every weight."""
    optimizer = torch.optim.AdamW(network.parameters(), 4e-3)
    network.train()
    for step in range(steps):
        images = clumpy_rings(8, network.image_size, network.channels, seed=step)
        loss = nn.functional.cross_entropy(network(images), torch.arange(8) % network.classes)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loud(network)


WIDTHS = {"e2_wrn": 0.03, "e2cnn_c4": 0.04, "e2cnn_c8": 0.04, "e2cnn_d4": 0.04, "e2cnn_d8": 0.04}
"""Where an eighth of the width still costs too much."""


def narrow_network(name: str, size: int, **options: int) -> Classifier:
    """A network of the least width that still has every part."""
    return create(name, size, width=WIDTHS.get(name, 0.125), **options)


@cache
def _trained_once(name: str, size: int, channels: int) -> Classifier:
    torch.manual_seed(0)
    return train_a_little(narrow_network(name, size, channels=channels))


@pytest.fixture(autouse=True)
def fixed_seed() -> None:
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def rings() -> Callable[..., Tensor]:
    return clumpy_rings


@pytest.fixture(scope="session")
def trained() -> Callable[..., Classifier]:
    return train_a_little


@pytest.fixture(scope="session", name="loud")
def loud_fixture() -> Callable[..., Classifier]:
    return loud


@pytest.fixture(scope="session")
def learned() -> Callable[..., float]:
    return learn_planted


@pytest.fixture(scope="session")
def narrow() -> Callable[..., Classifier]:
    return narrow_network


@pytest.fixture(scope="session")
def trained_narrow() -> Callable[[str, int, int], Classifier]:
    """A narrow network after a little training, which is done once for all tests."""
    return lambda name, size, channels: deepcopy(_trained_once(name, size, channels))
