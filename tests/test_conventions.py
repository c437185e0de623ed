import pytest

from lensym.conventions import names_in
from lensym.errors import UsageError


def test_a_text_alone_is_one_name():
    assert names_in("axion") == names_in(["axion"]) == ("axion",)
    assert names_in(name for name in ("cdm", "axion")) == ("cdm", "axion")
    assert names_in(()) == ()


def test_names_are_texts(unchecked):
    with (
        unchecked(),
        pytest.raises(UsageError, match="names, each of them a text; got 2 of type int; put it in quotes"),
    ):
        names_in(["axion", 2])
