"""``strom backup``, ``strom restore``, ``strom migrate``."""

import contextlib
import getpass
import os
import sys
from importlib.metadata import version
from pathlib import Path

from app.backups.restoring import Restorer
from app.backups.taking import KEY_FILES, BackupTaker
from app.bootstrap.foundation import SystemClock
from app.bootstrap.local import local_tables
from app.bootstrap.own_keys import accept_keys
from app.charging.errors import BadInput, NotFound, StorageError, Unavailable
from app.migrations import Migrator, require_served_by_us
from app.migrations.history import MIGRATIONS
from app.records.backups_taken import BackupsTaken
from app.records.schema_version import KEY, SCHEMA_VERSION
from app.settings import Settings

PASSPHRASE = "STROM_BACKUP_PASSPHRASE"  # noqa: S105  # the variable's name


def given_passphrase(file: Path | None, *, confirm: bool) -> str:
    """From the file, the environment, a pipe, or a person."""
    if file is not None:
        try:
            return file.read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"the passphrase cannot be read from {file}") from error
    if os.environ.get(PASSPHRASE):
        return os.environ[PASSPHRASE]
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    passphrase = getpass.getpass("Passphrase of the backup: ")
    if confirm and getpass.getpass("Once more: ") != passphrase:
        raise BadInput("these are not the same")
    return passphrase


async def take_backup(settings: Settings, path: Path, passphrase: str) -> str:
    """Take one; returns what to tell the person."""
    _require_keeps(settings)
    if not any((settings.data_dir / name).exists() for name in KEY_FILES):
        raise NotFound(
            f"there are no key files in {settings.data_dir}, without which a backup is worth "
            "little: set STROM_DATA_DIR as for `strom serve`"
        )
    if not path.parent.is_dir():
        raise BadInput(f"there is no folder {path.parent}")
    async with local_tables(settings) as tables:
        require_served_by_us(await tables.whole().get(KEY))
        taker = BackupTaker(
            tables.whole(), settings.table, settings.data_dir, SystemClock(), version("strom")
        )
        taken = await taker.take(path, passphrase)
        # A table that takes no writes has its backup all the same.
        with contextlib.suppress(StorageError, Unavailable):
            await BackupsTaken(tables).taken(SystemClock().now())
    return f"{path}: {taken.rows} rows and the key files, {taken.size} bytes, encrypted"


async def restore_backup(settings: Settings, path: Path, passphrase: str) -> str:
    """Restore one; returns what to tell the person."""
    _require_keeps(settings)
    async with local_tables(settings) as tables:
        restored = await Restorer(tables.whole(), settings.data_dir).restore(path, passphrase)
    about = restored.about
    lines = [f"{restored.rows} rows of {about.made_at} are in the table {settings.table}."]
    if restored.open_sessions:
        lines.append(
            f"{len(restored.open_sessions)} charges were not settled then. A refund that was paid "
            "after the backup is not known to it, and would be offered again: compare these with "
            "your wallet before you serve."
        )
        lines += restored.open_sessions
    return "\n".join(lines)


async def accept_key_files(settings: Settings) -> str:
    """Go on with the key files that are there; returns what to tell the person."""
    _require_keeps(settings)
    async with local_tables(settings) as tables:
        await accept_keys(tables, settings.data_dir)
    return (
        f"the table {settings.table} is served with the keys in {settings.data_dir} from now on. "
        "What was sealed with another master.key stays closed: owners connect their wallets again. "
        "What another server.key has signed is void: owners give drivers new links."
    )


async def migrate_table(settings: Settings) -> str:
    """Migrate; returns what to tell the person."""
    async with local_tables(settings) as tables:
        done = await Migrator(tables.whole(), SystemClock(), MIGRATIONS).migrate()
    what = "; ".join(done) or "nothing to do"
    return f"{what}; the table {settings.table} is of version {SCHEMA_VERSION}"


def _require_keeps(settings: Settings) -> None:
    if settings.embedded_tables:
        raise BadInput("an embedded table (STROM_EMBEDDED_TABLES) is not for keeps")
    if settings.kms_key:
        raise BadInput(
            "with STROM_KMS_KEY the keys are in AWS: use the table's point-in-time recovery there"
        )
