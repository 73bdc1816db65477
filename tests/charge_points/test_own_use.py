"""The owner's own charges: nothing is paid, all else is as for others."""

from dataclasses import replace

from app.charge_points.id_tags import IdTags
from app.charge_points.remote import RemoteControl
from app.charge_points.settings import ChargePointSettings
from app.records import rows
from app.records.drafts import IdTagDraft
from tests.charge_points.world import CP, World, started
from tests.flow.system import TENANT

CARD = "04A1B2C3D4"


async def patient_for(hours: int, settings: ChargePointSettings | None = None) -> World:
    """The owner's limit for a charge point that falls silent."""
    world = await World(settings=settings or ChargePointSettings()).furnish()
    await world.connect()
    tenants = rows.tenants(world.tables)
    before = await tenants.get(TENANT, TENANT)
    await tenants.replace(TENANT, before, replace(before, silent_limit_hours=hours))
    await IdTags(world.tables, world.clock, world.commands).add(TENANT, IdTagDraft(CARD, "Anna"))
    return world


async def session_of_the_card(world: World) -> str:
    number = (await world.say(started(world.at(), CARD))).transaction_id
    assert number is not None
    found = await world.chargers.session_of(TENANT, CP, number)
    assert found is not None
    return found


async def test_a_card_has_the_owners_limits() -> None:
    world = await patient_for(hours=6)
    session = await world.stored(await session_of_the_card(world))
    assert session.quote.limits.silent_s == 6 * 3600


async def test_a_providers_limit_goes_before_the_owners() -> None:
    world = await patient_for(hours=6, settings=ChargePointSettings(silent_limit_s=60))
    session = await world.stored(await session_of_the_card(world))
    assert session.quote.limits.silent_s == 60


async def test_so_has_what_the_owner_starts() -> None:
    world = await patient_for(hours=6, settings=ChargePointSettings(start_s=77))
    box = await rows.charge_points(world.tables).get(TENANT, CP)
    control = RemoteControl(world.commands, world.flow, world.settings)
    given = await control.send(TENANT, box, "start", 1)
    limits = (await world.stored(given.session_id)).quote.limits
    assert (limits.silent_s, limits.start_s) == (6 * 3600, 77)
