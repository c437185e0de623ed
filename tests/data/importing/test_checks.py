import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lensym.data.importing.checks import canonical_digest, narrowest_dtype, require_image, smallest_copy
from lensym.errors import InputError

IMAGES = arrays(np.float64, st.tuples(st.sampled_from([1, 3]), *[st.just(4)] * 2), elements=st.integers(0, 3))


def copies(pixels):
    turned = [np.rot90(pixels, k, (1, 2)) for k in range(4)]
    return turned + [copy[:, ::-1] for copy in turned]


@settings(max_examples=40)
@given(IMAGES)
def test_all_eight_copies_share_the_digest(pixels):
    assert len({canonical_digest(copy, "uint16") for copy in copies(pixels)}) == 1


@settings(max_examples=40)
@given(IMAGES, IMAGES)
def test_only_copies_share_the_digest(a, b):
    same = any(np.array_equal(copy, b) for copy in copies(a))
    assert (canonical_digest(a, "uint16") == canonical_digest(b, "uint16")) == same


@settings(max_examples=40)
@given(IMAGES)
def test_the_smallest_copy_is_that_of_all_eight(pixels):
    assert smallest_copy(pixels, "float32") == min(copy.astype("float32").tobytes() for copy in copies(pixels))


def test_channels_in_another_order_are_another_image():
    pixels = np.random.default_rng(0).random((3, 4, 4))
    assert canonical_digest(pixels, "float64") != canonical_digest(pixels[::-1], "float64")


def test_the_kind_of_number_does_not_matter():
    pixels = np.random.default_rng(0).poisson(9, (1, 4, 4))
    kinds = (np.int64, np.uint8, np.float32, np.float64)
    assert len({canonical_digest(pixels.astype(kind), "uint16") for kind in kinds}) == 1
    zero, minus = np.eye(4)[None], np.where(np.eye(4)[None] == 0, -0.0, 1.0)
    assert canonical_digest(zero, "float64") == canonical_digest(minus, "float64")


@settings(max_examples=40)
@given(arrays(np.float64, (1, 2, 2), elements=st.floats(allow_nan=False, allow_infinity=False)))
def test_the_chosen_dtype_changes_no_value(pixels):
    np.testing.assert_array_equal(pixels.astype(narrowest_dtype(pixels)).astype(np.float64), pixels)


@pytest.mark.parametrize(
    ("value", "kind", "dtype"),
    [
        (65535, np.int64, "uint16"),
        (-1, np.int16, "float32"),
        (2**24 + 1, np.int64, "float64"),
        (0.1, np.float64, "float64"),
        (0.1, np.float32, "float32"),
        (1e300, np.float64, "float64"),
    ],
)
def test_the_narrowest_dtype(value, kind, dtype):
    assert narrowest_dtype(np.full((1, 2, 2), value, kind)) == dtype


def test_whole_numbers_that_no_float_holds_are_refused():
    with pytest.raises(InputError, match="numbers that float64 holds exactly"):
        narrowest_dtype(np.full((1, 2, 2), 2**53 + 1))


@pytest.mark.parametrize(
    ("pixels", "message"),
    [
        (np.ones((1, 4, 4)), "not constant; got 1 everywhere"),
        (np.arange(12.0).reshape(1, 3, 4), "as high as wide; got 3 x 4"),
        (np.where(np.eye(4)[None] == 1, np.nan, 1.0), "of finite numbers; got 4 pixels"),
        (np.where(np.eye(4)[None] == 1, np.inf, 1.0), "of finite numbers; got 4 pixels"),
    ],
)
def test_images_that_nobody_can_learn_from(pixels, message):
    with pytest.raises(InputError, match=message):
        require_image(pixels)
    require_image(np.eye(4)[None])
