"""A car that stands after its charge: what the charge point tells decides how long that costs."""

from datetime import timedelta

import pytest

from app.charging.session import End, Phase
from app.charging.standing import CLOCKS_DIFFER_S, LOOKED_AFTER_S
from app.edge_messages import ConnectorStatus, Disconnect, LastSeen, Lease
from app.records.charge_points import ConnectorState
from tests.charge_points.world import (
    CP,
    PREPAID_MSAT,
    QUEUE,
    World,
    connected_world,
    read,
    started,
    stopped,
)
from tests.charging.test_standing import parking_quote
from tests.flow.system import TENANT

STANDS_S = 300 + 600
"""The grace, and ten minutes at a sat a second."""


async def standing_world() -> World:
    """A kWh was charged, the transaction stopped, and the car stands there."""
    world = await connected_world()
    await world.pay(quote=parking_quote())
    result = await world.say(started(world.at()))
    assert result.transaction_id is not None
    world.clock.pass_s(600)
    await world.say(read(result.transaction_id, world.at(), 2000))
    await world.say(stopped(result.transaction_id, world.at(), 2000))
    await world.say(ConnectorStatus(1, "Finishing", "NoError", world.at()))
    return world


async def test_the_session_goes_on_until_the_connector_is_free() -> None:
    world = await standing_world()
    assert (await world.stored()).phase is Phase.FINISHING
    assert world.claims(), "nobody else can pay for this connector"
    world.clock.pass_s(STANDS_S)
    await world.say(ConnectorStatus(1, "Available", "NoError", world.at()))
    left = await world.stored()
    assert (left.phase, left.end, left.balances.charged) == (Phase.ENDED, End.CHARGED, 1_100_000)
    assert world.claims() == []
    await world.require_books()


async def test_a_connector_that_was_called_free_before_the_end_is_free() -> None:
    world = await connected_world()
    await world.pay(quote=parking_quote())
    result = await world.say(started(world.at()))
    assert result.transaction_id is not None
    world.clock.pass_s(600)
    await world.say(ConnectorStatus(1, "Available", "NoError", world.at()))
    await world.say(stopped(result.transaction_id, world.at(), 2000))
    assert (await world.stored()).phase is Phase.ENDED


@pytest.mark.parametrize(("why", "phase"), [("lost", "ended"), ("restart", "finishing")])
async def test_who_cannot_be_seen_to_stand_there_pays_no_longer(why: str, phase: str) -> None:
    world = await standing_world()
    world.clock.pass_s(STANDS_S)
    gone = Disconnect(TENANT, CP, world.epoch, "edge-1", why)
    await world.post("disconnect", gone)
    assert (await world.stored()).phase == phase


async def test_it_paid_for_what_was_seen_though_that_is_told_later() -> None:
    """The edge notices a dead line, and reaches us, only after a while."""
    world = await standing_world()
    world.clock.pass_s(STANDS_S)
    seen_at = world.clock.now()
    world.clock.pass_s(3000)
    gone = Disconnect(TENANT, CP, world.epoch, "edge-1", "silent", seen_at)
    await world.post("disconnect", gone)
    left = await world.stored()
    assert (left.phase, left.balances.charged) == (Phase.ENDED, 1_100_000)


async def test_what_was_kept_of_the_connector_counts_though_its_session_was_not_told() -> None:
    """Whoever kept it died, and the time-out comes before the charge point's word comes again."""
    world = await standing_world()
    world.clock.pass_s(STANDS_S)
    state = ConnectorState("Available", "NoError", world.at())
    await world.chargers.put_connector_state(TENANT, CP, 1, state, epoch=world.epoch)
    assert (await world.stored()).phase is Phase.FINISHING
    await world.later(24 * 3600)
    left = await world.stored()
    assert (left.phase, left.balances.charged) == (Phase.ENDED, 1_100_000)


async def test_the_disconnect_of_an_older_socket_says_nothing() -> None:
    world = await standing_world()
    await world.post("disconnect", Disconnect(TENANT, CP, world.epoch - 1, "edge-1", "lost"))
    assert (await world.stored()).phase is Phase.FINISHING


async def slow_world(behind_s: int) -> World:
    """The same, at a charge point whose clock is behind."""
    world = await connected_world()
    behind = timedelta(seconds=behind_s)
    await world.pay(quote=parking_quote())
    result = await world.say(started(world.at() - behind))
    assert result.transaction_id is not None
    world.clock.pass_s(600)
    await world.say(read(result.transaction_id, world.at() - behind, 2000))
    await world.say(stopped(result.transaction_id, world.at() - behind, 2000))
    return world


async def test_a_slow_clock_makes_nobody_stand_longer() -> None:
    world = await slow_world(200)
    world.clock.pass_s(STANDS_S)
    await world.post("disconnect", Disconnect(TENANT, CP, world.epoch, "edge-1", "lost"))
    assert (await world.stored()).balances.charged == 1_100_000


async def test_standing_before_the_connection_was_there_was_not_seen() -> None:
    """An end that waited at the charge point: whether the car stood there since, nobody knows."""
    world = await connected_world()
    await world.pay(quote=parking_quote())
    result = await world.say(started(world.at()))
    assert result.transaction_id is not None
    world.clock.pass_s(600)
    ended_at = world.at()
    world.clock.pass_s(STANDS_S)
    await world.connect()
    await world.say(ConnectorStatus(1, "Finishing", "NoError", world.at()))
    await world.say(stopped(result.transaction_id, ended_at, 2000))
    left = await world.stored()
    assert (left.phase, left.balances.charged) == (Phase.ENDED, 500_000)


async def test_who_comes_and_goes_before_the_end_is_told_is_somebody_else() -> None:
    """Statuses get through and the end does not; between two cars the connector was free."""
    world = await connected_world()
    await world.pay(quote=parking_quote())
    result = await world.say(started(world.at()))
    assert result.transaction_id is not None
    await world.say(ConnectorStatus(1, "Charging", "NoError", world.at()))
    world.clock.pass_s(600)
    ended_at = world.at()
    world.clock.pass_s(400)
    for status in ("Available", "Preparing", "Available", "Preparing"):
        await world.say(ConnectorStatus(1, status, "NoError", world.at()))
        world.clock.pass_s(STANDS_S)
    await world.say(stopped(result.transaction_id, ended_at, 2000))
    left = await world.stored()
    assert (left.phase, left.balances.charged) == (Phase.ENDED, 500_000 + 100_000)
    await world.require_books()


async def test_free_before_the_end_is_told_means_until_then() -> None:
    world = await connected_world()
    await world.pay(quote=parking_quote())
    result = await world.say(started(world.at()))
    assert result.transaction_id is not None
    world.clock.pass_s(600)
    ended_at = world.at()
    world.clock.pass_s(60)
    await world.say(ConnectorStatus(1, "Available", "NoError", world.at()))
    world.clock.pass_s(STANDS_S)
    await world.say(stopped(result.transaction_id, ended_at, 2000))
    assert (await world.stored()).balances.charged == 500_000


async def test_who_stood_while_an_edge_was_dead_was_seen_while_it_lived() -> None:
    world = await standing_world()
    world.clock.pass_s(400)
    await world.post("lease", Lease("edge-1", QUEUE, 30))
    world.clock.pass_s(STANDS_S)
    granted = await world.connect(instance="edge-2")
    assert not granted.standing
    left = await world.stored()
    assert (left.phase, left.balances.charged) == (Phase.ENDED, 500_000 + 100_000)


async def test_nobody_comes_back_from_an_edge_that_died() -> None:
    """Nobody tells that the charge point is gone: its edge was alive last when it said so."""
    world = await standing_world()
    world.clock.pass_s(400)
    await world.post("lease", Lease("edge-1", QUEUE, 30))
    await world.later(LOOKED_AFTER_S + CLOCKS_DIFFER_S)
    left = await world.stored()
    assert (left.phase, left.balances.charged) == (Phase.ENDED, 500_000 + 100_000)
    await world.require_books()


async def test_nobody_comes_back_from_an_edge_that_was_stopped() -> None:
    world = await standing_world()
    world.clock.pass_s(400)
    await world.post("disconnect", Disconnect(TENANT, CP, world.epoch, "edge-1", "restart"))
    await world.later(LOOKED_AFTER_S + CLOCKS_DIFFER_S)
    left = await world.stored()
    assert (left.phase, left.balances.charged) == (Phase.ENDED, 500_000 + 100_000)


@pytest.mark.parametrize(("away_s", "phase"), [(60, "finishing"), (600, "ended")])
async def test_who_comes_back_from_it_comes_soon(away_s: int, phase: str) -> None:
    world = await standing_world()
    world.clock.pass_s(400)
    await world.post("disconnect", Disconnect(TENANT, CP, world.epoch, "edge-1", "restart"))
    world.clock.pass_s(away_s)
    await world.connect(instance="edge-2")
    left = await world.stored()
    assert left.phase == phase
    assert left.balances.charged == (600_000 if left.phase is Phase.ENDED else 0)


async def test_a_car_in_sight_stands_until_the_rest_is_used_up() -> None:
    world = await standing_world()
    for _ in range(10):
        await world.lease()
        await world.later(LOOKED_AFTER_S)
    left = await world.stored()
    assert (left.phase, left.balances.charged) == (Phase.ENDED, PREPAID_MSAT)
    await world.require_books()


async def test_the_edge_that_had_it_before_says_until_when_it_was_seen() -> None:
    """It may have more to tell, of before that."""
    world = await standing_world()
    world.clock.pass_s(400)
    seen_at = world.clock.now()
    world.clock.pass_s(STANDS_S)
    granted = await world.connect()
    assert granted.standing
    assert (await world.stored()).phase is Phase.FINISHING
    await world.say(LastSeen(seen_at))
    left = await world.stored()
    assert (left.phase, left.balances.charged) == (Phase.ENDED, 500_000 + 100_000)
    assert not (await world.connect()).standing


async def test_where_another_charges_nobody_stands() -> None:
    """That the connector was free in between may not have been told."""
    world = await standing_world()
    world.clock.pass_s(400)
    began_at = world.at()
    world.clock.pass_s(STANDS_S)
    await world.say(started(began_at, "04A1B2C3"))
    left = await world.stored()
    assert (left.phase, left.balances.charged) == (Phase.ENDED, 500_000 + 100_000)


@pytest.mark.parametrize("status", ["Preparing", "Reserved", "Unavailable"])
async def test_who_comes_next_ends_the_standing_though_nobody_heard_of_a_free_connector(
    status: str,
) -> None:
    """Only the newest status is told again: a connector free for seconds may never be heard of."""
    world = await standing_world()
    world.clock.pass_s(STANDS_S)
    await world.say(ConnectorStatus(1, status, "NoError", world.at()))
    world.clock.pass_s(STANDS_S)
    await world.say(ConnectorStatus(1, "Available", "NoError", world.at()))
    left = await world.stored()
    assert (left.phase, left.balances.charged) == (Phase.ENDED, 1_100_000)
    await world.require_books()


async def test_what_was_so_before_the_charge_ended_does_not_end_the_standing() -> None:
    world = await connected_world()
    await world.pay(quote=parking_quote())
    result = await world.say(started(world.at()))
    assert result.transaction_id is not None
    world.clock.pass_s(300)
    before = world.at()
    world.clock.pass_s(300)
    await world.say(stopped(result.transaction_id, world.at(), 2000))
    await world.say(ConnectorStatus(1, "Preparing", "NoError", before))
    assert (await world.stored()).phase is Phase.FINISHING


async def test_at_a_connector_that_is_broken_nobody_is_seen_to_stand() -> None:
    world = await connected_world()
    await world.pay(quote=parking_quote())
    result = await world.say(started(world.at()))
    assert result.transaction_id is not None
    world.clock.pass_s(600)
    await world.say(ConnectorStatus(1, "Faulted", "GroundFailure", world.at()))
    await world.say(stopped(result.transaction_id, world.at(), 2000))
    world.clock.pass_s(STANDS_S)
    await world.say(ConnectorStatus(1, "Available", "NoError", world.at()))
    left = await world.stored()
    assert (left.phase, left.balances.charged) == (Phase.ENDED, 500_000)
    await world.require_books()
