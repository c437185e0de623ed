import dataclasses
import json

import pytest

from lensym.errors import IntegrityError, OutputError, UsageError
from lensym.simulation.recipe import parse_recipe
from lensym.simulation.run import simulate_to_folder

REQUEST = {"count": 4, "split": {"train": 1.0}, "seed": 1, "shard_images": 2, "workers": 1}


@pytest.fixture(params=["finished", "unfinished"])
def begun(request, tiny, tmp_path):
    """A folder in which 4 images a class with seed 1 were begun."""

    def stop(done, total):
        if request.param == "unfinished" and done > 3:
            raise InterruptedError

    try:
        simulate_to_folder(tiny, tmp_path / "out", **REQUEST, progress=stop)
    except InterruptedError:
        assert request.param == "unfinished"
    return tmp_path / "out"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seed": 2}, r"was begun with seed: 1 and can only go on so; got seed: 2; give the same options"),
        ({"count": 5}, r"splits\.train\.no_sub: 4, .*got splits\.train\.no_sub: 5"),
        ({"classes": ["cdm", "axion"]}, r"classes: \['no_sub', 'cdm', 'axion'\]"),
        (
            {"split": {"train": 0.5, "test": 0.5}},
            r"splits\.train\.no_sub: 4.*got splits\.train\.no_sub: 2.* and 1 more",
        ),
    ],
)
def test_another_request_is_refused_with_both_sides(begun, tiny, options, message):
    before = {path.name: path.read_bytes() for path in begun.iterdir()}
    request = REQUEST | options
    with pytest.raises(UsageError, match=message) as error:
        simulate_to_folder(tiny, begun, **request)
    assert "\n" not in str(error.value)
    assert {path.name: path.read_bytes() for path in begun.iterdir()} == before


def test_a_changed_recipe_is_refused_naming_the_constant(begun, tiny):
    plain = tiny.to_dict()
    plain["lens"]["shear"]["gamma1"] = 0.06
    changed = parse_recipe(plain, "changed")
    with pytest.raises(
        UsageError, match=r"parameters\.lens\.shear\.gamma1: 0\.05 and .*; got parameters\.lens\.shear\.gamma1: 0\.06"
    ):
        simulate_to_folder(changed, begun, **REQUEST)


def test_other_shards_are_refused_only_before_the_end(begun, tiny):
    again = REQUEST | {"shard_images": 3}
    if (begun / "manifest.json").exists():
        assert len(simulate_to_folder(tiny, begun, **again).shards) == 6
    else:
        with pytest.raises(UsageError, match="shard_images: 2"):
            simulate_to_folder(tiny, begun, **again)


def test_a_newer_lensym_does_not_go_on_with_an_older_ones_images(begun, tiny, monkeypatch):
    monkeypatch.setattr("lensym.simulation.run.__version__", "9.9")
    if (begun / "manifest.json").exists():
        assert simulate_to_folder(tiny, begun, **REQUEST).lensym_version != "9.9"
    else:
        with pytest.raises(UsageError, match=r"lensym_version: '.*' and can only go on so; got lensym_version: '9.9'"):
            simulate_to_folder(tiny, begun, **REQUEST)


def test_a_folder_with_something_else_is_refused_and_kept(tiny, tmp_path):
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(OutputError, match=r"an empty or new folder.*with other files \(1, the first is 'thesis\.tex'"):
        simulate_to_folder(tiny, tmp_path, 4)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_finished_set_returns_at_once_and_says_so(begun, tiny, monkeypatch):
    manifest = simulate_to_folder(tiny, begun, **REQUEST)
    written = (begun / "manifest.json").stat().st_mtime_ns
    monkeypatch.setattr("lensym.simulation.worker.simulate_block", None)
    reports = []
    again = simulate_to_folder(tiny, begun, **REQUEST, progress=lambda *report: reports.append(report))
    assert again == manifest
    assert reports == [(12, 12)]
    assert (begun / "manifest.json").stat().st_mtime_ns == written


def test_damaged_shards_of_a_finished_set_are_made_anew(begun, tiny):
    manifest = simulate_to_folder(tiny, begun, **REQUEST)
    whole = {path.name: path.read_bytes() for path in begun.iterdir()}
    first, second = (begun / record.file for record in manifest.shards[:2])
    first.unlink()
    second.write_bytes(bytes(len(second.read_bytes())))
    reports = []
    simulate_to_folder(tiny, begun, **REQUEST, progress=lambda *report: reports.append(report))
    assert reports[0] == (8, 12)
    assert {path.name: path.read_bytes() for path in begun.iterdir()} == whole


def test_a_shard_made_anew_with_other_bytes_is_refused_naming_the_version(begun, tiny):
    manifest = simulate_to_folder(tiny, begun, **REQUEST)
    path = begun / "manifest.json"
    plain = json.loads(path.read_text())
    plain["shards"][0]["sha256"] = "f" * 64
    del plain["manifest_sha256"]
    path.write_text(json.dumps(plain | {"lensym_version": "0.0.7"}))
    (begun / manifest.shards[0].file).unlink()
    before = path.read_bytes()
    with pytest.raises(IntegrityError, match=r"as lensym 0\.0\.7 made it, sha256 f{12}; got sha256"):
        simulate_to_folder(tiny, begun, **REQUEST)
    assert path.read_bytes() == before


def test_of_many_differences_three_are_named(begun, tiny):
    plain = tiny.to_dict()
    lens = {"mass": 2.0e12, "ellipticity": {"e1": 0.2, "e2": 0.1}, "shear": {"gamma1": 0.06, "gamma2": 0.01}}
    changed = parse_recipe(plain | {"lens": lens}, "changed")
    with pytest.raises(
        UsageError, match=r"ellipticity\.e2: 0\.0 and 2 more and can .*ellipticity\.e2: 0\.1 and 2 more; give"
    ) as error:
        simulate_to_folder(changed, begun, **REQUEST)
    assert "gamma" not in str(error.value)


def test_the_manifest_tells_how_to_make_the_set_again(begun, tiny):
    manifest = simulate_to_folder(tiny, begun, **REQUEST)
    assert manifest.parameters == tiny.to_dict()
    assert (manifest.recipe, manifest.variant, manifest.seed) == ("model_1", "published", 1)
    assert dataclasses.replace(manifest, shards=()).splits == {"train": {"no_sub": 4, "cdm": 4, "axion": 4}}
