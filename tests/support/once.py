"""What is made once per run, however many workers want it: by whoever asks first."""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from pathlib import Path

from tests.support import servers


def made_once(name: str, make: Callable[[Path], object]) -> Path:
    """A folder of the run that ``make`` has filled; others wait until it has."""
    folder = servers.run_folder() / name
    done = servers.run_folder() / f"{name}.done"
    with (servers.run_folder() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            folder.mkdir(exist_ok=True)
            make(folder)
            done.touch()
    return folder
