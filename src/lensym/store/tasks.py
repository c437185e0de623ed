"""The shards of a data set to make, as tasks that any process may take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lensym.store.shard import shard_name


@dataclass(frozen=True)
class Task:
    """A shard to make: images ``start`` to ``start + count`` of a class in a split."""

    split: str
    class_name: str
    start: int
    count: int

    @property
    def file(self) -> str:
        """Name of the shard."""
        return shard_name(self.split, self.class_name, self.start)


def plan_tasks(splits: Mapping[str, Mapping[str, int]], shard_images: int) -> list[Task]:
    """Cut every class of every split into tasks of at most ``shard_images`` images.

    >>> [(task.start, task.count) for task in plan_tasks({"train": {"cdm": 5}}, 2)]
    [(0, 2), (2, 2), (4, 1)]
    """
    return [
        Task(split, class_name, start, min(shard_images, count - start))
        for split, counts in splits.items()
        for class_name, count in counts.items()
        for start in range(0, count, shard_images)
    ]
