"""The key files: there, closed to others, the table's own, and able to open what lies in it."""

import asyncio
import stat
from pathlib import Path

from app.backups.taking import KEY_FILES
from app.bootstrap.own_keys import LOST_FOR_GOOD, key_trouble
from app.charging.errors import Unavailable
from app.entrypoints.doctor.findings import Finding, ok, problem, warning
from app.entrypoints.doctor.ground import Ground, owners
from app.records import rows
from app.records.key_files import KeyFingerprints
from app.wallets.sealing import PURPOSE

NAME = "keys"
_TRIED = 20
"""So many sealed wallets are opened; one would do, but a tenant may have been restored."""


async def look(ground: Ground) -> list[Finding]:
    """On AWS they are in KMS and Secrets Manager, which have looks of their own."""
    if ground.looked.aws is not None:
        return []
    known = await KeyFingerprints(ground.looked.tables).known()
    found = await asyncio.to_thread(_files, ground.settings.data_dir, known)
    if any(each.state == "problem" for each in found):
        return found
    opened, closed = await _opened(ground)
    if closed:
        seen = f"{opened} of {opened + closed} stored wallets open with {_of(ground)}."
        return [
            problem(NAME, seen, "Put the right master.key back, or connect those wallets again.")
        ]
    if not known and not opened:
        return found or [ok(NAME, "None yet; `strom serve` makes them at its first start.")]
    fine = ok(NAME, f"Both are there and are the table's own; {opened} stored wallets open.")
    return [fine, *found]


def _of(ground: Ground) -> Path:
    return ground.settings.data_dir / KEY_FILES[0]


def _files(folder: Path, known: dict[str, str]) -> list[Finding]:
    return [each for name in KEY_FILES for each in _file(folder / name, known.get(name, ""))]


def _file(file: Path, known: str) -> list[Finding]:
    try:
        trouble = key_trouble(file, known)
        mode = file.stat().st_mode if file.exists() else 0
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is damaged"
        return [problem(NAME, f"{file} cannot be used ({why}).", _PUT_BACK)]
    if trouble:
        seen = f"{trouble.partition(';')[0]}: Strom would not start again."
        return [problem(NAME, seen, f"{_PUT_BACK} {LOST_FOR_GOOD[:1].upper()}{LOST_FOR_GOOD[1:]}.")]
    if stat.S_IMODE(mode) & 0o077:
        return [warning(NAME, f"Others than its owner may read {file}.", f"chmod 600 {file}")]
    return []


_PUT_BACK = "Put it back, from a backup if need be."


async def _opened(ground: Ground) -> tuple[int, int]:
    """How many sealed wallets open, and how many do not."""
    opened = closed = 0
    envelope = ground.looked.base.envelope
    for tenant in (await owners(ground)).tenants:
        for one in await rows.wallets(ground.looked.tables).all(tenant.id):
            if one.status == "retired" or opened + closed >= _TRIED:
                continue
            try:
                await envelope.open(tenant.id, PURPOSE, one.sealed_credentials)
            except Unavailable:
                closed += 1
            else:
                opened += 1
    return opened, closed
