"""``strom provider create`` and ``strom owner create``: accounts made where the settings are."""

from app.bootstrap.composition import put_together
from app.bootstrap.local import local_foundation
from app.charging.errors import BadInput
from app.entrypoints.first_owner import create_owner
from app.entrypoints.loops import LocalQueue
from app.settings import Settings


async def create_owner_here(settings: Settings, email: str, name: str, password: str) -> None:
    """Create an owner in the table that the settings name."""
    _require_table(settings)
    async with local_foundation(settings, LocalQueue()) as base:
        await create_owner(put_together(base), email, name, password)


async def create_provider(settings: Settings, email: str, name: str, password: str) -> None:
    """Create the account in the table that the settings name."""
    _require_table(settings)
    async with local_foundation(settings, LocalQueue()) as base:
        strom = put_together(base)
        await strom.tenancy.provider.create_provider(email, name, password)


async def owners_here(settings: Settings) -> list[str]:
    """Every owner in the table that the settings name, a line each: id, status, e-mail, name."""
    _require_table(settings)
    async with local_foundation(settings, LocalQueue()) as base:
        found = await put_together(base).tenancy.provider.tenants()
    return [f"{one.id} {one.status} {one.contact_email} {one.name}" for one in found]


def _require_table(settings: Settings) -> None:
    if settings.embedded_tables:
        raise BadInput("an embedded table belongs to the running server; set a real endpoint")
