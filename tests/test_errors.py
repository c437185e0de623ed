import numpy as np
import pytest

from lensym.errors import UsageError, in_short, require_count, require_kind


@pytest.mark.parametrize("value", [7, 7.0, np.int64(7), np.uint16(7), np.float64(7)])
def test_whole_numbers_of_any_kind_are_taken(value):
    count = require_count("count", value)
    assert (count, type(count)) == (7, int)


@pytest.mark.parametrize("value", [0, -1, 1.5, float("nan"), float("inf"), None, "7", True, [7], np.arange(3)])
def test_counts_are_whole_and_positive(value):
    with pytest.raises(UsageError, match=r"count must be a whole number above 0; got .*; choose another count"):
        require_count("count", value)


def test_the_least_count_is_said():
    with pytest.raises(UsageError, match="windows must be a whole number of at least 2; got 1"):
        require_count("windows", 1, least=2)


def test_what_came_is_said_with_its_kind():
    with pytest.raises(UsageError, match="a name; got 5 of type int; give one"):
        require_kind("a name", 5, str, "give one")


@pytest.mark.parametrize("value", ["x" * 999, np.eye(50), {"a": list(range(99))}])
def test_what_came_is_one_short_line(value):
    assert len(in_short(value)) < 80
    assert "\n" not in in_short(value)
