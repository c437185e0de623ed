import pytest

from lensym.apply.files import FileFailure
from lensym.apply.listing import as_seen_from_anywhere, listed_images


@pytest.fixture
def folder(tmp_path, monkeypatch):
    names = ["b.fits", "a.FITS", "deep/c.fits.gz", "deep/d.npy", "notes.txt", ".hidden/e.fits", "odd [1].fits"]
    for name in names:
        (tmp_path / "sky" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "sky" / name).touch()
    (tmp_path / "sky" / "list.csv").write_text("id,file\nx,b.fits\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "sky"


def names(paths):
    return [str(image.file) for image in listed_images(paths)]


def test_a_folder_stands_for_the_images_in_it_and_below(folder):
    assert names(["sky"]) == [f"sky/{n}" for n in ("a.FITS", "b.fits", "deep/c.fits.gz", "deep/d.npy", "odd [1].fits")]


def test_a_pattern_stands_for_what_matches_it(folder):
    assert names(["sky/*.fits"]) == ["sky/b.fits", "sky/odd [1].fits"]
    assert names([f"{folder}/**/*.npy"]) == [f"{folder}/deep/d.npy"]
    assert [image.id for image in listed_images(["sky/*.csv"])] == ["x"]


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(folder):
    assert names(["sky/odd [1].fits"]) == ["sky/odd [1].fits"]


def test_what_stands_for_nothing_is_one_failure(folder):
    (folder / "empty").mkdir()
    failures = listed_images(["sky/*.h5", "sky/empty", "sky/b.fits"])
    assert [isinstance(f, FileFailure) for f in failures] == [True, True, False]
    assert "a pattern that some file matches; got 'sky/*.h5'" in str(failures[0].error)
    assert "none in 'sky/empty'" in str(failures[1].error)


def test_paths_for_workers_elsewhere(folder):
    (image,) = as_seen_from_anywhere(listed_images(["sky/b.fits"]))
    assert image.file == folder / "b.fits"


def test_a_path_alone_is_a_list_of_one(folder):
    assert names("sky/b.fits") == names(folder.relative_to(folder.parent) / "b.fits") == ["sky/b.fits"]
