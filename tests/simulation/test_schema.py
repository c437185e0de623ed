"""Plain data to dataclasses: what is taken, and that every refusal names the key's path."""

from dataclasses import dataclass, field
from typing import ClassVar

import pytest

from lensym.errors import UsageError
from lensym.simulation.distributions import Distribution
from lensym.simulation.schema import build


@dataclass(frozen=True)
class Inner:
    depth: float
    label: str = "none"


@dataclass(frozen=True)
class Round:
    kind: ClassVar[str] = "round"
    radius: Distribution


@dataclass(frozen=True)
class Square:
    kind: ClassVar[str] = "square"
    side_a: float = 1.0


@dataclass(frozen=True)
class Outer:
    count: int
    inner: Inner
    shape: Round | Square
    switch: bool = False
    sizes: tuple[Distribution, ...] = ()
    maybe: Inner | None = None
    named: dict[str, Inner] = field(default_factory=dict)


GOOD = {"count": 3, "inner": {"depth": 1}, "shape": {"kind": "square", "side-a": 2}}


def constant(value):
    return Distribution("constant", (float(value),))


def test_all_kinds_of_fields():
    rest = {"switch": True, "sizes": [1, {"uniform": [0, 2]}], "maybe": {"depth": "1e3"}, "named": {"a": {"depth": 2}}}
    built = build(Outer, GOOD | rest, "")
    assert built == Outer(
        3,
        Inner(1.0),
        Square(2.0),
        True,
        (constant(1), Distribution("uniform", (0.0, 2.0))),
        Inner(1000.0),
        {"a": Inner(2.0)},
    )


def test_what_is_left_out_or_nothing():
    built = build(Outer, GOOD | {"maybe": None}, "")
    assert (built.switch, built.sizes, built.maybe, built.named) == (False, (), None, {})


def test_a_bare_value_is_a_list_of_one_and_an_empty_list_is_one():
    assert build(Outer, GOOD | {"sizes": 4}, "").sizes == (constant(4),)
    assert build(Outer, GOOD | {"sizes": []}, "").sizes == ()


def test_one_of_several_by_its_keys_or_by_its_kind():
    assert build(Outer, GOOD | {"shape": {"radius": 1}}, "").shape == Round(constant(1))
    assert build(Outer, GOOD | {"shape": {"side_a": 1}}, "").shape == Square(1.0)
    assert build(Outer, GOOD | {"shape": {"kind": "square"}}, "").shape == Square(1.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cuont": 3}, r"a known key of a recipe is needed; got 'cuont'; did you mean 'count'"),
        ({"inner": {"depth": 1, "lable": "x"}}, r"a known key in inner is needed; got 'lable'; did you mean 'label'"),
        ({"inner": {}}, r"^inner needs the key 'depth'"),
        ({"inner": {"depth": "deep"}}, r"^inner\.depth must be a number; got 'deep'"),
        ({"inner": {"depth": True}}, r"^inner\.depth must be a number; got True"),
        ({"inner": {"depth": float("nan")}}, r"^inner\.depth must be finite; got nan"),
        ({"inner": {"depth": 1, "label": 3}}, r"^inner\.label must be a text; got 3"),
        ({"inner": [1]}, r"^inner must be a mapping of keys to values; got \[1\]"),
        ({"inner": None}, r"^inner must be a mapping of keys to values; got None"),
        ({"inner": {1: 2}}, r"^inner must be a mapping of keys to values; got \{1: 2\}"),
        ({"count": 2.0}, r"^count must be a whole number above 0; got 2\.0"),
        ({"count": 0}, r"^count must be a whole number above 0; got 0"),
        ({"count": True}, r"^count must be a whole number above 0; got True"),
        ({"switch": "on"}, r"^switch must be true or false; got 'on'"),
        ({"sizes": [1, "wide"]}, r"^sizes\[1\] must be a number; got 'wide'"),
        ({"sizes": [{"uniform": [2, 1]}]}, r"^sizes\[0\]\.uniform needs low <= high"),
        ({"sizes": {"unifrom": [0, 1]}}, r"a known distribution in sizes is needed; got 'unifrom'; did you mean"),
        ({"named": {"a": {"depth": "deep"}}}, r"^named\.a\.depth must be a number"),
        ({"named": 3}, r"^named must be a mapping"),
        ({"shape": {"kind": "sqare"}}, r"a known shape\.kind is needed; got 'sqare'; did you mean 'square'"),
        ({"shape": {"kind": "square", "radius": 1}}, r"a known key in shape is needed; got 'radius'"),
        ({"shape": {"height": 1}}, r"^shape needs a kind, one of round, square; got \{'height': 1\}"),
        ({"shape": {"side_a": 1, "sid_b": 2}}, r"a known key in shape is needed; got 'sid_b'; did you mean 'side_a'"),
        ({"shape": {}}, r"^shape needs a kind, one of round, square; got \{\}"),
        ({"shape": 3}, r"^shape must be a mapping"),
        (
            {"shape": {"kind": "square", "side_a": 1, "side-a": 2}},
            r"^each key of shape once; got \['side_a', 'side-a'\]",
        ),
    ],
)
def test_a_refusal_names_the_keys_path(change, message):
    with pytest.raises(UsageError, match=message):
        build(Outer, GOOD | change, "")


def test_a_missing_key_of_the_whole():
    with pytest.raises(UsageError, match="a recipe needs the key 'count'"):
        build(Outer, {key: value for key, value in GOOD.items() if key != "count"}, "")
