import pytest
import yaml

from lensym.simulation.yaml_text import parse_yaml


def test_values_and_merges_are_those_of_yaml():
    text = "base: &base {a: 1, b: [x, 2.5]}\nown: {<<: *base, a: 3}\n"
    assert (
        parse_yaml(text)
        == yaml.safe_load(text)
        == {"base": {"a": 1, "b": ["x", 2.5]}, "own": {"a": 3, "b": ["x", 2.5]}}
    )


@pytest.mark.parametrize("text", ["a: 1\na: 2\n", "x: {b: 1, b: 1}\n", "- {c: 1, 'c': 2}\n"])
def test_a_key_twice_is_refused(text):
    yaml.safe_load(text)
    with pytest.raises(yaml.YAMLError, match="twice"):
        parse_yaml(text)


@pytest.mark.parametrize("tag", ["object/apply:os.getcwd []", "name:os.system", "object/new:os.getcwd []"])
def test_objects_are_refused(tag):
    with pytest.raises(yaml.YAMLError):
        parse_yaml(f"a: !!python/{tag}\n")


@pytest.mark.parametrize("text", ["a: 2024-99-99\n", "[" * 3000])
def test_what_pyyaml_has_no_error_of_its_own_for_is_refused_too(text):
    with pytest.raises(yaml.YAMLError):
        parse_yaml(text)
