import multiprocessing
import pickle

import numpy as np
import pytest

from lensym.errors import IntegrityError, UsageError
from lensym.store import DatasetFolder
from lensym.store.folder import stack_tables

TRAIN = [0, 1, 2, 3, 4, 100, 101, 102, 103, 104, 105, 106]
"""What `conftest.pixel_values` puts in the images of split train, class by class, then by index."""


@pytest.fixture
def train(dataset):
    return DatasetFolder.open(dataset).split("train")


def ids(images):
    return images[:, 0, 0, 0].tolist()


def test_order_labels_and_classes(train):
    assert len(train) == 12
    assert train.classes == ("no_sub", "cdm")
    assert train.labels.tolist() == [0] * 5 + [1] * 7
    assert train.labels.dtype == np.int64
    assert ids(train.images(slice(None))) == TRAIN
    assert train.images(slice(None)).shape == (12, 2, 4, 4)
    assert train.images(0).dtype == np.uint16


def test_any_index_reads_what_an_array_would_give(train):
    whole = np.array(TRAIN)
    rng = np.random.default_rng(0)
    for index in (
        3,
        -1,
        slice(1, None, 3),
        [],
        [11, 0, 4, 5, 4],
        rng.integers(0, 12, 40),
        whole > 50,
    ):
        assert ids(train.images(index)) == np.atleast_1d(whole[index]).tolist()
    with pytest.raises(IndexError):
        train.images([12])


def test_truth_has_nan_where_a_class_has_no_such_parameter(train):
    assert train.truth["index"].tolist() == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 5, 6]
    assert train.truth["index"].dtype == np.int64
    assert train.truth["mass"].shape == (12, 3)
    assert np.isnan(train.truth["mass"][:5]).all()
    assert (train.truth["mass"][5:] == 1e8).all()


def test_split_without_images_of_a_class(dataset):
    test = DatasetFolder.open(dataset).split("test")
    assert test.labels.tolist() == [0, 0]
    assert test.classes == ("no_sub", "cdm")


def test_unknown_split_names_the_known(dataset):
    with pytest.raises(UsageError, match=r"'tain'; did you mean 'train'"):
        DatasetFolder.open(dataset).split("tain")


def test_representations_say_what_is_inside(dataset):
    folder = DatasetFolder.open(dataset)
    assert "model_1, train: 12, test: 2" in repr(folder)
    assert repr(folder.split("test")) == "SplitView('test', 2 images, classes no_sub, cdm)"


@pytest.mark.parametrize(("keep", "what"), [(100, "has 100 bytes instead of"), (None, "cannot be read \\(No such")])
def test_truncated_and_missing_shards_show_when_opening(dataset, keep, what):
    path = dataset / "train-cdm-000004.h5"
    if keep is None:
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(IntegrityError, match=rf"train-cdm-000004\.h5', which {what}") as error:
        DatasetFolder.open(dataset)
    assert "\n" not in str(error.value)


def test_shard_truncated_after_opening_is_named(train, dataset):
    path = dataset / "train-no_sub-000000.h5"
    train.images([0])
    path.write_bytes(path.read_bytes()[:-6000])
    with pytest.raises(IntegrityError, match=r"train-no_sub-000000\.h5', which ends early"):
        train.images(slice(None))


def read_elsewhere(view, index, queue):
    queue.put(ids(view.images(index)))


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_other_processes_may_read_a_view_already_in_use(train, method):
    train.images([0, 7])
    if method == "spawn":
        assert ids(pickle.loads(pickle.dumps(train)).images([11, 2])) == [106, 2]
        return
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    children = [context.Process(target=read_elsewhere, args=(train, slice(k, None, 2), queue)) for k in (0, 1)]
    for child in children:
        child.start()
    got = sorted(queue.get(timeout=20) + queue.get(timeout=20))
    for child in children:
        child.join()
    assert got == TRAIN


def test_tables_of_no_row_and_no_column():
    assert stack_tables([], []) == {}
    assert stack_tables([{}], [3]) == {}
