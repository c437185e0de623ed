import numba
import numpy as np
import pytest

from lensym.physics.philox import BLOCK, philox, philox_block, philox_generator, philox_words

# Random123's file of known answers: counter, key, words
KNOWN = {
    "zeros": ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    "ones": ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    "pi": (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
}


@numba.njit
def kernel_words(counters, keys, out):
    for i in range(counters.shape[0]):
        c, k = counters[i], keys[i]
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = philox(c[0], c[1], c[2], c[3], k[0], k[1])


def compiled(counters, keys):
    out = np.empty((len(counters), 4), np.uint32)
    kernel_words(np.asarray(counters, np.uint32), np.asarray(keys, np.uint32), out)
    return out


@pytest.mark.parametrize("case", KNOWN)
def test_published_answers(case):
    counter, key, words = KNOWN[case]
    assert tuple(philox_words(counter, key).tolist()) == words
    assert tuple(compiled([counter], [key])[0].tolist()) == words


def test_the_compiled_version_is_the_plain_one_bit_by_bit():
    rng = np.random.default_rng(0)
    counters = rng.integers(0, 2**32, (500, 4), dtype=np.uint32)
    keys = rng.integers(0, 2**32, (500, 2), dtype=np.uint32)
    plain = [philox_words(tuple(c), tuple(k)) for c, k in zip(counters.tolist(), keys.tolist(), strict=True)]
    np.testing.assert_array_equal(compiled(counters, keys), np.stack(plain))


def test_many_counters_at_once_are_the_same_as_one_by_one():
    counters = np.arange(24, dtype=np.uint32).reshape(2, 3, 4)
    words = philox_words(counters, (1, 2))
    assert words.shape == (2, 3, 4)
    np.testing.assert_array_equal(words[1, 2], philox_words(tuple(counters[1, 2].tolist()), (1, 2)))


def test_a_block_holds_the_words_of_its_counters():
    words = np.empty(BLOCK, np.uint32)
    philox_block(3, 2, *(np.uint32(n) for n in (11, 12, 13, 14)), words)
    quarter = BLOCK // 4
    expected = [philox_words((3 * quarter + p % quarter, 11, 12, 2), (13, 14))[p // quarter] for p in range(BLOCK)]
    np.testing.assert_array_equal(words, expected)


def test_the_generator_is_numpys_at_its_counter_and_key():
    counter, key = np.array([0, 7, 2, 3], np.uint64), np.array([2**63 - 1, 1], np.uint64)
    expected = np.random.Generator(np.random.Philox(key=key, counter=counter))
    found = philox_generator(counter, key)
    np.testing.assert_array_equal(found.random(9), expected.random(9))
    np.testing.assert_array_equal(found.poisson(30.0, 9), expected.poisson(30.0, 9))
    assert found.random() != philox_generator(counter, key + np.uint64(1)).random()
