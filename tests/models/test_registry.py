import re
import subprocess
import sys
from dataclasses import asdict

import pytest
import torch

from lensym import models
from lensym.errors import InputError, SymmetryError, UsageError
from lensym.models import registry
from lensym.models.registry import Entry, entry, register


@pytest.mark.parametrize("name", models.available())
def test_every_network_turns_images_into_logits(name):
    network = models.create(name, image_size=24, channels=2, classes=4, width=0.125)
    assert (network.image_size, network.channels, network.classes) == (24, 2, 4)
    images = torch.rand(3, 2, 24, 24)
    assert network(images).shape == (3, 4)
    features = network.eval().features(images)
    assert torch.equal(network.head(features), network(images))


def test_the_names_are_those_of_the_families():
    assert set(models.available()) >= {"cnn", "lensnet"}
    assert entry("lensnet").group == "D4"
    assert entry("cnn").group == "C1"


def test_an_unknown_network_is_refused_with_the_nearest():
    with pytest.raises(UsageError, match=r"a known model is needed; got 'lensnt'; did you mean 'lensnet'\?"):
        models.create("lensnt")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"image_size": 15}, "image_size must be a whole number of at least 16; got 15; choose another image_size"),
        ({"image_size": 64.5}, "image_size must be a whole number of at least 16; got 64.5"),
        ({"channels": 0}, "channels must be a whole number above 0; got 0"),
        ({"classes": 1}, "classes must be a whole number of at least 2; got 1"),
        ({"width": 0.0}, "a width above 0; got 0.0; 1 is the published network"),
    ],
)
def test_impossible_numbers_are_refused(options, message, unchecked):
    with unchecked(), pytest.raises(UsageError, match=message):
        models.create("lensnet", **options)


@pytest.mark.parametrize("shape", [(1, 64, 64), (2, 1, 64, 63), (2, 3, 64, 64)])
def test_images_of_another_shape_are_refused(shape):
    network = models.create("lensnet", image_size=64)
    expected = f"images of shape (N, 1, 64, 64); got {shape}; cut or resample"
    with pytest.raises(InputError, match=re.escape(expected)):
        network.check_shape(torch.rand(shape))


def test_rows_say_what_a_network_is_and_costs(monkeypatch):
    monkeypatch.setattr(registry, "_ENTRIES", {name: entry(name) for name in ("cnn", "lensnet")})
    plain, row = (asdict(row) for row in models.describe())
    assert (plain["name"], plain["group"]) == ("cnn", "C1")
    assert (row["group"], row["exact"]) == ("D4", True)
    assert row["parameters"] == sum(p.numel() for p in models.create("lensnet").parameters())
    assert row["gflop_64"] > 0
    assert row["gflop_150"] > 0


def test_a_size_that_a_network_refuses_has_no_cost(monkeypatch):
    build = entry("cnn").build

    def picky(image_size, channels, classes, width):
        if image_size == 64:
            raise SymmetryError("an odd size", "64", "crop it")
        return build(image_size, channels, classes, width)

    monkeypatch.setattr(registry, "_ENTRIES", {"picky": Entry("picky", picky, "C4", True, "this test")})
    (row,) = models.describe()
    assert row.gflop_64 is None
    assert row.gflop_150 > 0


def test_a_network_that_is_no_classifier_is_refused_before_it_is_trained(monkeypatch):
    plain = Entry("plain", lambda *_: torch.nn.Linear(1, 1), "C1", True, "")
    monkeypatch.setitem(registry._ENTRIES, "plain", plain)
    with pytest.raises(UsageError, match="whose builder returns Linear"):
        registry.create("plain")


@pytest.fixture
def _registry_as_before(monkeypatch):
    """A network that a test registers is gone after it."""
    models.available()  # so that the families are in what comes back
    monkeypatch.setattr(registry, "_ENTRIES", dict(registry._ENTRIES))


def registered(name, group="D4"):
    """A builder, registered as a cell of a notebook that is run does it."""

    @register(name, group=group, exact=True, reference="this test")
    def builder(image_size, channels, classes, width):
        return entry("cnn").build(image_size, channels, classes, width)

    return builder


@pytest.mark.usefixtures("_registry_as_before")
def test_a_builder_that_was_defined_anew_takes_its_own_place():
    first, second = registered("mine"), registered("mine")
    assert entry("mine").build is second is not first


@pytest.mark.usefixtures("_registry_as_before")
def test_a_name_that_is_taken_is_refused():
    built = entry("lensnet")
    with pytest.raises(UsageError, match=r"got 'lensnet', which is lensym.models.lensnet.\w+; choose another name"):
        registered("lensnet")
    registered("mine")
    with pytest.raises(UsageError, match=r"got 'mine', which is .*registered.<locals>.builder; choose another"):
        register("mine", group="D4", exact=True, reference="")(lambda *_: None)
    assert entry("lensnet") is built


def test_a_name_of_the_package_is_taken_before_its_network_was_asked_for():
    code = "from lensym.models.registry import register\nregister('cnn', group='C1', exact=True, reference='')(print)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "a name that no network has; got 'cnn', which is lensym.models.cnn" in result.stderr


@pytest.mark.parametrize("group", ["", "D", "d4", "C0", "D4 ", "SO3", "E2"])
def test_an_unknown_group_is_refused(group):
    with pytest.raises(UsageError, match=f"C and a number .*, SO2 or O2; got '{group}'; write for instance D4"):
        registered("mine", group)
    assert "mine" not in models.available()
