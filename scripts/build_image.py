"""Build the image with the container builder that runs here; where none does, say so and go.

`python scripts/build_image.py` (`.ci/run` and `make image` call it). Built for each kind of machine
that the builder can be, one after another; nothing is kept or pushed. A builder that cannot reach
the image ours stands on, or the packages in it, is none: whether it can is tried first, so that
what fails after that is ours. `scripts/check_image.py` looks at what is in it, without a builder.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MACHINES = ("linux/amd64", "linux/arm64")
ASKED_S = 30
"""Whether a builder runs; a daemon that hangs is none."""
BUILT_S = 1800
"""A machine that is only played takes many times as long."""
NONE = "image: no container builder runs here"


def docker(*words: str, within_s: float, read: str = "") -> str:
    """Run it; returns the end of what it said if it failed, else nothing."""
    try:
        done = subprocess.run(
            ["docker", *words], input=read, cwd=ROOT, capture_output=True, text=True,
            timeout=within_s,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"no answer within {within_s:.0f} s"
    lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
    return "\n".join(lines[-20:]) if done.returncode else ""


def runs() -> bool:
    """Whether a builder does."""
    if not shutil.which("docker"):
        return False
    return not any(docker(*words, within_s=ASKED_S) for words in (("buildx", "version"), ("info",)))


def trial() -> str:
    """The least that ours needs: what reads it, what it stands on, run, and packages in reach."""
    dockerfile = (ROOT / "Dockerfile").read_text()
    syntax = dockerfile.partition("\n")[0]
    (base,) = re.findall(r"^ARG PYTHON_IMAGE=(\S+)$", dockerfile, re.MULTILINE)
    download = "python -m pip download --quiet --no-cache-dir --no-deps --dest /tmp pip"
    return f"{syntax}\nFROM {base}\nRUN {download}\n"


def build(machine: str) -> str:
    """As the Dockerfile says at its top; returns why it failed, or nothing."""
    return docker(
        "buildx", "build", "--platform", machine, "--build-arg", "SOURCE_DATE_EPOCH=0",
        "--output", "type=image,rewrite-timestamp=true", ".",
        within_s=BUILT_S,
    )  # fmt: skip


def main() -> int:
    if not runs():
        print(NONE)
        return 0
    built = []
    for machine in MACHINES:
        words = ("buildx", "build", "--platform", machine, "--output", "type=cacheonly", "-")
        if trouble := docker(*words, within_s=BUILT_S, read=trial()):
            why = trouble.splitlines()[-1]
            print(f"image: not for {machine}, which this builder cannot: {why}")
        elif trouble := build(machine):
            print(f"{trouble}\nimage: cannot be built for {machine}", file=sys.stderr)
            return 1
        else:
            built.append(machine)
            print(f"image: built for {machine}")
    if not built:
        print(NONE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
