"""Genuine files with some bytes changed, removed or repeated, given to their readers; how many were refused.

    python benchmarks/mutations.py [--arrays 1000000] [--archives 100000] [--out benchmarks/results/mutations.json]

What is not refused must be a well-typed image, or whole members with safe names: anything else ends the run. Seed 1.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.data.importing import mutations as archives
from tests.data.readers import mutations as arrays

from lensym.atomic import write_atomically
from machine import processor, versions

SEED = 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arrays", type=int, default=1_000_000, help="mutations of object arrays (.npy)")
    parser.add_argument("--archives", type=int, default=100_000, help="mutations of .npz, zip and tar files")
    parser.add_argument("--out", type=Path, help="JSON file for the counts")
    options = parser.parse_args()
    counts = {"object arrays (.npy)": options.arrays, ".npz, zip and tar": options.archives}
    refused = {
        "object arrays (.npy)": int(arrays.refused(options.arrays, SEED)),
        ".npz, zip and tar": int(archives.refused(options.archives, SEED)),
    }
    found = {
        "cpu": processor(),
        "versions": versions(("lensym", "numpy")),
        "seed": SEED,
        "files": counts,
        "refused": refused,
    }
    print(json.dumps(found, indent=1))
    if options.out:
        write_atomically(options.out, f"{json.dumps(found, indent=1)}\n".encode())


if __name__ == "__main__":
    main()
