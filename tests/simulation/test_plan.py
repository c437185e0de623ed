import pytest
from hypothesis import given
from hypothesis import strategies as st

from lensym.errors import UsageError
from lensym.simulation.plan import choose_classes, share_out
from lensym.simulation.recipe import load_recipe


@given(st.integers(1, 10**7), st.floats(0, 1), st.floats(0, 1))
def test_shares_add_up_and_are_within_one_of_the_fraction(count, first, rest):
    fractions = {"train": first, "val": (1 - first) * rest, "test": (1 - first) * (1 - rest)}
    shares = share_out(count, fractions)
    assert sum(shares.values()) == count
    assert all(abs(shares[name] - count * fractions[name]) < 1 + 1e-6 for name in fractions)


def test_shares_of_round_numbers_are_exact():
    assert share_out(30_000, {"train": 0.8, "val": 0.1, "test": 0.1}) == {
        "train": 24_000,
        "val": 3000,
        "test": 3000,
    }


@pytest.mark.parametrize(
    ("fractions", "message"),
    [
        ({"train": 0.8}, "must add up to 1; got 0.8"),
        ({"train": 1.5, "val": -0.5}, "from 0 to 1; got train=1.5"),
        ({"tain": 1.0}, "did you mean 'train'"),
        ({"fresh": 1.0}, "known: test, train, val"),
        ({"train": float("nan")}, "from 0 to 1; got train=nan"),
        ({}, "must add up to 1; got 0"),
    ],
)
def test_wrong_fractions(fractions, message):
    with pytest.raises(UsageError, match=message):
        share_out(10, fractions)


@pytest.mark.parametrize("fractions", ["train=1", ["train"]])
def test_fractions_have_names(fractions, unchecked):
    with unchecked(), pytest.raises(UsageError, match=r"fractions of the splits by name; got .*; give for instance"):
        share_out(10, fractions)


def test_classes_come_in_the_recipes_order_whatever_they_are_called():
    recipe = load_recipe("model_1")
    assert choose_classes(recipe, ["vortex", "no"]) == ("no_sub", "axion")
    assert choose_classes(recipe, None) == recipe.classes
    with pytest.raises(UsageError, match="did you mean 'sphere'"):
        choose_classes(recipe, ["sphre"])
    assert choose_classes(recipe, "axion") == ("axion",)
    with pytest.raises(UsageError, match="at least one class"):
        choose_classes(recipe, [])


def test_a_recipes_name_is_no_recipe(unchecked):
    with unchecked(), pytest.raises(UsageError, match=r"a recipe; got 'model_1' of type str; load it: .*load_recipe"):
        choose_classes("model_1", None)
