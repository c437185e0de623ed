"""Files that want to run code, to crash a reader, to fill its memory or to leave their folder."""

from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import struct
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import yaml
from astropy.io import fits

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.data.importing.hostile_archives import HOSTILE as ARCHIVES

from lensym.models.packaged import model_folder
from lensym.simulation.recipe import load_recipe

MARK = "mark"
"""File that code of a file would make."""

Write = Callable[[Path], object]

PREDICT = ("predict", "FILE", "--pixel-scale", "0.05")
RECIPE = ("simulate", "FILE", "OUT", "--count", "2")
INFO = ("info", "FILE")


@dataclass(frozen=True)
class Hostile:
    """A file's kind and name, what writes it, and the command that is given it."""

    kind: str
    name: str
    write: Write
    command: tuple[str, ...]


def corpus() -> list[Hostile]:
    """Every file."""
    groups: dict[str, tuple[str, tuple[str, ...], dict[str, Write]]] = {
        "npy": (".npy", PREDICT, arrays()),
        "npz": (".npz", ("import", "FILE", "OUT", "--pixel-scale", "0.05"), array_archives()),
        "FITS": (".fits", PREDICT, telescope_files()),
        "HDF5": (".h5", PREDICT, hdf5_files()),
        "safetensors": ("", INFO, weights()),
        "YAML": (".yaml", RECIPE, recipes()),
        "zip and tar": (
            "",
            ("import", "FILE", "OUT", "--pixel-scale", "0.05"),
            {n: w for n, (w, _) in ARCHIVES.items()},
        ),
    }
    return [
        Hostile(kind, f"{name.replace('/', ' ')}{ending}", write, command)
        for kind, (ending, command, files) in groups.items()
        for name, write in files.items()
    ]


class Runs:
    """A pickle of it calls a function where it is read."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


def npy_bytes(header: bytes, body: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    """A .npy file of any header."""
    length = struct.pack("<H" if version[:1] == b"\x01" else "<I", len(header))
    return b"\x93NUMPY" + version + length + header + body


def object_npy(body: bytes, shape: str = "(1,)") -> Write:
    """Write an object array whose elements are any pickle."""
    header = f"{{'descr': '|O', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return lambda path: path.write_bytes(npy_bytes(header, body))


def arrays() -> dict[str, Write]:
    """.npy files: pickles that run code, crash or fill the memory, and headers that lie."""
    mark = f"open({MARK!r}, 'w')"
    callables: dict[str, Runs] = {
        "system": Runs(os.system, f"touch {MARK}"),
        "eval": Runs(eval, mark),
        "exec": Runs(exec, mark),
        "open": Runs(open, MARK, "w"),
        "popen": Runs(os.popen, f"touch {MARK}"),
        "mkdir": Runs(os.mkdir, MARK),
        "import": Runs(__import__, "os"),
        "fromfile": Runs(np.fromfile, "/etc/passwd"),
        "zeros of a terabyte": Runs(np.zeros, 2**37),
        "frombuffer": Runs(np.frombuffer, b"x" * 8),
        "bytearray of 8 GB": Runs(bytearray, 2**33),
    }
    found: dict[str, Write] = {
        f"{name}, protocol {protocol}": object_npy(pickle.dumps(np.array([runs], dtype=object), protocol))
        for name, runs in callables.items()
        for protocol in (2, 4)
    }
    found |= {
        "global alone": object_npy(b"cos\nsystem\n(S'touch mark'\ntR."),
        "instance": object_npy(b"(S'touch mark'\nios\nsystem\n."),
        "extension": object_npy(b"\x80\x02\x82\x01."),
        "persistent": object_npy(b"P1\n."),
        "memo of a terabyte": object_npy(b"\x80\x02Nr\xff\xff\xff\xffh\x00."),
        "long string": object_npy(b"\x80\x02X\xff\xff\xff\x7fa."),
        "deep marks": object_npy(b"\x80\x02" + b"(" * 200_000 + b"."),
        "deep tuples": object_npy(b"\x80\x02N" + b"\x85" * 200_000 + b"."),
        "growing lists": object_npy(b"\x80\x02]" + b"q\x00h\x00h\x00e" * 50_000 + b"."),
        "empty": object_npy(b""),
        "no end": object_npy(b"\x80\x02N" * 10),
        "list in itself": object_npy(b"\x80\x02]q\x00h\x00a."),
        "huge shape": object_npy(b"\x80\x02N.", "(99999999999,)"),
    }
    headers = {
        "code in the header": b"{'descr': '<f8', 'fortran_order': False, 'shape': (open('mark', 'w'),)}\n",
        "a terabyte": b"{'descr': '<f8', 'fortran_order': False, 'shape': (400000, 400000), }\n",
        "negative": b"{'descr': '<f8', 'fortran_order': False, 'shape': (-8, 8), }\n",
        "overflow": b"{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296), }\n",
        "many axes": b"{'descr': '<f8', 'fortran_order': False, 'shape': (" + b"1, " * 5000 + b"), }\n",
        "deep": b"{'descr': " + b"(" * 20_000 + b")" * 20_000 + b", 'fortran_order': False, 'shape': (8, 8), }\n",
        "no keys": b"{}\n",
        "not text": bytes(range(256)) * 4,
        "structure": b"{'descr': [('a', '<f8'), ('b', '|O')], 'fortran_order': False, 'shape': (8, 8), }\n",
        "times": b"{'descr': '<M8[s]', 'fortran_order': False, 'shape': (8, 8), }\n",
        "text of a gigabyte": b"{'descr': '<U268435456', 'fortran_order': False, 'shape': (1,), }\n",
    }
    found |= {f"header: {name}": partial(_put, npy_bytes(header, bytes(512))) for name, header in headers.items()}
    good = npy_bytes(b"{'descr': '<f8', 'fortran_order': False, 'shape': (32, 32), }\n", bytes(8192))
    found |= {
        "cut": partial(_put, good[:5000]),
        "version 9": partial(_put, good[:6] + b"\x09\x00" + good[8:]),
        "header longer than the file": partial(_put, b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**31) + b"{"),
        "magic alone": partial(_put, b"\x93NUMPY"),
        "nothing": partial(_put, b""),
        "a bare pickle": partial(_put, pickle.dumps(Runs(os.system, f"touch {MARK}"))),
    }
    return found


def _put(content: bytes, path: Path) -> None:
    path.write_bytes(content)


def array_archives() -> dict[str, Write]:
    """.npz files."""

    def members(content: dict[str, bytes], path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, part in content.items():
                archive.writestr(name, part)

    def arrays_of(path: Path) -> None:
        np.savez(path, cdm=np.array([Runs(os.system, f"touch {MARK}")], dtype=object))

    zeros = npy_bytes(
        b"{'descr': '<f8', 'fortran_order': False, 'shape': (20000, 10000), }\n", bytes(1_600_000_000 // 8)
    )
    return {
        "code": arrays_of,
        "bomb": partial(members, {"cdm.npy": zeros}),
        "out": partial(members, {"../../cdm.npy": zeros[:600]}),
        "no arrays": partial(members, {"cdm.npy": b"hello"}),
        "nothing": partial(members, {}),
        "cut": lambda path: (arrays_of(path), path.write_bytes(path.read_bytes()[:-40])),
    }


def card(text: str) -> bytes:
    """A line of a FITS header."""
    return text.ljust(80).encode()


def fits_bytes(*cards: str, body: bytes = b"") -> bytes:
    """A FITS file of any header."""
    head = b"".join(map(card, (*cards, "END")))
    pad = (-len(head)) % 2880
    return head + b" " * pad + body + bytes((-len(body)) % 2880)


def telescope_files() -> dict[str, Write]:
    """FITS files."""

    def compressed(change: Callable[[bytes], bytes]) -> Write:
        def write(path: Path) -> None:
            pixels = np.random.default_rng(0).integers(0, 99, (64, 64)).astype(np.int32)
            fits.HDUList([fits.PrimaryHDU(), fits.CompImageHDU(pixels)]).writeto(path)
            path.write_bytes(change(path.read_bytes()))

        return write

    start = ("SIMPLE  =                    T", "BITPIX  =                  -64", "NAXIS   =                    2")

    def sized(x: object, y: object) -> tuple[str, ...]:
        return (*start, f"NAXIS1  = {x:>20}", f"NAXIS2  = {y:>20}")

    whole = fits_bytes(*sized(32, 32), body=bytes(8192))
    return {
        "a terabyte": partial(_put, fits_bytes(*sized(400_000, 400_000), body=bytes(2880))),
        "negative": partial(_put, fits_bytes(*sized(-32, 32), body=bytes(2880))),
        "overflow": partial(_put, fits_bytes(*sized(2**62, 4), body=bytes(2880))),
        "text for a size": partial(_put, fits_bytes(*sized("'many'", 4), body=bytes(2880))),
        "999 axes": partial(_put, fits_bytes(*start[:2], "NAXIS   =                  999", body=bytes(2880))),
        "no such type": partial(
            _put, fits_bytes(start[0], "BITPIX  =                   13", start[2], body=bytes(2880))
        ),
        "no end": partial(_put, b"".join(map(card, start)) * 400),
        "cut in the header": partial(_put, whole[:100]),
        "cut in the pixels": partial(_put, whole[:6000]),
        "not a number": partial(_put, fits_bytes(*sized(32, 32), body=np.full((32, 32), np.nan, ">f8").tobytes())),
        "infinite": partial(_put, fits_bytes(*sized(32, 32), body=np.full((32, 32), np.inf, ">f8").tobytes())),
        "continued for ever": partial(
            _put, fits_bytes(*sized(32, 32), "LONG    = 'a&'", *(["CONTINUE  'b&'"] * 20_000), body=bytes(8192))
        ),
        "image of a terabyte in tiles": compressed(
            lambda b: b.replace(b"ZNAXIS1 =                   64", b"ZNAXIS1 =         400000000000")
        ),
        "unknown compression": compressed(lambda b: b.replace(b"RICE_1", b"RICE_9")),
        "damaged tiles": compressed(lambda b: b[:-2880] + bytes(2880)),
        "gzip bomb": lambda path: path.write_bytes(
            gzip.compress(fits_bytes(*sized(12_000, 12_000), body=bytes(1_152_000_000)), 1)
        ),
        "not FITS": partial(_put, b"SIMPLE" + bytes(10_000)),
        "nothing": partial(_put, b""),
    }


def hdf5_files() -> dict[str, Write]:
    """HDF5 files."""

    def made(work: Callable[[h5py.File], object]) -> Write:
        def write(path: Path) -> None:
            with h5py.File(path, "w") as file:
                work(file)

        return write

    whole = io.BytesIO()
    with h5py.File(whole, "w") as file:
        file["image"] = np.zeros((32, 32))
    content = whole.getvalue()
    layout = h5py.VirtualLayout((32, 32), "f8")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (32, 32))
    return {
        "pixels of another file": made(
            lambda f: f.create_dataset("image", (8, 8), "u1", external=[("/etc/passwd", 0, 64)])
        ),
        "link to another file": made(lambda f: f.__setitem__("image", h5py.ExternalLink("/etc/passwd", "/x"))),
        "link to itself": made(lambda f: f.__setitem__("image", h5py.SoftLink("/image"))),
        "virtual": made(lambda f: f.create_virtual_dataset("image", layout)),
        "a terabyte": made(lambda f: f.create_dataset("image", (400_000, 400_000), "f8", chunks=(100, 100))),
        "a bomb": made(
            lambda f: f.create_dataset("image", (20_000, 20_000), "f8", chunks=(2000, 2000), compression="gzip")
        ),
        "text": made(lambda f: f.__setitem__("image", "hello")),
        "nothing in it": made(lambda f: None),
        "many groups": made(lambda f: [f.create_group(f"a/{k}") for k in range(3000)]),
        "cut": partial(_put, content[: len(content) // 2]),
        "damaged": partial(_put, content[:200] + bytes(200) + content[400:]),
        "magic alone": partial(_put, content[:8]),
    }


def weights() -> dict[str, Write]:
    """Model folders whose weights or config are not what they say."""
    source = model_folder("lensnet")
    config = json.loads((source / "config.json").read_text("utf-8"))
    tensors = (source / "model.safetensors").read_bytes()
    length = struct.unpack("<Q", tensors[:8])[0]
    header = tensors[8 : 8 + length]

    def folder(content: bytes | None = None, **changes: Any) -> Write:
        def write(path: Path) -> None:
            path.mkdir()
            (path / "model.safetensors").write_bytes(tensors if content is None else content)
            (path / "config.json").write_text(json.dumps({**config, **changes}, indent=2))

        return write

    def with_header(text: bytes) -> bytes:
        return struct.pack("<Q", len(text)) + text + tensors[8 + length :]

    return {
        "header of an exabyte": folder(struct.pack("<Q", 2**60) + tensors[8:]),
        "header not JSON": folder(with_header(b"{" * 1000)),
        "header deep": folder(with_header(b"[" * 100_000 + b"]" * 100_000)),
        "offsets beyond": folder(with_header(header.replace(b'"data_offsets":[0,', b'"data_offsets":[9999999999,'))),
        "no such type": folder(with_header(header.replace(b"F32", b"F99"))),
        "a pickle": folder(pickle.dumps(Runs(os.system, f"touch {MARK}"))),
        "cut": folder(tensors[: len(tensors) // 2]),
        "nothing": folder(b""),
        "another hash": folder(weights_sha256="0" * 64),
        "code for a network": folder(architecture="os.system('touch mark')"),
        "path for a network": folder(architecture="../../x"),
        "huge image": folder(image_size=10**9),
        "negative image": folder(image_size=-1),
        "other classes": folder(classes=["axion", "cdm", "no_sub"]),
        "config deep": lambda path: (path.mkdir(), (path / "config.json").write_text("[" * 100_000)),
        "pickled weights": lambda path: (path.mkdir(), (path / "model.pt").write_bytes(b"x")),
    }


def recipes() -> dict[str, Write]:
    """YAML files."""
    plain = yaml.safe_dump(load_recipe("model_1").to_dict(), sort_keys=False)
    laughs = "".join(f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]\n" for k in range(1, 12))
    texts = {
        "python tag": f"!!python/object/apply:os.system ['touch {MARK}']\n",
        "python tag in a value": plain.replace(
            "name: model_1", f"name: !!python/object/apply:os.system ['touch {MARK}']"
        ),
        "python name": "name: !!python/name:os.system\n",
        "python module": "name: !!python/module:os\n",
        "python new": f"name: !!python/object/new:os.system ['touch {MARK}']\n",
        "billion laughs": "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + laughs,
        "in itself": "a: &a [*a]\n",
        "deep": "a: " + "[" * 3000 + "]" * 3000 + "\n",
        "unclosed": "a: [1, 2\n",
        "two documents": plain + "---\n" + plain,
        "two keys": plain + "name: other\n",
        "not text": "\x00\x01\x02",
        "nothing": "",
        "a list": "- 1\n- 2\n",
        "a number": "42\n",
        "not a number": plain.replace("size: 150", "size: .nan"),
        "infinite": plain.replace("pixel_scale: 0.05", "pixel_scale: .inf"),
        "huge": plain.replace("size: 150", "size: 100000000"),
        "negative": plain.replace("size: 150", "size: -150"),
        "unknown key": plain + "command: touch mark\n",
        "name with a path": plain.replace("no_sub", "../../no_sub"),
    }
    return {name: partial(_put, text.encode("utf-8", "surrogateescape")) for name, text in texts.items()}
