"""What the name of a file or array says of the images in it: their class, their split, or that it holds none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from lensym.conventions import CLASS_ALIASES
from lensym.data.importing.plan import SPLIT_WORDS

LENS_ALIASES = {
    "lens": "lens",
    "lenses": "lens",
    "nonlens": "nonlens",
    "nonlenses": "nonlens",
    "non_lens": "nonlens",
    "non_lenses": "nonlens",
    "no_lens": "nonlens",
}
"""Names of the two classes of lens finding, mapped to ours."""

KINDS = {
    "mass": {"mass", "masses"},
    "label": {"label", "labels", "y", "target", "targets"},
    "images": {"image", "images", "img", "imgs", "data", "x"},
}
"""Words for what an array holds."""

_COMMON_WORDS = {"no", *LENS_ALIASES}
"""Names of classes that are too common to be one beside other words."""
_EMPTY_WORDS = frozenset(SPLIT_WORDS).union(*KINDS.values())
_ENDING = re.compile(r"\.(npy|npz|h5|hdf5|dat|bin|raw|mmap|memmap)$", re.IGNORECASE)
_LONGEST_ALIAS = 2
"""Words of the longest name of a class."""


@dataclass(frozen=True)
class Named:
    """What a name says.

    Parameters
    ----------
    kind
        ``mass``, ``label`` or ``images``; empty where the name says none.
    """

    class_name: str | None
    split: str | None
    kind: str


def named(path: str) -> Named:
    """What the parts of a path say, the innermost first.

    >>> named("set/test/axion_mass.npy")
    Named(class_name='axion', split='test', kind='mass')
    >>> named("X_train_no_sub.npy"), named("data.h5/val/vort/images")
    (Named(class_name='no_sub', split='train', kind='images'), Named(class_name='axion', split='val', kind='images'))
    """
    parts = [words_of(re.sub(_ENDING, "", part)) for part in reversed(PurePosixPath(path).parts)]
    kind = next((kind for kind, words in KINDS.items() if words & set(parts[0])), "")
    return Named(_first(map(class_in, parts)), _first(map(_split, parts)), kind)


def words_of(name: str) -> list[str]:
    """The words of a name, without its numbers.

    >>> words_of("X_train-2")
    ['x', 'train']
    """
    return re.findall(r"[a-z]+", name.lower())


def class_in(words: Sequence[str]) -> str | None:
    """The class that some of the words name, the longest name first: ``no_sub`` is more than ``no``.

    >>> class_in(["x", "no", "sub"]), class_in(["no"]), class_in(["no", "clue"])
    ('no_sub', 'no_sub', None)
    """
    left = "_".join(word for word in words if word not in _EMPTY_WORDS)
    for length in range(_LONGEST_ALIAS, 0, -1):
        for start in range(len(words) - length + 1):
            name = "_".join(words[start : start + length])
            if name not in _COMMON_WORDS and name in CLASS_ALIASES:
                return CLASS_ALIASES[name]
    return CLASS_ALIASES.get(left) or LENS_ALIASES.get(left)


def _split(words: Sequence[str]) -> str | None:
    return _first(SPLIT_WORDS.get(word) for word in words)


def _first(found: Iterable[str | None]) -> str | None:
    return next((value for value in found if value), None)
