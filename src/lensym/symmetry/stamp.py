"""What a module's state is for, kept beside its tensors, so that the state of another is not taken for it."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from typing import Any

import torch
from torch import Tensor, nn

from lensym.errors import SymmetryError

MADE_FOR = "made_for"
"""Last part of the name of such a tensor."""

_DIGITS = 16
"""Of the fingerprint, behind the words."""


class Stamped(nn.Module):
    """A module whose state says what it is for: layers of different groups can have tensors of the same shapes.

    It does so in one more tensor, ``made_for``, the bytes of a text. That outlives what keeps tensors alone, such as a
    plain dictionary or a safetensors file. A state without it is loaded.
    """

    @abstractmethod
    def made_for(self) -> str:
        """In words."""

    @abstractmethod
    def fingerprint(self) -> bytes:
        """The same to the last number: what differs there must not be loaded."""

    @property
    def stamped(self) -> bool:
        """Whether there is anything to take for another's."""
        return next(self.parameters(), None) is not None

    def _stamp(self) -> bytes:
        return f"{self.made_for()} {hashlib.sha256(self.fingerprint()).hexdigest()[:_DIGITS]}".encode()

    def _save_to_state_dict(self, destination: dict[str, Any], prefix: str, keep_vars: bool) -> None:
        super()._save_to_state_dict(destination, prefix, keep_vars)
        if self.stamped:
            destination[prefix + MADE_FOR] = torch.tensor(list(self._stamp()), dtype=torch.uint8)

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        kept: Tensor | None = state_dict.pop(prefix + MADE_FOR, None)
        if kept is not None and self.stamped and (found := bytes(kept.tolist())) != self._stamp():
            words = found.decode(errors="replace").rpartition(" ")[0]
            same = words == self.made_for()
            raise SymmetryError(
                f"the state of {prefix[:-1] or type(self).__name__} with fields {self.made_for()}",
                f"that of {'others of these names' if same else words}",
                "load it into the network that it was saved from",
            )
        super()._load_from_state_dict(state_dict, prefix, *rest)
