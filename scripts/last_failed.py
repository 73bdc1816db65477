"""Print the few tests that failed in the last run; end with 1 when none are known, or many."""

from __future__ import annotations

import json
import sys
from pathlib import Path

LAST_FAILED = Path(".pytest_cache/v/cache/lastfailed")
FEW = 5


def main() -> int:
    try:
        failed = sorted(json.loads(LAST_FAILED.read_text()))
    except FileNotFoundError:
        return 1
    print("\n".join(failed))
    return 0 if 0 < len(failed) <= FEW else 1


if __name__ == "__main__":
    sys.exit(main())
