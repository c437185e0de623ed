"""What made a data set's images: what differs from the package's recipe is told."""

import numpy as np
import pytest

from lensym.simulation.origin import alike, changes, named
from lensym.simulation.recipe import available_recipes, load_recipe

CHANGES = ("z_lens=0.6", "classes.cdm.theta_E=0.07", "image.size=64")


@pytest.mark.parametrize("name", available_recipes())
@pytest.mark.parametrize("variant", ["published", "physical", "stress"])
def test_the_package_s_own_recipes_have_no_changes(name, variant):
    assert changes(name, variant, load_recipe(name, variant).to_dict()) == []


def test_changes_give_the_recipe_again():
    changed = load_recipe("model_a", changes=CHANGES)
    found = changes("model_a", "published", changed.to_dict())
    assert set(found) == set(CHANGES)
    assert load_recipe("model_a", changes=found).to_dict() == changed.to_dict()


def test_a_key_that_is_gone_and_a_whole_part_that_is_another():
    plain = load_recipe("model_1", "physical").to_dict()
    del plain["neighbours"]
    plain["classes"]["cdm"] = {"kind": "none"}
    found = changes("model_1", "physical", plain)
    assert "neighbours=null" in found
    assert 'classes.cdm.kind="none"' in found


def test_a_recipe_that_the_package_does_not_have_has_none():
    assert changes("mine", "published", {"a": 1}) == []
    assert changes("model_1", "imported", {"a": 1}) == []


def test_the_order_and_the_seed_make_no_other_recipe():
    facts = {"recipe": "model_a", "variant": "published", "seed": 3, "changes": ["z_lens=0.6", "image.size=64"]}
    assert alike(facts, facts | {"seed": 4, "changes": facts["changes"][::-1]})
    assert not alike(facts, facts | {"changes": facts["changes"][:1]})
    assert not alike(facts, facts | {"variant": "physical"})


def test_a_recipe_s_name_says_what_was_changed():
    facts = {"recipe": "model_a", "variant": "published", "seed": np.int64(3)}
    assert named(facts) == "model_a (published)"
    assert (
        named(facts | {"changes": ["z_lens=0.6", "image.size=64"]})
        == "model_a (published) with z_lens=0.6, image.size=64"
    )
