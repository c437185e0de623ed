"""What an import took and what it refused, in words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from lensym.data.importing.draft import Taken
from lensym.data.importing.item import Refused


def class_counts(
    taken: Sequence[Taken], refused: Sequence[Refused], classes: Sequence[str]
) -> list[tuple[str, int, int, int]]:
    """(class, found, taken, refused) of each class, those without any image taken at the end."""
    good = Counter(image.item.class_name for image in taken)
    bad = Counter(image.item.class_name for image in refused)
    names = [*classes, *sorted(bad.keys() - set(classes))]
    return [(name, good[name] + bad[name], good[name], bad[name]) for name in names]


def grouped_reasons(refused: Sequence[Refused]) -> list[tuple[str, int, str]]:
    """(what was needed, images without it, one of them) of each reason, the commonest first."""
    groups: dict[str, list[Refused]] = defaultdict(list)
    for image in refused:
        groups[image.reason].append(image)
    ranked = sorted(groups.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return [(reason, len(images), example_in_words(images[0])) for reason, images in ranked]


def example_in_words(image: Refused) -> str:
    """What an image was in place of what was needed, with its name."""
    name = str(image.item)
    return image.example if name in image.example else f"'{name}': {image.example}"


def duplicates_in_words(taken: Sequence[Taken]) -> list[str]:
    """Remarks on images that are there more than once, as they are, turned or mirrored."""
    classes = defaultdict(list)
    for image in taken:
        classes[image.digest].append(image.item.class_name)
    repeated = [names for names in classes.values() if len(names) > 1]
    if not repeated:
        return []
    extra = sum(map(len, repeated)) - len(repeated)
    remarks = [f"{extra} images are copies of others, as they are, turned or mirrored: each group is in one split"]
    torn = sum(len(set(names)) > 1 for names in repeated)
    return remarks + ([f"{torn} images are there under more than one class"] if torn else [])
