"""Whether a wheel does what it promises where nothing else of the project is.

    python benchmarks/wheel.py DIST [--with-packages] [--json FILE]

Refuses a wheel of 10 MB or more. Installs it in a new environment in a temporary folder and, with the way to every
other computer closed, simulates an image, classifies it from a FITS file there, and asks ``lensym doctor``. With
``--with-packages`` the new environment sees the packages of the one that runs this, and only the wheel is installed: no
registry is asked.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from machine import processor, versions

PACKAGES = ("lensym", "torch", "numpy", "astropy")
LARGEST = 10e6
CHECK = """
import socket, sys

def closed(*args, **kwargs):
    raise OSError("no network")

socket.socket.connect = socket.create_connection = closed
import lensym
assert sys.prefix in lensym.__file__, lensym.__file__
from lensym.simulation.fits import write_fits
import numpy as np
image = lensym.simulate("model_1", count=1, seed=1).images[0, 0].astype(np.float32)
write_fits("lens.fits", image, 0.05, np.ones((3, 3)) / 9, np.sqrt(image + 1))
from lensym.cli import main
raise SystemExit(main(sys.argv[1:]))
"""
COMMANDS = ("predict lens.fits --hdu SCI", "doctor")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dist", type=Path)
    parser.add_argument("--with-packages", action="store_true")
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    (wheel,) = options.dist.glob("lensym-*.whl")
    size = wheel.stat().st_size
    print(f"{wheel.name}: {size / 1e6:.1f} MB")
    if size >= LARGEST:
        print(f"larger than {LARGEST / 1e6:.0f} MB", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", f"{folder}/env"], check=True)
        python = f"{folder}/env/bin/python"
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel.resolve())]
        subprocess.run([*install, *(["--no-deps"] if options.with_packages else [])], check=True)
        if options.with_packages:
            site = next(Path(folder, "env", "lib").glob("python*/site-packages"))
            # appended by hand: the editable lensym of that environment has a finder of its own, which is not run so
            (site / "packages.pth").write_text(sysconfig.get_path("purelib") + "\n")
        codes = {
            f"lensym {words}": subprocess.run([python, "-I", "-c", CHECK, *words.split()], cwd=folder).returncode
            for words in COMMANDS
        }
    if options.json:
        facts = {"cpu": processor(), "versions": versions(PACKAGES), "name": wheel.name, "megabytes": size / 1e6}
        options.json.write_text(json.dumps({**facts, "codes": codes}, indent=2) + "\n")
    return max(codes.values())


if __name__ == "__main__":
    sys.exit(main())
