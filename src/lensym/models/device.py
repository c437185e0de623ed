"""Where networks compute."""

from __future__ import annotations

import torch

from lensym.errors import UsageError, unknown_name


def resolve_device(device: str | torch.device) -> torch.device:
    """Device of a name: ``auto`` is a CUDA GPU where there is one, the CPU elsewhere.

    Raises UsageError for another name, or for CUDA where there is none.

    >>> resolve_device("cpu")
    device(type='cpu')
    """
    name = str(device)
    available = torch.cuda.is_available()
    if name == "auto":
        return torch.device("cuda" if available else "cpu")
    if name.partition(":")[0] not in {"cpu", "cuda"}:
        raise unknown_name("device", name, ("auto", "cpu", "cuda"))
    if name != "cpu" and not available:
        raise UsageError("a CUDA device", "none on this machine", "use --device cpu")
    return torch.device(name)
