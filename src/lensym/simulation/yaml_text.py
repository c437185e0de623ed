"""YAML as recipes are written in: no objects, and no key twice."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import yaml


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

    Raises yaml.YAMLError where it is not valid, has a tag of its own or a key twice.

    >>> parse_yaml("a: {b: 1}")
    {'a': {'b': 1}}
    """
    return yaml.load(text, _UniqueKeys)
