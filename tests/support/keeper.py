"""Run one server and end it when asked, or when the pytest that wanted it is gone.

`python keeper.py OWNER_PID OWNER_START -- COMMAND...`; only the standard library. A worker that
starts a server may end long before the run does, and a killed run must not leave servers behind.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

PR_SET_PDEATHSIG = 1


def process_start(pid: int) -> str | None:
    """When a process started, as the kernel counts: a pid alone may be another's by now."""
    try:
        # The name may hold spaces and brackets; what follows the last one is fixed.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in ("Z", "X") else fields[19]


def die_with(parent: int) -> None:
    """The signal comes only for a parent that dies from now on: one already gone is asked for."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def main() -> int:
    owner, started = int(sys.argv[1]), sys.argv[2]
    command = sys.argv[sys.argv.index("--") + 1 :]
    wanted = True

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal wanted
        wanted = False

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die = functools.partial(die_with, os.getpid())
    child = subprocess.Popen(command, start_new_session=True, preexec_fn=die)
    while wanted and child.poll() is None:
        if process_start(owner) != started:
            break
        time.sleep(0.1)
    if child.poll() is None:
        child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(5)
    # What the server itself has started is in its session too.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    return child.wait()


if __name__ == "__main__":
    sys.exit(main())
