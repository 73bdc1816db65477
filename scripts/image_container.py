"""Runs what is in an image as a container would, without one: a user without rights, everything
read-only but one folder in the place of its volume and a scratch folder.

As root that is what happens, in a mount namespace of its own, wherever the interpreter lies. Who is
not root runs it as themselves, on files that they may not change; where no namespace can be made,
root runs it without the right to write everywhere.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

USER = 10001
SCRATCH = Path("/mnt")
INSIDE = """set -e
user=$1 base=$2 hidden=$3 strom=$4 home=$5 scratch=$6; shift 6
mount -t tmpfs -o mode=755 tmpfs "$scratch"
mkdir "$scratch/python" && mkdir -m 1777 "$scratch/tmp"
if [ -n "$hidden" ]; then  # nobody else gets to this Python: it is shown alone where it is
  mount --bind "$base" "$scratch/python"
  mount -t tmpfs -o mode=755 tmpfs "$hidden"
  mkdir -p "$base" && mount --bind "$scratch/python" "$base"
fi
mount --bind "$home" "$home"
mount --bind "$strom" "$strom"
mount -o remount,ro,bind "$strom"
mount -o remount,ro,bind /
cd "$home"
exec setpriv --reuid "$user" --regid "$user" --clear-groups --inh-caps=-all --bounding-set=-all \
  --no-new-privs "$@"
"""
ROOT_WITHOUT = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search,-fowner",
                "--inh-caps", "-dac_override,-dac_read_search,-fowner")  # fmt: skip


@dataclass(frozen=True)
class Container:
    """One image's files, and the folder that it may write to."""

    strom: Path
    home: Path
    prefix: tuple[str, ...]
    how: str
    """For people."""

    @classmethod
    def over(cls, folder: Path, base: Path) -> Container:
        """``base``: where the interpreter lies that the image is made with."""
        strom, home = folder / "opt" / "strom", folder / "home"
        home.mkdir(exist_ok=True)
        if os.geteuid() != 0:
            lock(strom)
            return cls(strom, home, (), "as who runs this, on files that may not be changed")
        inside = ("unshare", "--mount", "sh", "-c", INSIDE, "sh", str(USER),
                  str(base), hidden(base), str(strom), str(home), str(SCRATCH))  # fmt: skip
        os.chown(home, USER, USER)
        if not hidden(strom) and works((*inside, "true")):
            return cls(strom, home, inside, f"as user {USER}, everything read-only but its volume")
        os.chown(home, 0, 0)
        lock(strom)
        return cls(strom, home, ROOT_WITHOUT, "as root without its right to write everywhere")

    def environment(self, **more: str) -> dict[str, str]:
        return {
            "PATH": f"{self.strom}/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "HOME": str(self.home),
            "TMPDIR": str(SCRATCH / "tmp") if self.prefix[:1] == ("unshare",) else "/tmp",
            "PYTHONDONTWRITEBYTECODE": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
            **more,
        }

    def run(self, program: str, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.prefix, str(self.strom / "bin" / program), *words],
            cwd=self.home, env=self.environment(**more), capture_output=True, text=True,
            timeout=120,
        )  # fmt: skip

    @contextlib.contextmanager
    def serving(self, **more: str) -> Iterator[subprocess.Popen[bytes]]:
        """`strom serve` while the block runs; ends it with SIGTERM."""
        process = subprocess.Popen(
            [*self.prefix, str(self.strom / "bin" / "strom"), "serve"],
            cwd=self.home, env=self.environment(**more),
        )  # fmt: skip
        try:
            yield process
        finally:
            process.terminate()
            process.wait(60)


def lock(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~0o222)


def works(command: tuple[str, ...]) -> bool:
    if shutil.which(command[0]) is None or shutil.which("setpriv") is None:
        return False
    return subprocess.run(command, capture_output=True).returncode == 0


def hidden(place: Path) -> str:
    """The first folder on the way there that not everybody may pass; empty: none."""
    for folder in [*reversed(place.resolve().parents), place.resolve()]:
        if not folder.stat().st_mode & 0o001:
            return str(folder)
    return ""
