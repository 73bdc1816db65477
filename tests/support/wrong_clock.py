"""`strom` on a machine whose clock is wrong, by as many seconds as a file says at that moment.

Run as a module: the file, then the command line of `strom`. Production code knows nothing of it.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from app.bootstrap.foundation import SystemClock


class WrongClock(SystemClock):
    """Ahead by what the file says; behind, where that is negative."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=float(self._file.read_text() or 0))


def main() -> None:
    from app.bootstrap import foundation
    from app.entrypoints.cli import main as strom

    file = Path(sys.argv.pop(1))
    with patch.object(foundation, "SystemClock", lambda: WrongClock(file)):
        strom()


if __name__ == "__main__":
    main()
