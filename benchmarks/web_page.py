"""The web page, ``lensym app``: its start, its answer to an upload, and what becomes of hostile uploads.

    python benchmarks/web_page.py [--rounds N] [--uploads N] [--at-once N] [--every N] [--json FILE]

The page runs as a process of its own, in an empty folder. A start is timed until the page has been fetched, with its
files in the system's cache. An upload is a simulated lens as a FITS cutout: sent, read, answered, and the picture
fetched. Then the corpus of hostile files is sent, so many at once, each by a client of its own; of a model folder the
last file. A refusal is right if it says that there is no answer, shows no picture, and has neither a path of this
machine nor a traceback in it. Afterwards the page must answer the cutout again. Memory is the most that the server held
(``VmHWM``), and the most that it and the processes that read for it held together, looked at fifty times a second.
"""

from __future__ import annotations

import argparse
import html
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from statistics import median
from typing import Any
from urllib.request import urlopen

import numpy as np
from gradio_client import Client, handle_file

import lensym
from hostile_files import MARK, Hostile, corpus
from lensym.app.simulator import simulated
from lensym.simulation.fits import write_fits
from machine import processor, versions

PACKAGES = ("lensym", "gradio", "torch", "numpy", "astropy", "h5py")
PIXEL_SCALE = 0.05
NO_ANSWER = "<b>No answer.</b>"
PLACES = (tempfile.gettempdir() + "/lensym-app-", sys.prefix, str(Path(lensym.__file__).parent))
"""Beginnings of the paths that the page could name; other paths, and code, may stand in a hostile file itself."""


@dataclass(frozen=True)
class Reply:
    """What the page said of a file, as HTML, whether it showed a picture, and the seconds from upload to answer."""

    said: str
    pictured: bool
    seconds: float

    def faults(self) -> list[str]:
        """Everything that is not as it must be where the file is hostile."""
        words = html.unescape(self.said)
        wrong = {
            "not refused": self.pictured or NO_ANSWER not in words,
            "a path": any(place in words for place in PLACES),
            "a traceback": "Traceback" in words or '.py"' in words,
        }
        return [fault for fault, is_so in wrong.items() if is_so]


@dataclass
class Memory:
    """Mebibytes that a process and its children held at most."""

    pid: int
    together: float = 0.0
    _ended: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Look while the block runs."""
        thread = threading.Thread(target=self._watch)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.02):
            self.together = max(self.together, sum(held(pid, "VmRSS") for pid in (self.pid, *children(self.pid))))


def children(pid: int) -> list[int]:
    """Of all threads of a process."""
    found: list[int] = []
    for thread in Path(f"/proc/{pid}/task").iterdir():
        try:
            found += map(int, (thread / "children").read_text().split())
        except OSError:  # the thread has ended meanwhile
            continue
    return found


def held(pid: int, entry: str) -> float:
    """Mebibytes; none of a process that has ended."""
    try:
        found = re.search(rf"{entry}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


@contextmanager
def page(folder: Path, *options: str) -> Iterator[tuple[str, int, float]]:
    """A page that runs while the block does: its address, its process, and the seconds of its start."""
    home, kept = folder / "home", folder / "kept"
    for each in (home, kept):
        each.mkdir(exist_ok=True)
    environment = {**os.environ, "TMPDIR": str(kept), "GRADIO_TEMP_DIR": str(kept)}
    command = [str(Path(sys.executable).with_name("lensym")), "app", "--port", "0", *options]
    start = time.perf_counter()
    with subprocess.Popen(command, cwd=home, env=environment, stdout=subprocess.PIPE, text=True) as server:
        try:
            address = re.search(r"http://\S+", server.stdout.readline() if server.stdout else "")
            if address is None:
                raise RuntimeError("the page did not start")
            fetch(address[0])
            yield address[0], server.pid, time.perf_counter() - start
        finally:
            server.terminate()


def fetch(address: str) -> None:
    """The page itself; an error where it does not answer."""
    with urlopen(address, timeout=60) as answer:
        answer.read()


def ask(client: Client, path: Path) -> Reply:
    """Upload a file and wait for what is said of it, as the page itself does."""
    start = time.perf_counter()
    try:
        client.predict(handle_file(path), api_name="/_uploaded")
        image, said, *_ = client.predict(PIXEL_SCALE, "", 10, api_name="/look")
    except Exception as error:  # noqa: BLE001 (whatever the page answers is the finding)
        return Reply(f"{type(error).__name__}: {error}", False, time.perf_counter() - start)
    return Reply(said, image is not None, time.perf_counter() - start)


def cutout(path: Path) -> Path:
    """A lens as a telescope's file."""
    image = simulated("cdm", 12.0, 0.05, 0.25, 0.1, 0.05, 1.0, 7)[0].astype(np.float32)
    write_fits(path, image, PIXEL_SCALE, np.ones((3, 3)) / 9, np.sqrt(image + 1))
    return path


def written(files: list[Hostile], folder: Path) -> list[Path]:
    """Every file in a folder of its own."""
    found = []
    for number, hostile in enumerate(files):
        home = folder / str(number)
        home.mkdir()
        hostile.write(home / hostile.name)
        path = home / hostile.name
        found.append(max(path.iterdir()) if path.is_dir() else path)
    return found


def all_asked(address: str, paths: list[Path], at_once: int, downloads: Path) -> list[Reply]:
    """Every file, so many at once, each client with a session of its own."""
    clients: Queue[Client] = Queue()
    for _ in range(at_once):
        clients.put(Client(address, verbose=False, download_files=downloads))

    def one(path: Path) -> Reply:
        client = clients.get()
        try:
            return ask(client, path)
        finally:
            clients.put(client)

    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(one, paths))


def answer_times(address: str, path: Path, times: int, downloads: Path) -> list[float]:
    """Seconds from upload to answer; an error where there is none."""
    client = Client(address, verbose=False, download_files=downloads)
    replies = [ask(client, path) for _ in range(times)]
    unanswered = [reply.said for reply in replies if not reply.pictured]
    if unanswered:
        raise RuntimeError(f"no answer on the cutout: {unanswered[0]}")
    return [reply.seconds for reply in replies]


def measure(options: argparse.Namespace, root: Path) -> dict[str, Any]:
    """Starts, answers, refusals and memory."""
    files = corpus()[:: options.every]
    folders = {name: root / name for name in ("files", "downloads", "page")}
    for folder in folders.values():
        folder.mkdir()
    paths, lens = written(files, folders["files"]), cutout(root / "lens.fits")
    starts = []
    for _ in range(options.rounds - 1):
        with page(folders["page"]) as (_, _, seconds):
            starts.append(seconds)
    with page(folders["page"]) as (address, pid, seconds):
        starts.append(seconds)
        answers = answer_times(address, lens, options.uploads, folders["downloads"])
        before, memory = held(pid, "VmHWM"), Memory(pid)
        with memory.watched():
            replies = all_asked(address, paths, options.at_once, folders["downloads"])
        fetch(address)
        afterwards = answer_times(address, lens, options.uploads, folders["downloads"])
        most = held(pid, "VmHWM")
    for hostile, reply in zip(files, replies, strict=True):
        if reply.faults():
            print(f"{hostile.kind}: {hostile.name}: {', '.join(reply.faults())}: {reply.said[:300]}")
    return {
        "starts_s": starts,
        "answers_s": answers,
        "answers_afterwards_s": afterwards,
        "at_once": options.at_once,
        "files": dict(Counter(hostile.kind for hostile in files)),
        "refused": dict(Counter(h.kind for h, reply in zip(files, replies, strict=True) if not reply.faults())),
        "refusal_s": median(reply.seconds for reply in replies),
        "slowest_refusal_s": max(reply.seconds for reply in replies),
        "code_ran": any((root / "page").rglob(MARK)),
        "server_before_mib": before,
        "server_mib": most,
        "together_mib": memory.together,
    }


def main() -> int:
    """Measure, print, write; the exit code is 1 where a hostile file was not refused as it must be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="starts")
    parser.add_argument("--uploads", type=int, default=7, help="of the cutout, before and after the hostile files")
    parser.add_argument("--at-once", type=int, default=20, help="hostile files")
    parser.add_argument("--every", type=int, default=1, help="take only every so manieth hostile file")
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lensym-app-") as folder:
        found = measure(options, Path(folder))
    print(json.dumps(found, indent=1))
    if options.json:
        facts = {"cpu": processor(), "cores": os.cpu_count(), "versions": versions(PACKAGES)}
        options.json.write_text(json.dumps({**facts, **found}, indent=1) + "\n")
    return 0 if found["files"] == found["refused"] and not found["code_ran"] else 1


if __name__ == "__main__":
    sys.exit(main())
