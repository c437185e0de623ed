"""How the kernels are compiled: once, and anew when any source of this room has changed.

numba keeps compiled functions on disk and makes them anew when their own file changes, not when a function from another
file that was compiled into them does: after an update of the package, half of a kernel would be the old one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numba

FAST = {"contract", "nsz", "arcp"}
"""What a kernel allows the compiler: to fuse a product and a sum, to drop a zero's sign, to use a reciprocal."""

_STAMP = "lensym-sources.sha256"


def kernel(function: Callable[..., Any]) -> Any:
    """Compile for a loop over pixels: vectorised, without the interpreter's lock, kept on disk.

    ``error_model="numpy"`` drops the test for division by zero, which alone would keep a loop scalar.
    """
    compiled = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST)(function)
    if hasattr(compiled, "stats"):  # there is none where NUMBA_DISABLE_JIT is set
        drop_stale(Path(compiled.stats.cache_path), sources_digest())
    return compiled


@lru_cache(maxsize=1)
def sources_digest() -> str:
    """Hash of every source file of this room."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


@lru_cache(maxsize=16)
def drop_stale(folder: Path, digest: str) -> None:
    """Empty a cache folder that was written by other sources, and say in it by which it is written now."""
    stamp = folder / _STAMP
    if not stamp.exists() or stamp.read_text() != digest:
        for index in folder.glob("*.nbi"):
            index.unlink(missing_ok=True)
        stamp.write_text(digest)
