"""``strom provider create``: the first account is made where the server's settings are."""

from app.bootstrap import local_foundation, put_together
from app.charging.errors import BadInput
from app.entrypoints.loops import LocalQueue
from app.settings import Settings


async def create_provider(settings: Settings, email: str, name: str, password: str) -> None:
    """Create the account in the table that the settings name."""
    if settings.embedded_tables:
        raise BadInput("an embedded table belongs to the running server; set a real endpoint")
    async with local_foundation(settings, LocalQueue()) as base:
        strom = put_together(base)
        await strom.tenancy.provider.create_provider(email, name, password)
