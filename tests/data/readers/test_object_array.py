"""Genuine files of eight numpy versions, hostile programs, and mutations of the genuine ones."""

import io
import pickle
import re
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lensym.data.readers import object_array
from lensym.data.readers.object_array import read_object_array, run_object_array
from lensym.data.readers.program import MOST_STEPS, UnreadableError

from . import genuine, mutations
from .mutations import files, read

VERSIONS = ("1.23.5", "1.24.4", "1.25.2", "1.26.4", "2.0.2", "2.1.3", "2.2.6", "2.3.5")
MUTATIONS = 50_000
"""Of each of the two parts."""


def expected(name):
    """Elements of a genuine file."""
    form, kind = Path(name).stem.split("-")[:2]
    order = ">" if "-big" in name else genuine_order(kind)
    return genuine.arrays(order + kind)[form]


def genuine_order(kind):
    return next(d[0] for d in genuine.DTYPES if d[1:] == kind)


def same(a, b):
    """Equal to the last bit, in kind too."""
    if isinstance(a, np.ndarray):
        return (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
    return type(a) is type(b) and a == b


@pytest.mark.parametrize("version", VERSIONS)
def test_genuine_files_are_read_to_the_last_bit(version):
    found = {name: content for name, content in files().items() if name.startswith(version + "/")}
    assert len(found) == len(genuine.DTYPES) * len(genuine.arrays("<f8")) * (len(genuine.PROTOCOLS) + 1)
    for name, content in found.items():
        elements = read(content)
        assert len(elements) == len(expected(name)), name
        assert all(map(same, elements, expected(name))), name


@pytest.mark.parametrize("form", ["mass", "order", "numpy_mass", "numpy_label"])
def test_a_program_that_was_met_gives_what_running_it_gives(form):
    """The fast way and its slow twin agree on mutations of the bytes everywhere, and of the values alone."""
    rng = np.random.default_rng(0)
    for protocol in (3, 4):
        elements = {"mass": [large(0), 1e-23], "order": [np.asfortranarray(large(0)), 1e-23]}
        elements |= {"numpy_mass": [large(0), np.float64(1e-23)], "numpy_label": [large(0), np.str_("no"), 3]}
        code = program(*elements[form], protocol=protocol)
        shape = (len(elements[form]),)
        fast = 0
        for _ in range(300):
            read_object_array(code, shape)  # it is met
            other = bytearray(code)
            other[rng.integers(len(code))] ^= 1 << rng.integers(8)
            other[rng.choice([rng.integers(200), len(code) - 1 - rng.integers(60), rng.integers(len(code))])] = (
                rng.integers(256)
            )
            fast += met_as(bytes(other), shape)
        assert fast > 50


def large(seed):
    return np.random.default_rng(seed).poisson(20, (20, 30))


def met_as(code, shape):
    """Whether both ways give elements; they must give the same."""
    answers = []
    for way in (read_object_array, lambda *given: run_object_array(*given)[0]):
        try:
            answers.append(way(code, shape))
        except UnreadableError as error:
            answers.append(str(error))
    fast, slow = answers
    if isinstance(fast, str) or isinstance(slow, str):
        assert fast == slow
        return False
    assert len(fast) == len(slow)
    assert all(same(a, b) or a != a for a, b in zip(fast, slow, strict=True) if not isinstance(a, np.ndarray))
    assert all(same(a, b) for a, b in zip(fast, slow, strict=True) if isinstance(a, np.ndarray))
    return True


def test_the_fast_way_is_taken(monkeypatch):
    read_object_array(program(large(0), 1e-23), (2,))
    monkeypatch.setattr(object_array, "run_object_array", None)
    image, mass = read_object_array(program(large(1), 2e-23), (2,))
    np.testing.assert_array_equal(image, large(1))
    assert mass == 2e-23


def test_one_other_value_is_seen():
    name = "2.3.5/mass-f8-p4.npy"
    content = files()[name]
    place = content.index(np.float64(250).tobytes()) if np.float64(250).tobytes() in content else 400
    changed = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
    assert not all(map(same, read(changed), expected(name)))


class Call:
    """Pickles as a call of ``function`` with ``arguments``."""

    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments

    def __reduce__(self):
        return self.function, self.arguments


def program(*elements, protocol=4):
    """What ``np.save`` writes behind the header for an object array of the elements."""
    return pickle.dumps(genuine.filled(elements), protocol=protocol)


def deep(depth):
    """A tuple in a tuple in a tuple."""
    return b"\x80\x04" + b")" + b"\x85" * depth + b"."


HOSTILE = {
    "a command": program(Call(exec, "raise SystemExit")),
    "a file": program(Call(open, "/etc/passwd")),
    "getattr": program(Call(getattr, "a", "upper")),
    "numpy's own loader": program(Call(np.load, "x.npy", "r", True)),
    "an eval of old": b"cposix\nsystem\n(S'true'\ntR.",
    "a class by copyreg": program(re.compile("a")),
    "a persistent number": b"\x80\x04\x8c\x011Q.",
    "an instance": b"\x80\x02(cnumpy\nndarray\no.",
    "a new object": b"\x80\x02cnumpy\nndarray\n)\x81.",
    "an extension": b"\x80\x02\x82\x01.",
    "a dictionary": program({"a": 1}),
    "a set": program({1}),
    "protocol 5": program(np.ones(3), protocol=5),
    "protocol 0": program(np.ones(3), protocol=0),
    "fields": program(np.zeros(2, [("a", "f8")])),
    "dates": program(np.zeros(2, "M8[s]")),
    "complex numbers": program(np.zeros(2, complex)),
    "bytes": program(np.zeros(2, "S3")),
    "objects in objects": program(genuine.filled([1, 2])),
    "none": program(None),
    "a list": program([1, 2]),
    "a huge number": program(1 << 70),
    "a subclass of arrays": program(np.ma.ones(3)),
    "a dtype alone": pickle.dumps(np.dtype("f8"), 4),
    "a plain array": pickle.dumps(np.ones(2), 4),
    "nothing": b"",
    "an end": b"\x80\x04.",
    "a mark": b"\x80\x04(.",
    "deep": deep(90_000),
    "a tuple of itself": b"\x80\x04]\x94h\x00a.",
    "many marks": b"\x80\x04" + b"(" * 45_000 + b"t" * 45_000 + b".",
    "endless": b"\x80\x04" + b"N" * (2 * MOST_STEPS),
    "a long text": b"\x80\x04\x8d" + (2**62).to_bytes(8, "little") + b"abc",
    "long bytes": b"\x80\x04B" + (2**31 - 1).to_bytes(4, "little") + b"abc",
    "a long frame": b"\x80\x04\x95" + (2**62).to_bytes(8, "little") + b".",
    "a memory that is not there": b"\x80\x04h\x07.",
    "a far memory": b"\x80\x04Nr\xff\xff\xff\xffj\xff\xff\xff\xff.",
    "a state for a number": b"\x80\x04K\x01N" + b"b.",
    "a call of a number": b"\x80\x04K\x01)R.",
    "a call of a class": b"\x80\x04cnumpy\nndarray\n)R.",
    "an array of no state": b"\x80\x04cnumpy._core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R.",
    "two things": program(1)[:-1] + b"N.",
    "text that is none": b"\x80\x04\x8c\x02\xff\xff.",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_programs_are_refused(name):
    with pytest.raises(UnreadableError):
        read_object_array(HOSTILE[name], (1,))


def test_the_negative_control_a_harmless_program_of_the_same_make_is_read():
    assert read_object_array(program(1.5), (1,)) == [1.5]


def test_python_would_have_run_it(tmp_path):
    trap = program(Call(Path.touch, tmp_path / "sprung"))
    with pytest.raises(UnreadableError, match="whose code would run"):
        read_object_array(trap, (1,))
    assert not (tmp_path / "sprung").exists()
    pickle.loads(trap)
    assert (tmp_path / "sprung").exists()


def test_what_repeats_itself_takes_no_more_than_the_file():
    text = "a" * 100_000
    start = b"\x80\x02c_codecs\nencode\nq\x00X" + len(text).to_bytes(4, "little") + text.encode() + b"q\x01"
    again = start + b"X\x06\x00\x00\x00latin1q\x02" + b"h\x00h\x01h\x02\x86R" * 10_000 + b"."
    tracemalloc.start()
    with pytest.raises(UnreadableError, match="more bytes than the file has"):
        read_object_array(again, (1,))
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


def test_shape_and_length_are_those_of_the_header():
    code = program(1, 2)
    with pytest.raises(UnreadableError, match=r"a header of shape \(3,\) before an array of shape \(2,\)"):
        read_object_array(code, (3,))
    with pytest.raises(UnreadableError, match="4 bytes behind its end"):
        read_object_array(code + b"more", (2,))


@pytest.mark.parametrize("seed", range(2))
def test_mutations_give_a_refusal_or_a_well_typed_image(seed):
    # in a process of its own, without the checks of shapes that tests have and that take most of the time
    command = [sys.executable, mutations.__file__, str(MUTATIONS), str(seed)]
    refused = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert 0.1 * MUTATIONS < refused < MUTATIONS  # both ends are met


@given(st.binary(max_size=60))
def test_noise_is_refused(noise):
    with pytest.raises(UnreadableError):
        read_object_array(noise, (1,))


@given(st.integers(2, 4), st.lists(st.one_of(st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), st.text())))
def test_whatever_numpy_writes_of_plain_values(protocol, values):
    buffer = io.BytesIO()
    pickle.dump(genuine.filled(values), buffer, protocol=protocol)
    assert read_object_array(buffer.getvalue(), (len(values),)) == values
