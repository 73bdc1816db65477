"""Registers that cannot be right: what the edge and the owner are told of them."""

from dataclasses import dataclass, field, replace

from app.charge_points.messages.doubts import NOT_BELIEVED
from app.charging.session import End
from app.edge_messages import ChargerMessage, MessageResult, Reading, Readings, Said
from tests.charge_points.world import CP, World, charging_world, read, stopped
from tests.flow.system import TENANT

WRONG_WH = 2**32 - 1


@dataclass
class Owner:
    """Who is told."""

    told: list[tuple[str, str, int]] = field(default_factory=list)

    async def __call__(self, tenant: str, charge_point: str, register_wh: int) -> None:
        self.told.append((tenant, charge_point, register_wh))


async def says(world: World, owner: Owner, said: Said) -> MessageResult:
    desk = replace(world.internal.messages, tell_doubt=owner)
    return await desk.take(ChargerMessage(TENANT, CP, world.epoch, said))


async def test_a_final_one_is_noticed_and_told_to_the_owner() -> None:
    world, transaction = await charging_world()
    world.clock.pass_s(60)
    await world.say(read(transaction, world.at(), 2000))
    world.clock.pass_s(60)
    owner = Owner()
    result = await says(world, owner, stopped(transaction, world.at(), WRONG_WH))
    assert result.noticed == (NOT_BELIEVED,)
    assert owner.told == [(TENANT, CP, WRONG_WH)]
    session = await world.stored()
    assert (session.end, session.energy_wh) == (End.CHARGED, 1000)
    assert (session.balances.charged, session.claimable_msat) == (500_000, 4_500_000)
    await world.require_books()


async def test_one_in_a_bundle_is_noticed_once_and_nobody_gets_a_mail() -> None:
    world, transaction = await charging_world()
    world.clock.pass_s(180)
    shown = ((-120, 1500), (-60, WRONG_WH), (0, 1700))
    bundle = Readings(1, transaction, tuple(Reading(world.at(s), wh) for s, wh in shown))
    owner = Owner()
    assert (await says(world, owner, bundle)).noticed == (NOT_BELIEVED,)
    world.clock.pass_s(60)
    later = await says(world, owner, read(transaction, world.at(), 1800))
    assert later.noticed == ()
    end = await says(world, owner, stopped(transaction, world.at(), 1800))
    assert (end.noticed, owner.told) == ((), [])
    assert (await world.stored()).energy_wh == 800
