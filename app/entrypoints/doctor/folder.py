"""The data folder: there, ours, closed to others, with room, and really writable."""

import asyncio
import errno
import os
import stat
from pathlib import Path

from app.entrypoints.doctor.findings import Finding, ok, problem, warning
from app.entrypoints.doctor.ground import Ground
from app.entrypoints.preflight import try_writing

NAME = "data folder"
_MIB = 1024 * 1024
SCARCE_BYTES, FEW_BYTES = 20 * _MIB, 500 * _MIB
SCARCE_FILES, FEW_FILES = 100, 5000


async def look(ground: Ground) -> list[Finding]:
    """On AWS there is none."""
    if ground.looked.aws is not None:
        return []
    return await asyncio.to_thread(seen_of, ground.settings.data_dir)


def seen_of(folder: Path) -> list[Finding]:
    """The same of any folder."""
    try:
        status = folder.stat()
    except FileNotFoundError:
        seen = f"{folder.absolute()} (STROM_DATA_DIR) does not exist; `strom serve` would make it."
        return [warning(NAME, seen, "If Strom ran here before, mount its volume or name it.")]
    except OSError as error:
        return [problem(NAME, f"{folder} cannot be looked at ({_why(error)}).", _RIGHTS)]
    if not stat.S_ISDIR(status.st_mode):
        return [problem(NAME, f"{folder} (STROM_DATA_DIR) is no folder.", "Name a folder.")]
    found = [*_whose(folder, status), *_room(folder), *_writable(folder)]
    return found or [ok(NAME, f"{folder.absolute()} is writable, {_free(folder)} free.")]


_RIGHTS = "Run `strom doctor` as the user who runs Strom, or give that user the folder (chown)."


def _whose(folder: Path, status: os.stat_result) -> list[Finding]:
    found = []
    if status.st_uid != os.geteuid():
        seen = f"{folder} belongs to user {status.st_uid}, and this is user {os.geteuid()}."
        found.append(warning(NAME, seen, _RIGHTS))
    if status.st_mode & 0o022:
        seen = f"Others than its owner may write to {folder}."
        found.append(warning(NAME, seen, f"chmod 700 {folder}"))
    return found


def _room(folder: Path) -> list[Finding]:
    try:
        disk = os.statvfs(folder)
    except OSError:
        return []
    free, files = disk.f_bavail * disk.f_frsize, disk.f_favail
    make_room = "Make room: old logs, backups and images are what usually fills a disk."
    seen = f"The disk of {folder} has {_size(free)} left."
    if free < SCARCE_BYTES:
        return [problem(NAME, seen, make_room)]
    if disk.f_files and files < SCARCE_FILES:
        return [problem(NAME, f"The disk of {folder} can hold {files} more files.", make_room)]
    if free < FEW_BYTES:
        return [warning(NAME, seen, make_room)]
    if disk.f_files and files < FEW_FILES:
        return [warning(NAME, f"The disk of {folder} can hold {files} more files.", make_room)]
    return []


def _writable(folder: Path) -> list[Finding]:
    try:
        try_writing(folder)
    except OSError as error:
        do = {
            errno.ENOSPC: "Make room on its disk.",
            errno.EDQUOT: "Make room on its disk.",
            errno.EROFS: "Mount it so that it may be written to; a broken disk turns read-only, "
            "too: `dmesg` would say so.",
        }.get(error.errno or 0, _RIGHTS)
        return [problem(NAME, f"{folder} cannot be written to ({_why(error)}).", do)]
    return []


def _free(folder: Path) -> str:
    disk = os.statvfs(folder)
    return _size(disk.f_bavail * disk.f_frsize)


def _size(count: int) -> str:
    return (
        f"{count / _MIB:,.0f} MiB" if count < 10_240 * _MIB else f"{count / 1024 / _MIB:,.0f} GiB"
    )


def _why(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
