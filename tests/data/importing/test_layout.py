import pytest

from lensym.data.importing.layout import LAYOUTS, choose_layout
from lensym.data.importing.source import Folder, open_source
from lensym.errors import InputError, UsageError


def folder(root, *files):
    for file in files:
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return Folder(root)


@pytest.mark.parametrize(
    ("files", "name"),
    [
        (["dataset/train/no/1.npy", "dataset/val/vort/1.npy"], "test_i"),
        (["Model_I/axion/1.npy", "Model_I_test/axion/1.npy"], "model_i"),
        (["Model_II/cdm/1.npy"], "model_ii"),
        (["model_3/no_sub/1.npy"], "model_iii"),
        (["Model_IV/train/no/1.npy"], "model_iv"),
        (["a/subhalo/1.fits", "a/no_substructure/2.fits"], "class_folders"),
        (["Model_V/axion/1.npy"], "class_folders"),
    ],
)
def test_a_layout_is_known_by_its_folders(tmp_path, files, name):
    assert choose_layout(folder(tmp_path, *files), None).layout.name == name


def test_the_sources_own_name_counts(tmp_path):
    assert choose_layout(folder(tmp_path / "Model_II_test", "cdm/1.npy"), None).layout.name == "model_ii"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (["a.txt", "b.txt", "c/d.jpg"], r"with 2 files like '\*\.txt', 1 like 'c/\*\.jpg'; name the layout"),
        (["cdm/1.npy", "x/1.npy", "x/2.npy"], r"2 files like 'x/\*\.npy', 1 like 'cdm/\*\.npy'"),
        ([], "with no files"),
    ],
)
def test_a_folder_of_no_layout_is_refused_with_what_is_there(tmp_path, files, message):
    with pytest.raises(InputError, match=message) as error:
        choose_layout(folder(tmp_path, *files), None)
    assert all(name in str(error.value) for name in LAYOUTS)


def test_a_layout_can_be_asked_for(tmp_path):
    source = folder(tmp_path, "double ring/1.npy", "arc/1.npy", "arc/.2.npy")
    choice = choose_layout(source, "class_folders")
    assert [item.class_name for item in choice.layout.plan(source, ()).items] == ["arc", "double_ring"]
    with pytest.raises(UsageError, match="did you mean 'class_folders'"):
        choose_layout(source, "class_folder")


def test_figures_and_images_in_no_folder_are_refused_beside_classes(tmp_path):
    source = folder(tmp_path, "3.npy", "cdm/1.npy", "cdm/2.npy", "plots/1.png")
    plan = choose_layout(source, None).layout.plan(source, ())
    assert [item.file for item in plan.items] == ["cdm/1.npy", "cdm/2.npy"]
    assert [(refused.item.file, refused.reason) for refused in plan.refused] == [
        ("3.npy", "an image in a folder of a class"),
        ("plots/1.png", "an image in a folder of a class"),
    ]


@pytest.mark.parametrize(
    ("files", "layout", "message"),
    [
        (["no_sub/1.npy", "cdm/1.npy", "wdm/1.npy"], "class_folders", r"known classes \(no, no_sub.*got 'wdm' beside"),
        (["Model_I/cdm/1.npy", "Model_I/axion/1.npy", "Model_I/wdm/1.npy"], "model_i", "got 'Model_I/wdm' beside"),
        (["cdm/1.png", "plots/1.png"], "class_folders", "got 'plots' beside"),
        (["cdm/1.npy", *(f"cdm/{k}.npy" for k in "abcdefg"), *(f"{k}/1.npy" for k in "abcdefg")], "class_folders",
         "got 'a', 'b', 'c', 'd', 'e' and 2 more beside"),
    ],
)  # fmt: skip
def test_a_folder_of_unknown_name_beside_classes_is_one_if_that_is_asked_for(tmp_path, files, layout, message):
    source = folder(tmp_path, *files)
    with pytest.raises(InputError, match=rf"{message} such folders; give --layout {layout} to take every folder"):
        choose_layout(source, None)
    plan = choose_layout(source, layout).layout.plan(source, ())
    assert ({item.file for item in plan.items}, plan.refused) == (set(files), ())


def test_classes_of_their_own_beside_a_known_one(tmp_path):
    source = folder(tmp_path, "halos/1.npy", "smooth/1.npy", "vort/1.npy")
    items = choose_layout(source, "class_folders").layout.plan(source, ()).items
    assert [item.class_name for item in items] == ["halos", "smooth", "axion"]


def test_other_folders_of_lens_finding_are_refused(tmp_path):
    source = folder(tmp_path, "train_lenses/1.npy", "train_nonlenses/1.npy", "holdout_lenses/1.npy")
    plan = choose_layout(source, None).layout.plan(source, ())
    assert [item.file for item in plan.items] == ["train_lenses/1.npy", "train_nonlenses/1.npy"]
    assert [refused.item.file for refused in plan.refused] == ["holdout_lenses/1.npy"]


def test_a_data_set_of_lensym_needs_no_import(tmp_path):
    source = folder(tmp_path, "manifest.json", "train-cdm-000000.h5")
    with pytest.raises(InputError, match=r"a data set of others; got .*, which lensym made; use it as it is"):
        choose_layout(source, None)


def test_a_source_must_be_there(tmp_path):
    with pytest.raises(InputError, match="nothing at"):
        open_source(tmp_path / "none")
