import pytest

from lensym.data.importing.item import Item
from lensym.data.importing.options import ImportOptions
from lensym.data.importing.plan import split_of
from lensym.data.importing.run import import_to_folder
from lensym.data.importing.split_folders import require_splits
from lensym.errors import InputError

from .conftest import counts, save


def items(*files, class_name="cdm"):
    return [Item(file, class_name, split_of(file.split("/")[:-1])) for file in files]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (["train/cdm/1.npy", "valid/cdm/1.npy", "holdout/cdm/1.npy"], "'holdout' beside 'train', 'valid'; rename it"),
        (["a/test/cdm/1.npy", "a/dev/cdm/1.npy", "a/dev2/cdm/1.npy"], "'a/dev' and 1 more beside 'test'"),
        (["Model_I/cdm/1.npy", "Model_I_test/cdm/1.npy", "Model_I_hold/cdm/1.npy"], "'Model_I_hold' beside 'Model_I_t"),
        (["train/cdm.npy", "holdout/cdm.npy"], "'holdout' beside 'train'"),
    ],
)
def test_a_folder_of_no_split_beside_splits_is_refused(files, message):
    with pytest.raises(InputError, match=rf"called after splits \(train, .*, testing\); got {message}"):
        require_splits(items(*files))


@pytest.mark.parametrize(
    "files",
    [
        ["Model_I/cdm/1.npy", "Model_I_test/cdm/1.npy"],
        ["cdm/1.npy", "test/cdm/1.npy"],
        ["a/train/cdm/1.npy", "test/cdm/1.npy"],
        ["train/a/cdm/1.npy", "train/old_test/cdm/1.npy"],
        ["a/cdm/1.npy", "b/cdm/1.npy"],
        [],
    ],
)
def test_classes_and_folders_that_have_their_split_are_no_others(files):
    require_splits(items(*files))


def test_folders_of_lenses_are_classes():
    require_splits(items("lenses/1.npy", "test/lenses/1.npy", class_name="lens"))


def test_a_folder_of_unknown_split_is_not_imported(tmp_path):
    for k, split in enumerate(("train", "valid", "holdout")):
        save(tmp_path / "source" / split / "cdm" / "1.npy", counts(k))
    with pytest.raises(InputError, match="'holdout' beside 'train', 'valid'"):
        import_to_folder(tmp_path / "source", tmp_path / "out", ImportOptions(pixel_scale=0.05))
    assert not (tmp_path / "out").exists()
