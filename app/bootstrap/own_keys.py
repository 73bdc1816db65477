"""The key files of this Strom are those that its table was served with, or it does not start.

A folder that is empty because a volume was not mounted would else get new keys: no wallet would
open any more, and every link that drivers have would be void.
"""

from pathlib import Path

from app.backups.taking import KEY_FILES
from app.charging.ports import Tables
from app.envelope import fingerprint, previous_keys, read_or_make_key
from app.records.key_files import KeyFingerprints
from app.settings import SettingsError

LOST_FOR_GOOD = "if it is lost for good, `strom accept-keys` goes on without it"


async def require_own_keys(tables: Tables, data_dir: Path) -> None:
    """Make the files at the first start; later raise ``SettingsError`` unless they are the same."""
    kept = KeyFingerprints(tables)
    known = await kept.known()
    for name in KEY_FILES:
        trouble = key_trouble(data_dir / name, known.get(name, ""))
        if trouble:
            raise SettingsError(f"STROM_DATA_DIR: {trouble}: {LOST_FOR_GOOD}")
    if set(known) != set(KEY_FILES):
        await kept.keep(_made(data_dir))


async def accept_keys(tables: Tables, data_dir: Path) -> None:
    """Go on with the files that are there, and new ones for those that are not."""
    await KeyFingerprints(tables).keep(_made(data_dir))


def key_trouble(file: Path, known: str) -> str:
    """Why a file is not the one that the table was served with; empty where it is, or none was."""
    if not known:
        return ""
    if not file.exists():
        return f"{file} is missing; put it back, from a backup if need be"
    # The key before is there, too, where a rotation was cut off before it was written down.
    ours = (read_or_make_key(file), *previous_keys(file))
    if known not in map(fingerprint, ours):
        return f"{file} is another key than this table was served with; put the right one back"
    return ""


def _made(data_dir: Path) -> dict[str, str]:
    return {name: fingerprint(read_or_make_key(data_dir / name)) for name in KEY_FILES}
