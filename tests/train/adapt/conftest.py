"""A second data set of the same kind: another telescope's, and the same images with other labels."""

from dataclasses import replace

import numpy as np
import pytest

from lensym.simulation.recipe import load_recipe
from lensym.simulation.run import simulate_to_folder
from lensym.store import DatasetFolder, write_block, write_manifest
from lensym.train.options import TrainOptions

SPLIT = {"train": 0.5, "val": 0.5}


@pytest.fixture(scope="session")
def other_telescope(small_recipe, tmp_path_factory):
    """25 images a class in each of train and val, with a wider PSF. Not to be written to."""
    folder = tmp_path_factory.mktemp("adapt") / "other"
    recipe = load_recipe(small_recipe, changes=("observation.psf.fwhm=0.4",))
    simulate_to_folder(recipe, folder, 50, SPLIT, seed=6, workers=1)
    return folder


@pytest.fixture(scope="session")
def relabelled(other_telescope, tmp_path_factory):
    """Write the same images elsewhere with the labels that a function makes of their number and the true ones."""

    def write(name, classes, labels_of):
        folder = tmp_path_factory.mktemp("relabelled") / name
        folder.mkdir()
        former, shards, splits = DatasetFolder.open(other_telescope), [], {}
        for split in former.splits:
            view = former.split(split)
            labels = labels_of(view.labels)
            splits[split] = {c: int((labels == k).sum()) for k, c in enumerate(classes)}
            for k, c in enumerate(classes):
                images = view.images(np.flatnonzero(labels == k))
                shards.append(write_block(folder, split, c, 0, images, k, {}))
        manifest = replace(former.manifest, classes=classes, splits=splits, shards=tuple(shards), files={})
        write_manifest(folder, manifest)
        return folder

    return write


@pytest.fixture
def short(other_telescope):
    """Options of two epochs of three steps each, half of them with labels alone."""

    def options(method, **changes):
        usual = {"model": "cnn", "width": 0.25, "epochs": 2, "batch_size": 20, "threads": 1}
        return TrainOptions(**usual | {"task": "adapt", "adapt_to": str(other_telescope), "method": method} | changes)

    return options
