"""The process of one run: ``python -m lensym.study.worker OUT FOLDER DEVICE``, the task in ``FOLDER/task.json``.

It ends when its standard input does, hence with the process that started it, whatever ends that one.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from pathlib import Path

from lensym import __version__
from lensym.errors import LensymError, UsageError

TASK = "task.json"


def main(out: Path, folder: Path, device: str) -> int:
    """Carry out the task and return the exit code; the last line of the output says what went wrong."""
    from lensym.study.trial import run_trial

    try:
        task = json.loads((folder / TASK).read_text("utf-8"))
        if task["lensym_version"] != __version__:
            raise UsageError(
                f"lensym {task['lensym_version']} on every worker",
                f"lensym {__version__} on '{socket.gethostname()}'",
                "install the same version everywhere",
            )
        run_trial(out, folder, task, device)
    except LensymError as error:
        print(error)
        return 1
    return 0


def _end_with_input() -> None:
    while os.read(0, 1024):  # not sys.stdin, whose lock a waiting thread would hold while the interpreter ends
        pass
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_end_with_input, daemon=True).start()
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
