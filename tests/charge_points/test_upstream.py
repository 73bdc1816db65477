"""A charge point that the owner's own backend serves too: whose a transaction is, what is kept."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec import structs

from app.charge_points.passthrough import Passthrough
from app.charging.errors import BadInput
from app.edge_messages import (
    Authorize,
    Booted,
    Command,
    Kick,
    TransactionStarted,
    UpstreamAsks,
    UpstreamState,
    UpstreamTold,
)
from app.ocpp_edge.v201.memory import transaction_id
from app.operations import Stop
from app.outbound import OutboundPolicy
from app.records import rows
from app.records.drafts import UpstreamDraft
from app.records.id_tags import IdTag
from app.records.reservations import Reservation, Reservations
from app.records.upstreams import Upstreams, runs_on
from tests.charge_points.world import CP, World, read, started, stopped
from tests.flow.system import SESSION, TENANT

URL = "ws://127.0.0.1:9/ocpp/BOX"
DRAFT = UpstreamDraft(URL, "shared", username="BOX", password="hush-hush")
FOREIGN_TAG = "04A2B3C4"


def passthrough(world: World, *, private: bool = True) -> Passthrough:
    return Passthrough(
        world.tables,
        world.chargers,
        world.bus,
        world.envelope,
        world.clock,
        OutboundPolicy(allow_private_hosts=private),
        world.settings,
    )


async def served_too(draft: UpstreamDraft = DRAFT) -> World:
    """Connected, with an upstream."""
    world = await World().furnish()
    await passthrough(world).set(TENANT, CP, draft)
    await world.connect()
    return world


def upstreams(world: World) -> Upstreams:
    return Upstreams(world.tables)


async def stops_owed(world: World) -> list[Command]:
    return [c for c in await world.commanded() if isinstance(c.operation, Stop)]


async def test_a_card_of_the_backends_is_no_stranger() -> None:
    world = await served_too()
    result = await world.say(started(world.at(), FOREIGN_TAG, upstream=True))
    assert result.accepted
    assert result.transaction_id
    told = result.upstream
    assert told is not None
    assert (told.foreign, told.id_tag, told.connector) == (True, FOREIGN_TAG, 1)
    await world.say(read(result.transaction_id, world.at(), 2000))
    await world.later(60)
    assert not await stops_owed(world)
    assert runs_on(await upstreams(world).transactions(TENANT, CP), 1)
    assert not world.claims()


async def test_without_the_backend_the_same_card_is_stopped() -> None:
    world = await World().furnish()
    await world.connect()
    result = await world.say(started(world.at(), FOREIGN_TAG, upstream=True))
    assert not result.accepted
    assert result.upstream is None
    await world.later(60)
    assert await stops_owed(world)


async def test_a_backend_that_only_looks_on_answers_for_nobody() -> None:
    world = await served_too(replace(DRAFT, mode="mirror"))
    result = await world.say(started(world.at(), FOREIGN_TAG, upstream=True))
    assert not result.accepted
    await world.later(60)
    assert await stops_owed(world)


async def test_a_paid_session_is_ours_and_not_told_unless_the_owner_says_so() -> None:
    world = await served_too()
    await world.pay()
    result = await world.say(started(world.at(), upstream=True))
    assert result.accepted
    assert result.upstream is None
    assert (await world.stored()).transaction_id == result.transaction_id


@pytest.mark.parametrize(
    ("draft", "shown"),
    [
        (replace(DRAFT, report_id_tag="GUEST"), "GUEST"),
        (replace(DRAFT, mode="mirror"), "STROM"),
        (replace(DRAFT, mode="mirror", report_id_tag="GUEST"), "GUEST"),
    ],
)
async def test_nobody_learns_the_id_tag_of_a_paid_session(draft: UpstreamDraft, shown: str) -> None:
    world = await served_too(draft)
    await world.pay()
    result = await world.say(started(world.at(), upstream=True))
    assert result.upstream is not None
    assert (result.upstream.id_tag, result.upstream.foreign) == (shown, False)
    assert SESSION not in repr(result.upstream).lower()


async def test_replays_are_the_same_transaction_and_told_once() -> None:
    world = await served_too()
    start = started(world.at(), FOREIGN_TAG, upstream=True)
    first, again = await world.say(start), await world.say(start)
    assert first.transaction_id == again.transaction_id
    assert len(await upstreams(world).transactions(TENANT, CP)) == 1
    number = first.transaction_id
    assert number is not None
    await world.say(stopped(number, world.at(), 3000))
    await world.say(UpstreamTold(number, 77))
    await world.say(UpstreamTold(number, is_end=True))
    assert not await upstreams(world).transactions(TENANT, CP)
    late = await world.say(start)
    assert late.transaction_id == number
    assert not await upstreams(world).transactions(TENANT, CP)


async def test_another_edge_learns_what_the_backend_does_not_know() -> None:
    world = await served_too()
    number = (await world.say(started(world.at(), FOREIGN_TAG, upstream=True))).transaction_id
    assert number is not None
    await world.say(UpstreamTold(number, 77))
    await world.say(stopped(number, world.at(10), 3000))
    granted = await world.connect()
    assert granted.upstream is not None
    [told] = granted.upstream.transactions
    assert (told.upstream_id, told.meter_stop_wh, told.stop_reason) == (77, 3000, "Local")
    assert told.stopped_at is not None


async def test_a_lost_end_is_over_with_the_next_start_on_the_connector() -> None:
    world = await served_too()
    await world.say(started(world.at(), FOREIGN_TAG, upstream=True))
    world.clock.pass_s(600)
    second = await world.say(started(world.at(), "04FF", upstream=True))
    [told] = await upstreams(world).transactions(TENANT, CP)
    assert told.transaction_id == second.transaction_id


def named(world: World, sequence: int = 0, **more: object) -> TransactionStarted:
    """A start of OCPP 2.0.1, where the charge point names its transactions."""
    number = transaction_id("tx-1")
    names = {"transaction_id": number, "reference": "tx-1", "sequence": sequence, "upstream": True}
    return started(world.at(), FOREIGN_TAG, **{**names, **more})


async def test_what_the_charge_point_names_is_told_by_that_name() -> None:
    world = await served_too()
    result = await world.say(named(world, sequence=2))
    told = result.upstream
    assert told is not None
    assert (told.foreign, told.reference, told.sequence) == (True, "tx-1", 2)
    number = told.transaction_id
    await world.say(UpstreamTold(number, number))
    ended = stopped(number, world.at(10), 3000)
    await world.say(structs.replace(ended, reference="tx-1", sequence=7))
    [kept] = await upstreams(world).transactions(TENANT, CP)
    assert (kept.upstream_id, kept.stop_sequence, kept.meter_stop_wh) == (number, 7, 3000)
    await world.later(60)
    assert not await stops_owed(world)


async def test_an_end_that_came_first_is_told_with_its_start() -> None:
    world = await served_too()
    number = transaction_id("tx-1")
    await world.say(structs.replace(stopped(number, world.at(), 3000), reference="tx-1"))
    told = (await world.say(named(world))).upstream
    assert told is not None
    assert (told.stopped_at, told.meter_stop_wh) == (world.at(), 3000)
    assert not runs_on(await upstreams(world).transactions(TENANT, CP), 1)


async def test_a_name_that_is_given_anew_is_another_transaction() -> None:
    world = await served_too()
    first = (await world.say(named(world))).transaction_id
    assert first is not None
    await world.say(structs.replace(stopped(first, world.at(), 3000), reference="tx-1"))
    world.clock.pass_s(600)
    again = started(world.at(), "04FF", upstream=True, transaction_id=first, reference="tx-1")
    told = (await world.say(again)).upstream
    assert told is not None
    assert (told.id_tag, told.stopped_at) == ("04FF", None)


async def test_a_mirror_answers_for_nobody_whatever_is_spoken() -> None:
    world = await served_too(replace(DRAFT, mode="mirror"))
    result = await world.say(named(world))
    assert (result.accepted, result.upstream) == (False, None)


async def test_the_variables_that_stay_ours_are_named_in_what_is_spoken() -> None:
    world = await World().furnish()
    await passthrough(world).set(TENANT, CP, DRAFT)
    found = (await world.connect(protocol="ocpp2.0.1")).upstream
    assert found is not None
    assert "SampledDataCtrlr.TxUpdatedInterval" in found.kept_keys
    assert "MeterValueSampleInterval" not in found.kept_keys


async def test_an_unknown_card_is_told_from_ours() -> None:
    world = await served_too()
    assert not (await world.say(Authorize(FOREIGN_TAG))).known
    await world.pay()
    assert (await world.say(Authorize(SESSION))).known


@pytest.mark.parametrize(
    "action", ["RemoteStartTransaction", "Reset", "UnlockConnector", "ChangeAvailability"]
)
async def test_the_backend_may_not_touch_what_is_paid_for(action: str) -> None:
    world = await served_too()
    assert (await world.say(UpstreamAsks(action, 1))).accepted
    await world.pay()
    assert not (await world.say(UpstreamAsks(action, 1))).accepted
    assert not (await world.say(UpstreamAsks(action, 0))).accepted
    assert (await world.say(UpstreamAsks(action, 2))).accepted
    assert not (await world.say(UpstreamAsks(action, 9))).accepted


async def test_the_backend_starts_nothing_that_is_paid_for_here() -> None:
    world = await served_too()
    card = IdTag("OWN1", "Card", world.at())
    await rows.id_tags(world.tables).add(TENANT, card)
    await world.pay(connector=2)
    for id_tag in ("own1", SESSION, SESSION.upper()):
        asked = UpstreamAsks("RemoteStartTransaction", 1, id_tag=id_tag)
        assert not (await world.say(asked)).accepted
    asked = UpstreamAsks("RemoteStartTransaction", 1, id_tag=FOREIGN_TAG)
    assert (await world.say(asked)).accepted


async def test_the_backend_may_not_have_what_is_reserved_here() -> None:
    world = await served_too()
    kept = Reservation(5, 1, world.at(600), "X", "owner.1")
    await Reservations(world.tables).put(TENANT, CP, kept)
    assert not (await world.say(UpstreamAsks("RemoteStartTransaction", 1))).accepted
    assert not (await world.say(UpstreamAsks("ReserveNow", 2, 5))).accepted
    assert (await world.say(UpstreamAsks("ReserveNow", 2, 6))).accepted


async def test_a_looking_backend_may_do_nothing() -> None:
    world = await served_too(replace(DRAFT, mode="mirror"))
    assert not (await world.say(UpstreamAsks("Reset", 1))).accepted


async def test_the_backend_does_not_replace_a_list_we_keep() -> None:
    world = await served_too()
    assert (await world.say(UpstreamAsks("SendLocalList"))).accepted
    stations = rows.charge_points(world.tables)
    box = await stations.get(TENANT, CP)
    await stations.replace(TENANT, box, replace(box, local_list=True))
    assert not (await world.say(UpstreamAsks("SendLocalList"))).accepted


async def test_the_edge_gets_what_it_needs_and_nobody_else_the_password() -> None:
    world = await World().furnish()
    owner = passthrough(world)
    await owner.set(TENANT, CP, DRAFT)
    first = await world.connect()
    assert first.upstream is not None
    assert first.upstream.device is None
    await world.say(Booted("Vendor", "Model", "S1", "1.0"))
    granted = await world.connect()
    found = granted.upstream
    assert found is not None
    assert (found.url, found.username, found.password) == (URL, "BOX", "hush-hush")
    assert {"MeterValueSampleInterval", "AuthorizationKey"} <= set(found.kept_keys)
    assert found.device == Booted("Vendor", "Model", "S1", "1.0")
    assert "hush-hush" not in repr(granted)
    rows_as_text = repr(list(world.tables.rows()))
    assert "hush-hush" not in rows_as_text
    station = await rows.charge_points(world.tables).get(TENANT, CP)
    view = await owner.of(TENANT, station)
    assert view is not None
    assert view.has_password
    assert "hush-hush" not in repr(view)


async def test_a_charge_point_without_upstream_is_told_of_none() -> None:
    world = await World().furnish()
    assert (await world.connect()).upstream is None


async def test_a_change_has_the_charge_point_connect_again() -> None:
    world = await World().furnish()
    granted = await world.connect()
    await world.received()
    await passthrough(world).set(TENANT, CP, DRAFT)
    kicks = [each for each in await world.received() if isinstance(each, Kick)]
    assert [kick.epoch > granted.epoch for kick in kicks] == [True]


async def test_the_state_is_the_newest_connections() -> None:
    world = await served_too()
    await world.say(UpstreamState(world.at(), False, "no answer", queued=3, lost=1))
    station = await rows.charge_points(world.tables).get(TENANT, CP)
    view = await passthrough(world).of(TENANT, station)
    assert view is not None
    assert (view.connected, view.error, view.queued, view.lost) == (False, "no answer", 3, 1)
    old = world.epoch
    await world.connect()
    result = await world.say(UpstreamState(world.at(), True), epoch=old)
    assert result.fenced


async def test_links_do_not_go_in_circles() -> None:
    world = await served_too()
    epoch = world.epoch
    assert (await world.try_to_connect(is_link=True)).status_code == 401
    assert (await world.chargers.connection(TENANT, CP)).epoch == epoch, "nobody was put out"
    await passthrough(world).remove(TENANT, CP)
    assert (await world.connect(is_link=True)).upstream is None


async def test_removed_it_is_forgotten() -> None:
    world = await served_too()
    await world.say(started(world.at(), FOREIGN_TAG, upstream=True))
    await passthrough(world).remove(TENANT, CP)
    assert (await world.connect()).upstream is None
    assert not await upstreams(world).transactions(TENANT, CP)
    assert await upstreams(world).setup(TENANT, CP) is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"url": "https://example.org/x"}, "url"),
        ({"url": "wss://user:secret@example.org/x"}, "url"),
        ({"url": "nonsense"}, "url"),
        ({"url": "ws://127.0.0.1:9/x?y=1"}, "url"),
        ({"username": "a:b"}, "username"),
        ({"password": "a\nb"}, "password"),
        ({"report_id_tag": "X" * 21}, "report_id_tag"),
        ({"ca_pem": "nonsense"}, "ca_pem"),
    ],
)
async def test_what_cannot_be_is_refused(changes: dict[str, str], field: str) -> None:
    world = await World().furnish()
    with pytest.raises(BadInput) as refused:
        await passthrough(world).set(TENANT, CP, replace(DRAFT, **changes))  # type: ignore[arg-type]  # texts alone
    assert refused.value.field == field


async def test_no_upstream_on_the_providers_own_network() -> None:
    world = await World().furnish()
    with pytest.raises(BadInput):
        await passthrough(world, private=False).set(TENANT, CP, DRAFT)


async def test_a_password_does_not_follow_to_another_address() -> None:
    world = await served_too()
    owner = passthrough(world)
    await owner.set(TENANT, CP, replace(DRAFT, password="", when_down="accept"))
    found = (await world.connect()).upstream
    assert found is not None
    assert (found.password, found.when_down) == ("hush-hush", "accept")
    with pytest.raises(BadInput):
        await owner.set(TENANT, CP, replace(DRAFT, password="", url="ws://127.0.0.1:10/ocpp/BOX"))
