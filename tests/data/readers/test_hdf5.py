import h5py
import numpy as np
import pytest

from lensym.data.readers import describe, read_image
from lensym.errors import InputError, UsageError

IMAGE = np.random.default_rng(2).normal(size=(12, 16)).astype(">f4")


@pytest.fixture
def write(tmp_path):
    def write(**arrays):
        path = tmp_path / "lens.h5"
        with h5py.File(path, "w") as file:
            for name, array in arrays.items():
                file[name.replace("__", "/")] = array
        return path

    return write


def test_lenstronomy_layout(write):
    transform = np.array([[-0.048, 0.064], [0.064, 0.048]])  # 0.08 arcsec, turned
    frame = read_image(write(image_data=IMAGE, transform_pix2angle=transform, exposure_time=IMAGE, ra_at_xy_0=1.0))
    np.testing.assert_array_equal(frame.pixels[0], IMAGE)
    assert frame.pixels.dtype.isnative
    assert frame.pixel_scale == pytest.approx(0.08)
    assert (frame.hdu, frame.format) == ("image_data", "hdf5")
    assert "left exposure_time" in frame.choice


def test_a_transformation_that_shears_has_no_pixel_scale(write):
    frame = read_image(write(image_data=IMAGE, transform_pix2angle=[[0.08, 0.0], [0.0, 0.04]]))
    assert frame.pixel_scale is None
    assert "not square" in frame.scale_fault


def test_another_data_set_by_its_name_in_a_group(write):
    path = write(sky__a=IMAGE, sky__b=IMAGE + 1)
    with pytest.raises(InputError, match=r"got 2 in '.*': sky/a \(12, 16\), sky/b"):
        read_image(path)
    np.testing.assert_array_equal(read_image(path, "sky/b").pixels[0], IMAGE + 1)
    with pytest.raises(UsageError, match="did you mean 'sky/b'"):
        read_image(path, "sky/bb")


def test_stacks_and_text_are_no_image(write):
    with pytest.raises(InputError, match="got only images"):
        read_image(write(images=np.ones((4, 1, 12, 12)), names=np.array([[b"a", b"b"]])))


def test_the_images_of_a_shard_are_named_before_its_tables(write):
    stack = np.random.default_rng(0).normal(size=(4, 1, 12, 12))
    path = write(a_noise=IMAGE, images=stack, truth__mass=np.ones((4, 25)), truth__x=np.eye(4, 25))
    with pytest.raises(InputError, match=r"got only images \(4, 1, 12, 12\), a_noise .*one plane with --hdu 'images"):
        read_image(path)
    assert describe(path)["taken"] is None
    np.testing.assert_array_equal(read_image(path, "images[3]").pixels, stack[3])
    assert read_image(path, "truth/x").pixels.shape == (1, 4, 25)


def test_stacks_are_named_beside_images(write):
    with pytest.raises(InputError, match=r"got 2 in '.*': b .*, c \(12, 16\), and stacks of images: a \(5, 12, 16\); "):
        read_image(write(a=np.ones((5, 12, 16)), b=IMAGE, c=IMAGE, truth__m=IMAGE))


def test_a_file_without_arrays(write):
    with pytest.raises(InputError, match="an image of rows and columns; got none"):
        read_image(write(background_rms=1.0))


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_a_truncated_file_is_refused(write, part):
    path = write(image_data=IMAGE)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(part * len(whole))])
    with pytest.raises(InputError, match="a readable HDF5 file"):
        read_image(path)


def test_description(write):
    found = describe(write(image_data=IMAGE, psf_kernel=IMAGE))
    assert (found["format"], found["taken"]) == ("hdf5", "image_data")
    assert [row["companion"] for row in found["images"]] == [False, True]


def test_pixels_in_another_file_are_refused(tmp_path):
    (tmp_path / "secret").write_bytes(bytes(range(64)))
    with h5py.File(tmp_path / "lens.h5", "w") as file:
        file.create_dataset("image", (8, 8), "u1", external=[(str(tmp_path / "secret"), 0, 64)])
    with pytest.raises(InputError, match=r"pixels in the file itself; got 'image' of .*, whose pixels are in others"):
        read_image(tmp_path / "lens.h5")
    with h5py.File(tmp_path / "source.h5", "w") as file:
        file["image"] = IMAGE
    layout = h5py.VirtualLayout(IMAGE.shape, IMAGE.dtype)
    layout[:] = h5py.VirtualSource(str(tmp_path / "source.h5"), "image", IMAGE.shape)
    with h5py.File(tmp_path / "virtual.h5", "w") as file:
        file.create_virtual_dataset("image", layout)
    with pytest.raises(InputError, match="pixels in the file itself; got 'image'"):
        read_image(tmp_path / "virtual.h5")


def test_links_to_another_file_are_not_followed(tmp_path):
    with h5py.File(tmp_path / "source.h5", "w") as file:
        file["image"] = IMAGE
    with h5py.File(tmp_path / "lens.h5", "w") as file:
        file["image"] = h5py.ExternalLink(str(tmp_path / "source.h5"), "image")
    with pytest.raises(InputError, match="an image of rows and columns; got none"):
        read_image(tmp_path / "lens.h5")


@pytest.mark.parametrize("options", [{}, {"compression": "gzip", "chunks": (100, 100)}])
def test_pixels_that_no_bytes_stand_for_are_refused(tmp_path, options):
    with h5py.File(tmp_path / "lens.h5", "w") as file:
        file.create_dataset("image", (20_000, 20_000), "f4", fillvalue=1.0, **options)
    with pytest.raises(InputError, match=r"256 MiB in compressed form; got 'image' of .*, 1526 MiB unpacked; save it"):
        read_image(tmp_path / "lens.h5")
