"""The benchmark of hostile files, in small: they are refused, and one that is answered would be seen."""

import numpy as np

import hostile
from hostile_files import PREDICT, Hostile, corpus


def test_hostile_files_are_refused_and_a_good_one_counts_as_not_refused(tmp_path):
    files = corpus()
    assert len(files) >= 150
    assert {file.kind for file in files} == {"npy", "npz", "FITS", "HDF5", "safetensors", "YAML", "zip and tar"}
    for file, outcome in hostile.measure(files[::12], tmp_path):
        assert [fault for fault in outcome.faults() if not fault.endswith((" s", " MiB"))] == [], file
    image = np.random.default_rng(0).poisson(20, (150, 150))
    good = Hostile("npy", "good.npy", lambda path: np.save(path, image), PREDICT)
    assert "exit status 0" in hostile.given(good, tmp_path).faults()
