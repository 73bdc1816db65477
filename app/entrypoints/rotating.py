"""``strom rotate``: new keys at home. On AWS they are Secrets Manager's and KMS's to change."""

from app.bootstrap.local import local_tables
from app.bootstrap.own_keys import accept_keys
from app.charging.errors import BadInput, NotFound
from app.envelope import KeyFile, previous, replace_key
from app.migrations.resealing import Resealer
from app.settings import Settings

SERVER, MASTER = "server.key", "master.key"


async def rotate_server_key(settings: Settings, *, at_once: bool) -> str:
    """A new key signs from the next start on; returns what to tell the person.

    ``at_once``: what the key before has signed is void, because somebody else may have it.
    """
    _require_file(settings, SERVER)
    file = settings.data_dir / SERVER
    async with local_tables(settings) as tables:
        replace_key(file)
        if at_once:
            previous(file).unlink()
        await accept_keys(tables, settings.data_dir)
    links = (
        "every link to a charge, and every wallet's webhook, is void: payments are found by asking"
        if at_once
        else "links to charges that were given out before still work, until the next rotation"
    )
    return f"{file} is new. Restart Strom: then {links}. Everybody has to sign in again."


async def rotate_master_key(settings: Settings) -> str:
    """Seal everything under a new key, or go on where that was cut off, or end it.

    Returns what to tell the person.
    """
    _require_file(settings, MASTER)
    file = settings.data_dir / MASTER
    was_begun = previous(file).exists() and previous(file).read_bytes() != file.read_bytes()
    async with local_tables(settings) as tables:
        if not was_begun:
            replace_key(file)
        resealed = await Resealer(tables.whole(), KeyFile(file)).reseal()
        await accept_keys(tables, settings.data_dir)
    if was_begun and not resealed:
        previous(file).unlink()
        return f"nothing is sealed under the key before any more: {previous(file)} is removed."
    return (
        f"{resealed} rows are sealed under the new {file}. Start Strom again; when it serves, run "
        f"this once more, which removes the key before ({previous(file)})."
    )


def _require_file(settings: Settings, name: str) -> None:
    if settings.embedded_tables:
        raise BadInput("an embedded table (STROM_EMBEDDED_TABLES) is not for keeps")
    if settings.kms_key:
        raise BadInput("with STROM_KMS_KEY the keys are in AWS: docs/guide/runbook.md says how")
    if not (settings.data_dir / name).exists():
        raise NotFound(f"there is no {settings.data_dir / name}: set STROM_DATA_DIR as for serving")
