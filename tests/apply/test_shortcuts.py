import numpy as np

from lensym.apply import pieces
from lensym.apply import shortcuts as room
from lensym.evaluation.baseline import SHORTCUTS
from lensym.store import DatasetFolder, SplitView


def test_few_images_are_read_at_a_time(data_set, monkeypatch):
    folder = DatasetFolder.open(data_set)
    view = folder.split("test")
    whole, words = room.shortcuts(folder, view, 0)
    assert words == "60 training images"
    assert set(whole) == set(SHORTCUTS)
    sizes = []
    read = SplitView.images

    def images(self, indices):
        found = read(self, indices)
        sizes.append(len(found))
        return found

    monkeypatch.setattr(SplitView, "images", images)
    monkeypatch.setattr(pieces, "CHUNK", 7)
    parts, _ = room.shortcuts(folder, view, 0)
    assert max(sizes) == 7
    assert sum(sizes) == len(view) + 60
    for name, expected in whole.items():
        np.testing.assert_allclose(parts[name].probabilities, expected.probabilities, atol=2e-3)  # single precision


def test_a_training_split_without_every_class_gives_way_to_cross_fitting(data_set, monkeypatch):
    monkeypatch.setattr(room, "MAX_IMAGES", 2)
    folder = DatasetFolder.open(data_set)
    assert room.shortcuts(folder, folder.split("test"), 0)[1] == "5-fold cross-fitting of the tested images"
