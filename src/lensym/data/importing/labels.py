"""Labels that are numbers."""

from __future__ import annotations

from collections.abc import Sequence

from lensym.data.importing.plan import class_label
from lensym.errors import InputError


def class_of_number(label: float, classes: Sequence[str]) -> str:
    """The class of a label, counted from 0.

    >>> class_of_number(1.0, ["no", "sphere"])
    'cdm'

    Raises
    ------
    InputError
        If nobody said what it stands for.
    """
    number = int(label) if float(label).is_integer() else -1
    if not 0 <= number < len(classes):
        names = f"names for {len(classes)} classes" if classes else "no names for them"
        raise InputError(
            "the class of every label", f"label {label:g} and {names}", "give --classes, that of label 0 first"
        )
    return class_label(classes[number])
