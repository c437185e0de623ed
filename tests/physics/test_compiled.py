"""Compiled functions on disk never outlive the sources they were made of."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import lensym
from lensym.physics.compiled import drop_stale

SCRIPT = """
import numpy as np
from lensym.physics.noise import normal_block
from lensym.physics.philox import BLOCK
out = np.empty(BLOCK, np.float32)
normal_block(np.full(BLOCK, 123456789, np.uint32), out)
print(out[0])
print(sum(normal_block.stats.cache_hits.values()))
"""


def first_number_and_cache_hits(package, cache):
    environment = os.environ | {"PYTHONPATH": str(package), "NUMBA_CACHE_DIR": str(cache)}
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True)
    number, hits = done.stdout.split()
    return float(number), int(hits)


def test_a_change_in_a_function_of_another_file_reaches_the_kernel(tmp_path):
    package, cache = tmp_path / "package", tmp_path / "cache"
    shutil.copytree(Path(lensym.__file__).parent, package / "lensym", ignore=shutil.ignore_patterns("__pycache__"))
    number, hits = first_number_and_cache_hits(package, cache)
    assert hits == 0
    assert first_number_and_cache_hits(package, cache) == (number, 1)
    source = package / "lensym" / "physics" / "fastmath_single.py"
    source.write_text(source.read_text().replace("return F(2) * s * series", "return F(8) * s * series"))
    changed, hits = first_number_and_cache_hits(package, cache)
    assert (changed != number, hits) == (True, 0)


def test_a_cache_is_emptied_once_for_each_change(tmp_path):
    index = tmp_path / "module.function-1.py311.nbi"
    for digest, kept in (("a", False), ("a", True), ("b", False)):
        index.touch()
        drop_stale.cache_clear()
        drop_stale(tmp_path, digest)
        assert index.exists() == kept
