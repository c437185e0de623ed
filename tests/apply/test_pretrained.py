import sys
import types

import numpy as np
import pytest
import yaml

from lensym.apply.predictor import load
from lensym.apply.pretrained import from_pretrained, hub_card, save_pretrained
from lensym.errors import InputError, OutputError, UsageError

from .conftest import rings


def head(card):
    empty, text, body = card.split("---\n", 2)
    assert empty == ""
    return yaml.safe_load(text), body


def test_what_is_saved_is_what_is_loaded(predictor, tmp_path):
    save_pretrained(predictor, tmp_path / "mine")
    assert {path.name for path in (tmp_path / "mine").iterdir()} == {"config.json", "model.safetensors", "README.md"}
    again = from_pretrained(tmp_path / "mine", "cpu")
    images = rings(5, 3)
    np.testing.assert_array_equal(again.predict(images), predictor.predict(images))
    assert again.config == predictor.config


def test_a_packaged_network_s_card_has_a_head_for_the_hub_and_its_body(tmp_path):
    network = from_pretrained("lensnet", "cpu")
    save_pretrained(network, tmp_path / "a")
    facts, body = head((tmp_path / "a" / "README.md").read_text())
    assert (facts["license"], facts["library_name"], facts["pipeline_tag"]) == ("mit", "lensym", "image-classification")
    (result,) = facts["model-index"][0]["results"]
    assert result["metrics"][0]["value"] == pytest.approx(network.config.training["validation"]["macro_auc"], abs=1e-5)
    assert body.startswith("\n# lensnet, trained on")
    save_pretrained(load(tmp_path / "a"), tmp_path / "b")
    assert (tmp_path / "b" / "README.md").read_text() == (tmp_path / "a" / "README.md").read_text()


def test_without_figures_the_head_has_none(predictor):
    facts, body = head(hub_card(predictor.config, "# rings\n"))
    assert "model-index" not in facts
    assert body == "\n# rings\n"


def test_a_folder_with_something_in_it_is_refused(predictor, tmp_path):
    (tmp_path / "mine.txt").touch()
    with pytest.raises(OutputError, match="an empty or new folder"):
        save_pretrained(predictor, tmp_path)


def test_a_repository_needs_the_hub_s_client(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UsageError, match="huggingface_hub for a network of the hub; got 'someone/lensnet'"):
        from_pretrained("someone/lensnet")


def test_a_repository_is_fetched_without_code(folder, monkeypatch):
    asked = []

    def snapshot_download(name, revision, allow_patterns):
        asked.append((name, revision, allow_patterns))
        if name == "no/body":
            raise OSError("offline")
        return str(folder)

    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    monkeypatch.setitem(sys.modules, "huggingface_hub", types.SimpleNamespace(snapshot_download=snapshot_download))
    assert from_pretrained("someone/rings", "cpu", "v1").image_size == load(folder).image_size
    assert asked == [("someone/rings", "v1", ["config.json", "model.safetensors", "README.md"])]
    with pytest.raises(InputError, match="got 'no/body': offline"):
        from_pretrained("no/body")
