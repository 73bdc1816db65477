"""The examples of the LUD documents."""

import json
from pathlib import Path

_FILE = Path(__file__).parent.parent / "recordings" / "lnurl" / "vectors.json"
VECTORS: dict[str, dict[str, str]] = json.loads(_FILE.read_text())
