"""YAML as recipes and studies are written in: no objects, and no key twice."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import yaml

from lensym.errors import InputError


class _UniqueKeys(yaml.SafeLoader):
    """PyYAML takes the last of two equal keys, so that a value one sees in a file may not be the one that counts."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(None, None, f"the key '{key.value}' twice", key.start_mark)
                seen.add(key.value)
        return super().construct_mapping(node, deep)


def parse_yaml(text: str) -> Any:
    """Plain data of a text.

    Raises yaml.YAMLError where it is not valid, is nested too deeply, has a tag of its own or a key twice.

    >>> parse_yaml("a: {b: 1}")
    {'a': {'b': 1}}
    """
    try:
        return yaml.load(text, _UniqueKeys)
    except (ValueError, RecursionError) as error:  # PyYAML's own of a date that cannot be, and of deep nesting
        raise yaml.YAMLError(str(error)) from None


def read_yaml(read_text: Callable[[str], str], kind: str, origin: str) -> Any:
    """Plain data of a file.

    Parameters
    ----------
    read_text
        Gives the file's text in the encoding that it is called with.
    kind, origin
        What the file is ("recipe") and where it lies, for the error.

    Raises
    ------
    InputError
        If it cannot be read or is no valid YAML.
    """
    try:
        return parse_yaml(read_text("utf-8"))
    except OSError as error:
        raise InputError(f"a readable {kind} file", f"{origin}: {error.strerror}", "check the path") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        line = " ".join(str(error).split())
        raise InputError(f"a {kind} in valid YAML", f"{origin}: {line}", "mend the file") from None
