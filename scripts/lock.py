"""Resolve the requirement files again: every platform, with hashes, without registry addresses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = ROOT / ".venv" / "bin" / "uv"
FOLDER = "requirements"

# name of the result, what it is made from. Later ones keep to the versions of base.txt.
LOCKS: dict[str, list[str]] = {
    "base": ["pyproject.toml"],
    "dev": ["pyproject.toml", "--group", "dev", "-c", f"{FOLDER}/base.txt"],
    "infra": ["--group", "infra", "-c", f"{FOLDER}/dev.txt"],
    # Environments of their own: their pins contradict Strom's.
    "lnbits": [f"{FOLDER}/lnbits.in"],
    "ministack": [f"{FOLDER}/ministack.in"],
    "image": [f"{FOLDER}/image.in"],
    # Has wheels for few machines only.
    "fuzz": [f"{FOLDER}/fuzz.in"],
}


def main() -> int:
    chosen = sys.argv[1:] or list(LOCKS)
    for name in chosen:
        command = [
            str(UV), "pip", "compile", "--quiet", "--universal", "--generate-hashes",
            "--python-version", "3.11", "--no-emit-index-url", "--no-emit-find-links",
            "--custom-compile-command", "make lock",
            "--output-file", f"{FOLDER}/{name}.txt", *LOCKS[name],
        ]  # fmt: skip
        print(f"requirements/{name}.txt", flush=True)
        subprocess.run(command, cwd=ROOT, check=True)
        text = (ROOT / FOLDER / f"{name}.txt").read_text()
        if "://" in text:
            print(f"requirements/{name}.txt names an address", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
