"""The page on recipes says every key and every quirk there is, and its example is a recipe."""

import dataclasses
import json
import types
from typing import Union, get_args, get_origin, get_type_hints

import numpy as np
import pytest

from lensym.simulation.distributions import KINDS, Distribution
from lensym.simulation.images import simulate_block
from lensym.simulation.parts import CcdNoise, Noiseless, PoissonSky, Population, PublishedCounts
from lensym.simulation.recipe import Recipe, available_recipes, load_recipe

from .blocks import ROOT, blocks

PAGE = ROOT / "docs" / "recipes.md"
TEXT = PAGE.read_text("utf-8")
KEYS = TEXT[TEXT.index("\n## Every key\n") : TEXT.index("\n## What a physical recipe assumes\n")]
EXAMPLES = [text for _, text in blocks(PAGE, "yaml")]
QUIRKS = json.loads((ROOT / "benchmarks" / "results" / "quirks.json").read_text("utf-8"))["recipes"]


def parts(hint):
    """All dataclasses that a type is made of."""
    if get_origin(hint) in (Union, types.UnionType, tuple, dict):
        for inner in get_args(hint):
            yield from parts(inner)
    elif dataclasses.is_dataclass(hint) and hint is not Distribution:
        yield hint
        for inner in get_type_hints(hint).values():
            yield from parts(inner)


def keys(kind):
    """Names of a part's fields as a recipe has them."""
    names = {"populations": "classes", "length_at_1e_22": "length_at_1e-22"}
    names["length_kpc_at_1e_22"] = "length_kpc_at_1e-22"
    return {names.get(field.name, field.name) for field in dataclasses.fields(kind)} - {"plain"}


def missing(wanted):
    """Names that do not stand as code, alone or in braces, where the page says every key."""
    code = set(" ".join(KEYS.split("`")[1::2]).translate(str.maketrans("{}:,[]()", " " * 8)).split())
    return {name for name in wanted if name not in code}


@pytest.mark.parametrize(
    "kind", sorted(set(parts(Recipe)), key=lambda kind: kind.__name__), ids=lambda kind: kind.__name__
)
def test_every_key_is_explained(kind):
    assert missing(keys(kind)) == set()


def test_every_kind_is_explained():
    kinds = {part.kind for part in (*get_args(Population), CcdNoise, Noiseless, PoissonSky, PublishedCounts)}
    assert missing(kinds | KINDS.keys()) == set()


def test_an_unexplained_key_would_be_seen():
    assert missing({"colour", "slope"}) == {"colour"}


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_a_recipe_that_gives_images(example, tmp_path):
    path = tmp_path / "ground.yaml"
    path.write_text(example)
    recipe = load_recipe(path)
    images = np.concatenate([simulate_block(recipe, name, "train", 0, 2, 0).images for name in recipe.classes])
    assert images.shape == (4, 1, 48, 48)
    assert np.isfinite(images).all()


@pytest.mark.parametrize("name", available_recipes())
def test_every_quirk_is_measured(name):
    assert [row["quirk"] for row in QUIRKS[name]["quirks"]] == list(load_recipe(name).quirks)
    for row in QUIRKS[name]["quirks"]:
        load_recipe(name, changes=row["set"])
        assert ("published" in row) == bool(row["set"])
        assert row.get("published") != row.get("without", "none")


def test_there_is_an_example():
    assert len(EXAMPLES) == 1
