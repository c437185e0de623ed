"""Archives that nobody packs in good faith, each with the words that refuse it."""

import gzip
import io
import stat
import struct
import tarfile
import zipfile
from functools import partial

import numpy as np


def npy(seed=0):
    buffer = io.BytesIO()
    np.save(buffer, np.random.default_rng(seed).poisson(20, (8, 8)))
    return buffer.getvalue()


def good_member():
    return "cdm/0.npy", npy()


def write_zip(path, members, change=lambda info: None, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members:
            info = zipfile.ZipInfo("x")
            info.filename = name  # ZipInfo's constructor would mend it
            info.compress_type = method
            change(info)
            archive.writestr(info, content)
    return path


def write_zip_of(mode, path):
    def change(info):
        info.external_attr = mode << 16

    write_zip(path, [("cdm/0.npy", b"/etc/passwd")], change)


def changed_zip(old, new, path):
    """A good archive whose bytes are changed, in the member's header and the directory's."""
    write_zip(path, [good_member()])
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))


def flagged_zip(flags, path):
    """With other flags in both headers."""
    write_zip(path, [good_member()])
    content = bytearray(path.read_bytes())
    directory = content.index(b"PK\x01\x02")
    struct.pack_into("<H", content, 6, flags)
    struct.pack_into("<H", content, directory + 8, flags)
    path.write_bytes(content)


def method_zip(method, path):
    write_zip(path, [good_member()])
    content = bytearray(path.read_bytes())
    directory = content.index(b"PK\x01\x02")
    struct.pack_into("<H", content, 8, method)
    struct.pack_into("<H", content, directory + 10, method)
    path.write_bytes(content)


def claiming_zip(size, path):
    """A member that claims another size than it has."""
    write_zip(path, [good_member()])
    content = bytearray(path.read_bytes())
    directory = content.index(b"PK\x01\x02")
    struct.pack_into("<I", content, 22, size)
    struct.pack_into("<I", content, directory + 24, size)
    path.write_bytes(content)


def overlapping_zip(path):
    """Many names for the bytes of one member, as in Fifield's bomb."""
    write_zip(path, [("cdm/0.npy", bytes(10**6))], method=zipfile.ZIP_DEFLATED)
    content = path.read_bytes()
    directory, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    entry = content[directory:end]
    entries = b"".join(entry.replace(b"cdm/0.npy", f"cdm/{k}.npy".encode()) for k in range(10))
    tail = bytearray(content[end:])
    struct.pack_into("<HHI", tail, 8, 10, 10, len(entries))
    path.write_bytes(content[:directory] + entries + tail)


def zip_bomb(path):
    write_zip(path, [("cdm/0.npy", bytes(50_000_000))], method=zipfile.ZIP_DEFLATED)


def shared_zip_bomb(path):
    write_zip(path, [(f"cdm/{k}.npy", bytes(2_000_000)) for k in range(30)], method=zipfile.ZIP_DEFLATED)


def truncated_zip(keep, path):
    write_zip(path, [good_member(), ("cdm/1.npy", npy(1))])
    path.write_bytes(path.read_bytes()[:keep])


def tar_of(members, mode="w"):
    """Bytes of an archive; members are (TarInfo or name, content)."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode, format=tarfile.GNU_FORMAT) as archive:
        for name, content in members:
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def write_tar(members, path, mode="w"):
    path.write_bytes(tar_of(members, mode))


def special_tar(kind, path, name="cdm/1.npy", target="/etc/passwd"):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    write_tar([good_member(), (info, b"")], path)


def truncated_tar(keep):
    def write(path):
        path.write_bytes(tar_of([good_member(), ("cdm/1.npy", npy(1))])[:keep])

    return write


def damaged_tar(path):
    """The second member's header is damaged: what follows would be lost without a word."""
    content = bytearray(tar_of([good_member(), ("cdm/1.npy", npy(1)), ("cdm/2.npy", npy(2))]))
    content[content.index(b"cdm/1.npy")] ^= 1
    path.write_bytes(content)


def sparse_tar(path):
    """A file of 8 GB with one hole."""
    info = tarfile.TarInfo("cdm/1.npy")
    info.type = tarfile.GNUTYPE_SPARSE
    block = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    block[386:410] = b"%011o\0%011o\0" % (0, 0)
    block[483:495] = b"%011o\0" % (2**33 - 1)
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    path.write_bytes(bytes(block) + bytes(1024))


def huge_tar(path):
    """A member that claims far more than there is."""
    info = tarfile.TarInfo("cdm/1.npy")
    info.size = 2**40
    path.write_bytes(info.tobuf(tarfile.GNU_FORMAT) + bytes(4096))


def negative_tar(path):
    """A size below zero."""
    info = tarfile.TarInfo("cdm/1.npy")
    block = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    block[124:136] = b"\xff" * 11 + b"\x00"
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    path.write_bytes(bytes(block) + bytes(4096))


def pax_tar(headers, path):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo("cdm/1.npy")
        info.pax_headers = headers
        archive.addfile(info)
    path.write_bytes(buffer.getvalue())


def long_names_tar(path):
    """One long name after the other, each the name of the next."""
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 10
    path.write_bytes((info.tobuf(tarfile.GNU_FORMAT) + b"a" * 10 + bytes(502)) * 3000 + bytes(1024))


def gzip_bomb(path):
    path.write_bytes(gzip.compress(tar_of([("cdm/0.npy", bytes(60_000_000))])))


def truncated_gzip(path):
    whole = tar_of([(f"cdm/{k}.npy", npy(k)) for k in range(20)], "w:gz")
    path.write_bytes(whole[: len(whole) // 2])


def damaged_gzip(path):
    whole = bytearray(tar_of([(f"cdm/{k}.npy", npy(k)) for k in range(20)], "w:gz"))
    whole[len(whole) // 2] ^= 0xFF
    path.write_bytes(whole)


def gzip_of(content, path):
    path.write_bytes(gzip.compress(content))


_OUT, _ABSOLUTE = "whose names stay in it", "whose names are relative"
_READABLE, _ALONE, _GROWS = "of files with readable names", "an archive of files alone", "grows at most 200 times"
_ZIP, _TAR = "a readable zip file", "a readable tar file"

_NAMES = {
    "out": ("../evil.npy", _OUT),
    "out within": ("cdm/../../evil.npy", _OUT),
    "in again": ("cdm/../cdm/0.npy", _OUT),
    "absolute": ("/tmp/evil.npy", _ABSOLUTE),
    "two slashes": ("//tmp/evil.npy", _ABSOLUTE),
    "drive": ("C:/evil.npy", _ABSOLUTE),
    "line": ("cdm/a\nb.npy", _READABLE),
    "escape": ("cdm/\x1b[2J.npy", _READABLE),
    "next line": ("cdm/\x85.npy", _READABLE),
    "separator": ("cdm/\u2028.npy", _READABLE),
    "long": ("cdm/" + "a" * 3000 + ".npy", _READABLE),
}
_SPECIAL = {
    "symlink": tarfile.SYMTYPE,
    "hard link": tarfile.LNKTYPE,
    "character device": tarfile.CHRTYPE,
    "block device": tarfile.BLKTYPE,
    "pipe": tarfile.FIFOTYPE,
    "unknown type": b"Z",
}
_MODES = {
    "symlink": stat.S_IFLNK,
    "character device": stat.S_IFCHR,
    "block device": stat.S_IFBLK,
    "pipe": stat.S_IFIFO,
    "socket": stat.S_IFSOCK,
}

HOSTILE = {
    **{f"zip: {key}": (partial(write_zip, members=[(name, npy())]), words) for key, (name, words) in _NAMES.items()},
    **{f"tar: {key}": (partial(write_tar, [(name, npy())]), words) for key, (name, words) in _NAMES.items()},
    **{
        f"tgz: {key}": (partial(write_tar, [(name, npy())], mode="w:gz"), words)
        for key, (name, words) in list(_NAMES.items())[:6]
    },
    **{f"tar: {key}": (partial(special_tar, kind), _ALONE) for key, kind in list(_SPECIAL.items())[:5]},
    **{f"zip: {key}": (partial(write_zip_of, mode | 0o644), _ALONE) for key, mode in _MODES.items()},
    "zip: backslashes out": (partial(write_zip, members=[("..\\evil.npy", npy())]), _OUT),
    "zip: null": (partial(changed_zip, b"cdm/0.npy", b"cdm/0\0npy"), _READABLE),
    "zip: twice": (partial(write_zip, members=[("cdm/0.npy", npy()), ("./cdm/0.npy", npy(1))]), "with a name each"),
    "zip: encrypted": (partial(flagged_zip, 0x1), "that is not encrypted"),
    "zip: strongly encrypted": (partial(flagged_zip, 0x41), "that is not encrypted"),
    "zip: two names": (partial(changed_zip, b"cdm/0.npyPK\x05", b"cdm/9.npyPK\x05"), "got none of 1"),
    "zip: deflate64": (partial(method_zip, 9), "members that are stored or deflated"),
    "zip: lzma": (partial(method_zip, 14), "members that are stored or deflated"),
    "zip: zstandard": (partial(method_zip, 93), "members that are stored or deflated"),
    "zip: claims more": (partial(claiming_zip, 10_000), "got none of 1"),
    "zip: claims less": (partial(claiming_zip, 300), "got none of 1"),
    "zip: claims 4 GB": (partial(claiming_zip, 2**32 - 2), _GROWS),
    "zip: bomb": (zip_bomb, _GROWS),
    "zip: shared bomb": (shared_zip_bomb, _GROWS),
    "zip: overlapping": (overlapping_zip, f"{_ZIP}|{_GROWS}|got none of"),
    "zip: cut in a member": (partial(truncated_zip, 400), _ZIP),
    "zip: cut in the directory": (partial(truncated_zip, -30), _ZIP),
    "zip: the start alone": (partial(truncated_zip, 8), _ZIP),
    "zip: no member": (partial(write_zip, members=[]), "in one of the layouts"),
    "zip: no image": (partial(write_zip, members=[("a.txt", b"x")]), "in one of the layouts"),
    "tar: twice": (partial(write_tar, [("cdm/0.npy", npy()), ("./cdm/0.npy", npy(1))]), "with a name each"),
    "tar: link out": (partial(special_tar, tarfile.SYMTYPE, name="cdm/up", target="../.."), _ALONE),
    "tar: cut in a member": (truncated_tar(1000), f"{_TAR}|a whole archive"),
    "tar: without an end": (truncated_tar(1536), f"{_TAR}|a whole archive"),
    "tar: damaged header": (damaged_tar, "a whole archive; got .* no end: it breaks off or is damaged"),
    "tar: holes": (sparse_tar, f"{_ALONE}|{_TAR}"),
    "tar: huge": (huge_tar, f"{_TAR}|a whole archive"),
    "tar: negative": (negative_tar, f"{_TAR}|a whole archive"),
    "tar: pax path": (partial(pax_tar, {"path": "../../evil"}), _OUT),
    "tar: pax size": (partial(pax_tar, {"size": "99999999999"}), f"{_TAR}|a whole archive"),
    "tar: pax nonsense": (partial(pax_tar, {"size": "many"}), f"{_TAR}|a whole archive|got none of"),
    "tar: pax holes": (
        partial(pax_tar, {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "9" * 12}),
        f"{_TAR}|{_ALONE}|a whole archive",
    ),
    "tar: long names": (long_names_tar, f"{_TAR}|a whole archive"),
    "tgz: bomb": (gzip_bomb, _GROWS),
    "tgz: truncated": (truncated_gzip, _TAR),
    "tgz: damaged": (damaged_gzip, f"{_TAR}|a whole archive|got none of"),
    "tgz: no tar": (partial(gzip_of, b"hello" * 1000), f"{_TAR}|a whole archive"),
    "tgz: nothing": (partial(gzip_of, b""), f"{_TAR}|a whole archive"),
    "tgz: a zip": (partial(gzip_of, b"PK\x05\x06" + bytes(18)), f"{_TAR}|a whole archive"),
    "tgz: the start alone": (lambda path: path.write_bytes(b"\x1f\x8b\x08"), _TAR),
}
