import numpy as np
import pytest

from lensym.data.readers import describe, read_image
from lensym.data.readers.npy import read_sample
from lensym.errors import InputError, UsageError

from .genuine import filled

RNG = np.random.default_rng(3)


@pytest.fixture
def save(tmp_path):
    def save(array, **options):
        path = tmp_path / "lens.npy"
        np.save(path, array, **options)
        return path

    return save


@pytest.mark.parametrize("dtype", ["u1", ">u2", "<i8", "f2", ">f8"])
def test_plain_arrays(save, dtype):
    image = RNG.integers(0, 100, (6, 8)).astype(dtype)
    frame = read_image(save(image))
    np.testing.assert_array_equal(frame.pixels, image[None].astype(float))
    assert (frame.hdu, frame.pixel_scale, frame.format) == (None, None, "npy")


def test_channels_first_and_last(save):
    image = RNG.normal(size=(3, 6, 8))
    np.testing.assert_array_equal(read_image(save(image)).pixels, image)
    np.testing.assert_array_equal(read_image(save(np.moveaxis(image, 0, 2))).pixels, image)
    np.testing.assert_array_equal(read_image(save(image[:1])).pixels, image[:1])


@pytest.mark.parametrize("shape", [(), (7,), (3, 6, 3), (5, 6, 8), (0, 6), (2, 1, 6, 6)])
def test_other_shapes_are_no_image(save, shape):
    with pytest.raises(InputError, match="an image of rows and columns"):
        read_image(save(RNG.normal(size=shape)))


@pytest.mark.parametrize("shape", [(5, 6, 8), (5, 1, 6, 8)])
def test_a_plane_of_a_stack_as_the_refusal_names_it(save, shape):
    stack = RNG.normal(size=shape)
    path = save(stack)
    for wrong in (None, "None[0]"):
        with pytest.raises((InputError, UsageError), match=r"or take one plane with --hdu '\[0\]'$"):
            read_image(path, wrong)
    frame = read_image(path, "[2]")
    np.testing.assert_array_equal(frame.pixels, stack[2].reshape(1, 6, 8))
    assert frame.hdu == "[2]"


def test_what_has_no_planes_is_offered_none(save):
    with pytest.raises(InputError, match=r"; give another file$"):
        read_image(save(RNG.normal(size=7)))
    with pytest.raises(UsageError, match=r"; leave it out$"):
        read_image(save(RNG.normal(size=(6, 8))), "SCI")


def test_objects_are_refused_and_never_loaded(save, tmp_path):
    class Trap:
        def __reduce__(self):
            return (tmp_path.joinpath("sprung").touch, ())

    image = np.empty(2, object)
    image[:] = [RNG.normal(size=(4, 4)), Trap()]
    with pytest.raises(InputError, match=r"the name .*, whose code would run"):
        read_image(save(image, allow_pickle=True))
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("beside", [(1.5e-23,), ("axion", 3), (np.float64(2.0),), ()])
def test_the_image_of_an_object_array_and_what_is_beside_it(save, beside):
    image = RNG.integers(0, 100, (6, 8))
    path = save(filled([image, *beside]), allow_pickle=True)
    np.testing.assert_array_equal(read_image(path).pixels, image[None].astype(float))
    assert read_sample(path).beside == beside


@pytest.mark.parametrize("label", [(), (2,), ("cdm",)])
def test_other_forms_of_object_arrays(save, label):
    image = RNG.normal(size=(8, 8))
    forms = [[*image.ravel().tolist(), *label], [image.ravel(), *label] if label else list(image)]
    for form in forms:
        found = read_sample(save(filled(form), allow_pickle=True))
        np.testing.assert_array_equal(found.pixels, image)
        assert found.beside == label


@pytest.mark.parametrize("form", [[1.0, 2.0], [np.ones((3, 3)), np.ones((3, 3))], [np.ones(7), 1], [*"abcdefghi"]])
def test_object_arrays_in_which_no_image_is_to_be_told(save, form):
    with pytest.raises(InputError, match="an object array of numbers and one image"):
        read_image(save(filled(form), allow_pickle=True))


def test_numpys_other_spellings_of_a_header(save):
    path = save(np.asfortranarray(RNG.normal(size=(6, 8))))
    frame = read_image(path)
    path.write_bytes(path.read_bytes().replace(b"(6, 8), }  ", b"(6L, 8L), }"))  # as under Python 2
    np.testing.assert_array_equal(read_image(path).pixels, frame.pixels)


@pytest.mark.parametrize(
    "header",
    [b"{'descr': '<f8', 'fortran_order': False, 'shape': (4, 4) + (), }", b"-" * 9000 + b"1", b"(" * 9000, b"{"],
)
def test_a_header_that_is_a_program_of_its_own(tmp_path, header):
    path = tmp_path / "lens.npy"
    path.write_bytes(b"\x93NUMPY\x01\x00" + (len(header) + 1).to_bytes(2, "little") + header + b"\n" + bytes(128))
    with pytest.raises(InputError, match="none that numpy writes"):
        read_image(path)


@pytest.mark.parametrize("array", [np.ones((4, 4), complex), np.ones((4, 4), bool), np.full((4, 4), "a")])
def test_other_types_are_refused(save, array):
    with pytest.raises(InputError, match=r"an array of numbers; got .* with dtype"):
        read_image(save(array))


@pytest.mark.parametrize("keep", [7, 20, 100, 128, 200])
def test_a_truncated_file_is_refused(save, keep):
    path = save(RNG.normal(size=(8, 8)))
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(InputError, match=r"a readable \.npy file"):
        read_image(path)


def test_a_header_that_claims_more_than_there_is(save):
    path = save(RNG.normal(size=(8, 8)))
    path.write_bytes(path.read_bytes().replace(b"(8, 8)", b"(8000000000, 8000000000)"))
    with pytest.raises(InputError, match=r"a readable \.npy file"):
        read_image(path)


def test_an_extension_has_no_place_here(save):
    with pytest.raises(UsageError, match="whose format has no names"):
        read_image(save(RNG.normal(size=(8, 8))), "SCI")


def test_description(save):
    found = describe(save(RNG.normal(size=(8, 8))))
    assert (found["format"], found["taken"], found["images"][0]["shape"]) == ("npy", "the only array", [8, 8])
