"""The owner's own idTags: who may charge, at whose cost, also when it is told twice or late."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app import operations as op
from app.charge_points.id_tags import CACHED_FOR, IdTags, local_list
from app.charging.errors import BadInput, Conflict, NotFound
from app.charging.session import Funding, Phase
from app.edge_messages import Authorize, ChargerMessage, CommandOutcome
from app.records import rows
from app.records.drafts import IdTagDraft
from tests.charge_points.world import (
    CP,
    World,
    charging_world,
    connected_world,
    others_first,
    paid_world,
    read,
    started,
    stopped,
)
from tests.flow.system import SESSION, TENANT

CARD = "04A1B2C3D4"


def tags_of(world: World) -> IdTags:
    return IdTags(world.tables, world.clock, world.commands)


async def carded() -> World:
    """Connected, and one card is on the owner's list."""
    world = await connected_world()
    await tags_of(world).add(TENANT, IdTagDraft(f" {CARD.lower()} ", "Anna", group="family"))
    return world


async def change_station(world: World, **changes: bool) -> None:
    table = rows.charge_points(world.tables)
    before = await table.get(TENANT, CP)
    await table.replace(TENANT, before, replace(before, **changes))  # type: ignore[arg-type]  # flags


# --- who may ---------------------------------------------------------------------------------


@pytest.mark.parametrize("written", [CARD, CARD.lower(), f" {CARD} "])
async def test_a_card_on_the_list_may_charge(written: str) -> None:
    world = await carded()
    result = await world.say(Authorize(written))
    assert (result.accepted, result.id_tag_status, result.parent_id_tag) == (
        True,
        "Accepted",
        "FAMILY",
    )
    assert result.id_tag_until == world.clock.now() + CACHED_FOR


async def test_a_card_that_is_blocked_or_over_or_for_elsewhere_may_not() -> None:
    world = await carded()
    tags = tags_of(world)
    await tags.change(TENANT, CARD, IdTagDraft(CARD, "Anna", blocked=True))
    assert (await world.say(Authorize(CARD))).id_tag_status == "Blocked"
    soon = world.clock.now() + timedelta(hours=1)
    await tags.change(TENANT, CARD, IdTagDraft(CARD, "Anna", expires_at=soon))
    assert (await world.say(Authorize(CARD))).id_tag_until == soon, "no cache outlives it"
    world.clock.pass_s(3600)
    result = await world.say(Authorize(CARD))
    assert (result.accepted, result.id_tag_status) == (False, "Expired")
    other = replace(await rows.charge_points(world.tables).get(TENANT, CP), id="CP2", path="p2")
    await rows.charge_points(world.tables).add(TENANT, other)
    await tags.change(TENANT, CARD, IdTagDraft(CARD, "Anna", charge_points=("CP2",)))
    assert not (await world.say(Authorize(CARD))).accepted


async def test_where_charging_is_free_anybody_may_but_a_blocked_card() -> None:
    world = await carded()
    assert not (await world.say(Authorize("stranger"))).accepted
    await change_station(world, free_vend=True)
    assert (await world.say(Authorize("stranger"))).accepted
    await tags_of(world).change(TENANT, CARD, IdTagDraft(CARD, "Anna", blocked=True))
    assert not (await world.say(Authorize(CARD))).accepted


async def test_another_tenants_card_is_nobodys() -> None:
    world = await connected_world()
    await tags_of(world).add("neighbour", IdTagDraft(CARD, "Bert"))
    assert not (await world.say(Authorize(CARD))).accepted
    with pytest.raises(NotFound):
        await tags_of(world).get(TENANT, CARD)


# --- what it charges ---------------------------------------------------------------------------


async def test_a_cards_charge_is_its_owners_session() -> None:
    world = await carded()
    result = await world.say(started(world.at(), CARD))
    assert result.accepted
    transaction = result.transaction_id or 0
    assert await world.commanded() == [], "it has begun already: nothing is to be started"
    [session] = await world.flow.sessions.open(TENANT)
    assert (session.phase, session.funding) == (Phase.CHARGING, Funding.OWNER)
    [deadline] = result.deadlines
    assert (deadline.stop_at, deadline.stop_at_wh) == (None, None), "no budget ends it"
    await world.say(read(transaction, world.at(60), 3000))
    world.clock.pass_s(1200)
    await world.say(stopped(transaction, world.at(), 6000))
    ended = await world.stored(session.id)
    assert (ended.phase, ended.energy_wh, ended.cost_msat) == (Phase.ENDED, 5000, 0)
    assert world.claims() == []
    await world.require_books(session.id)


async def test_its_energy_is_believed_up_to_the_connectors_power() -> None:
    """A hundred kilowatts for an hour, at a connector that can."""
    world = await carded()
    table = rows.charge_points(world.tables)
    before = await table.get(TENANT, CP)
    plugs = tuple(replace(plug, max_power_w=150_000) for plug in before.connectors)
    await table.replace(TENANT, before, replace(before, connectors=plugs))
    transaction = (await world.say(started(world.at(), CARD))).transaction_id or 0
    [session] = await world.flow.sessions.open(TENANT)
    world.clock.pass_s(3600)
    await world.say(stopped(transaction, world.at(), 101_000))
    assert (await world.stored(session.id)).energy_wh == 100_000


async def test_a_replay_is_the_same_session() -> None:
    world = await carded()
    begun = started(world.at(), CARD)
    first = await world.say(begun)
    world.clock.pass_s(7200)
    world.restart()
    again = await world.say(begun)
    assert again.transaction_id == first.transaction_id
    assert again.accepted
    assert len(await world.flow.sessions.open(TENANT)) == 1


async def test_two_tellings_at_once_are_one_session() -> None:
    world = await carded()
    world.faults.before_write = others_first
    begun = started(world.at(), CARD)
    results = await world.say_all(
        *[ChargerMessage(TENANT, CP, world.epoch, begun) for _ in range(5)]
    )
    assert len({result.transaction_id for result in results}) == 1
    assert len(await world.flow.sessions.open(TENANT)) == 1


async def test_a_card_does_not_take_the_connector_of_who_has_paid() -> None:
    world = await carded()
    await world.pay()
    await world.received()
    result = await world.say(started(world.at(), CARD))
    assert not result.accepted
    paid = await world.say(started(world.at(5)))
    assert paid.accepted
    await world.later(10)
    assert op.Stop(result.transaction_id or 0) in [c.operation for c in await world.commanded()]
    await world.require_books()


async def test_nor_while_somebody_charges() -> None:
    world, transaction = await charging_world()
    await tags_of(world).add(TENANT, IdTagDraft(CARD, "Anna"))
    await world.received()
    result = await world.say(started(world.at(9), CARD))
    assert not result.accepted
    assert (await world.stored()).transaction_id == transaction
    await world.require_books()


async def test_the_payers_idtag_is_judged_by_its_session_alone() -> None:
    world = await paid_world()
    await change_station(world, free_vend=True)
    assert (await world.say(started(world.at()))).accepted
    session = await world.stored()
    assert (session.id, session.funding) == (SESSION, Funding.LIGHTNING)


async def test_what_a_blocked_card_began_is_stopped() -> None:
    world = await carded()
    await tags_of(world).change(TENANT, CARD, IdTagDraft(CARD, "Anna", blocked=True))
    result = await world.say(started(world.at(), CARD))
    assert not result.accepted
    await world.later(4)
    [stop] = await world.commanded()
    assert stop.operation == op.Stop(result.transaction_id or 0)
    assert await world.flow.sessions.open(TENANT) == []


# --- the list ----------------------------------------------------------------------------------


async def test_a_charge_point_that_keeps_the_list_gets_every_change_of_it() -> None:
    world = await carded()
    await change_station(world, local_list=True)
    tags = tags_of(world)
    station = await rows.charge_points(world.tables).get(TENANT, CP)
    await tags.keep_list(TENANT, station)
    sent = [c.operation for c in await world.commanded()]
    assert op.ChangeConfiguration("LocalAuthListEnabled", "true") in sent
    assert op.ChangeConfiguration("LocalAuthorizeOffline", "true") in sent
    world.clock.pass_s(5)
    await tags.change(TENANT, CARD, IdTagDraft(CARD, "Anna", blocked=True))
    [command] = await world.commanded()
    assert isinstance(command.operation, op.SendLocalList)
    assert command.operation.update == "Full"
    assert command.operation.entries == (op.LocalListEntry(CARD, "Blocked"),)
    first = next(each.version for each in sent if isinstance(each, op.SendLocalList))
    assert command.operation.version > first


async def test_a_charge_point_that_keeps_it_no_more_is_left_without_a_list() -> None:
    world = await carded()
    await change_station(world, local_list=True)
    tags = tags_of(world)
    await tags.keep_list(TENANT, await rows.charge_points(world.tables).get(TENANT, CP))
    kept = [c.operation for c in await world.commanded()]
    [before] = [each.version for each in kept if isinstance(each, op.SendLocalList)]
    world.clock.pass_s(1)
    await change_station(world, local_list=False)
    await tags.keep_list(TENANT, await rows.charge_points(world.tables).get(TENANT, CP))
    emptied, *settings = [c.operation for c in await world.commanded()]
    assert emptied == op.SendLocalList(before + 1, "Full")
    assert settings == [
        op.ChangeConfiguration("LocalAuthListEnabled", "false"),
        op.ChangeConfiguration("LocalAuthorizeOffline", "false"),
    ]
    await tags.change(TENANT, CARD, IdTagDraft(CARD, "Anna", blocked=True))
    assert await world.commanded() == [], "it has no list that could let the card in"


async def test_an_older_list_never_comes_after_a_newer_one() -> None:
    world = await carded()
    await change_station(world, local_list=True)
    tags = tags_of(world)
    await tags.keep_list(TENANT, await rows.charge_points(world.tables).get(TENANT, CP))
    *switches, first = await world.commanded()
    for switch in switches:
        await world.say(CommandOutcome(switch.id, 1, "accepted"))
    await world.say(CommandOutcome(first.id, 1, "unknown", "timed out"))
    world.clock.pass_s(1)
    await tags.change(TENANT, CARD, IdTagDraft(CARD, "Anna", blocked=True))
    [second] = await world.commanded()
    await world.say(CommandOutcome(second.id, 1, "accepted"))
    for _ in range(5):
        await world.later(100)
    assert await world.commanded() == [], "Anna could charge again by it"
    kept = {each.id: each for each in await world.commands.newest(TENANT, CP)}
    assert (kept[first.id].state, kept[second.id].state) == ("unknown", "accepted")
    assert kept[first.id].detail == "timed out; a newer one takes its place"


async def test_a_switch_that_was_thrown_back_does_not_come_again() -> None:
    world = await carded()
    station = await rows.charge_points(world.tables).get(TENANT, CP)
    for kept in (True, False):
        world.clock.pass_s(1)
        await tags_of(world).keep_list(TENANT, replace(station, local_list=kept))
    told = await world.commanded()
    for each in told[-3:]:
        await world.say(CommandOutcome(each.id, 1, "accepted"))
    for _ in range(5):
        await world.later(100)
    assert await world.commanded() == []


@pytest.mark.parametrize("wanted", [True, False])
async def test_what_was_wanted_last_comes_later_in_its_order(wanted: bool) -> None:
    world = await World().furnish()
    tags = tags_of(world)
    await tags.add(TENANT, IdTagDraft(CARD, "Anna"))
    station = await rows.charge_points(world.tables).get(TENANT, CP)
    for kept in (wanted, not wanted) * 3 + (wanted,):
        await tags.keep_list(TENANT, replace(station, local_list=kept))
        world.clock.pass_s(1)
    told = [each.operation for each in (await world.connect()).commands]
    switch, list_ = ["change_configuration"] * 2, ["send_local_list"]
    in_order = switch + list_ if wanted else list_ + switch
    assert [op.name_of(each) for each in told] == in_order, "a list is taken while it is enabled"


async def test_the_list_waits_for_a_charge_point_that_is_away() -> None:
    world = await World().furnish()
    await change_station(world, local_list=True)
    await tags_of(world).add(TENANT, IdTagDraft(CARD, "Anna"))
    world.clock.pass_s(86_400)
    granted = await world.connect()
    [command] = granted.commands
    assert isinstance(command.operation, op.SendLocalList)


async def test_the_list_has_only_what_may_be_used_there() -> None:
    world = await carded()
    tag = await tags_of(world).get(TENANT, CARD)
    elsewhere = replace(tag, id="X", charge_points=("CP2",))
    assert [entry.id_tag for entry in local_list([tag, elsewhere], CP)] == [CARD]


# --- what is entered ---------------------------------------------------------------------------


@pytest.mark.parametrize("tag_id", ["", "   ", "A" * 21, "ä", "a b", "A\x00"])
async def test_what_no_card_says_is_refused(tag_id: str) -> None:
    world = await connected_world()
    with pytest.raises(BadInput):
        await tags_of(world).add(TENANT, IdTagDraft(tag_id, "Anna"))


async def test_a_card_is_entered_once() -> None:
    world = await carded()
    with pytest.raises(Conflict):
        await tags_of(world).add(TENANT, IdTagDraft(CARD.lower(), "Bert"))
    await tags_of(world).remove(TENANT, CARD)
    with pytest.raises(NotFound):
        await tags_of(world).remove(TENANT, CARD)


async def test_only_ones_own_charge_points_are_named() -> None:
    world = await carded()
    with pytest.raises(BadInput):
        await tags_of(world).change(TENANT, CARD, IdTagDraft(CARD, "A", charge_points=("CP9",)))
