"""Beside OCPP 2.0.1 and 2.1 a backend that looks on, is down, or slow: the charge point goes on."""

from __future__ import annotations

import asyncio
import json

import pytest

from app.edge_messages import UpstreamTold, UpstreamTransaction
from app.ocpp_edge.v201.memory import transaction_id
from tests.ocpp_edge.conftest import until
from tests.ocpp_edge.harness import NOON
from tests.ocpp_edge.upstream.central import OURS, THEIRS, Central, OwnersApp, granted
from tests.ocpp_edge.upstream.conftest import Plug
from tests.ocpp_edge.upstream.events import (
    CARD,
    PAID,
    REFUSED,
    TAKEN,
    Station,
    event,
    events,
    told,
)

REJECTED = {"status": "Rejected"}
NUMBER = transaction_id("tx-1")
# --- it only looks on, or is down --------------------------------------------------------------


async def test_a_mirror_sees_and_does_nothing(
    app: OwnersApp, central: Central, plug: Plug, version: str
) -> None:
    app.report_as = "STROM"
    app.grant = granted(central, mode="mirror")
    async with plug(version) as box:
        station = Station(box)
        await station.boots()
        await station.begins(PAID)
        await station.ends()
        stranger = Station(box, "tx-2")
        assert (await stranger.begins(CARD))["idTokenInfo"]["status"] == "Invalid"
        await stranger.ends()
        await station.reports()
        await central.hears("StatusNotification")
        assert told(central) == [("Started", 0), ("Ended", 1)]
        assert events(central)[0]["idToken"]["idToken"] == "STROM"
        assert OURS not in json.dumps(central.heard)
        start = {"idToken": CARD, "remoteStartId": 1}
        assert (await central.asks("RequestStartTransaction", start))[2] == REJECTED
        assert (await central.asks("Reset", {"type": "OnIdle"}))[2] == REJECTED
        assert [action for action, _ in box.asked] == []


async def test_while_it_is_down_charges_go_on_and_are_told_in_order(
    app: OwnersApp, central: Central, plug: Plug, version: str
) -> None:
    await central.stops()
    app.grant = granted(central, when_down="accept")
    async with plug(version) as box:
        await Station(box).boots()
        assert await box.says("Authorize", idToken=CARD) == TAKEN
        for charge in range(3):
            station = Station(box, f"tx-{charge}")
            assert await station.begins(CARD) == TAKEN
            await station.meters(1500)
            await station.meters(1600)
            await station.ends()
        await central.starts()
        await central.hears("TransactionEvent", times=12)
        names = [said["transactionInfo"]["transactionId"] for said in events(central)]
        assert names == [f"tx-{charge}" for charge in range(3) for _ in range(4)]
        assert [said["seqNo"] for said in events(central)] == [0, 1, 2, 3] * 3
        await until(lambda: len([t for t in app.heard(UpstreamTold) if t.is_end]) == 3)


async def test_while_it_is_down_the_owner_may_want_its_cards_refused(
    app: OwnersApp, central: Central, plug: Plug, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.ocpp_edge.upstream.transactions.GRACE_S", 0)
    await central.stops()
    app.grant = granted(central, when_down="refuse")
    async with plug(version) as box:
        station = Station(box)
        await station.boots()
        assert await box.says("Authorize", idToken=CARD) == REFUSED
        assert await station.begins(CARD) == REFUSED
        await until(lambda: box.was_asked("RequestStopTransaction"))
        await station.ends()
        await central.starts()
        await central.hears("TransactionEvent", times=2)


async def test_a_backend_that_never_answers_keeps_nobody_waiting(
    station: Station, central: Central, app: OwnersApp
) -> None:
    central.answers |= {"Authorize": None, "TransactionEvent": None}
    assert await station.box.says("Authorize", seconds=2, idToken=CARD) == REFUSED
    assert (await station.begins(CARD, seconds=2)) == REFUSED
    for wh in range(1000, 1005):
        assert await station.meters(wh, seconds=0.4) == {}
    assert await station.ends(seconds=0.4) == {}


async def test_late_events_are_told_in_the_order_of_their_numbers(
    app: OwnersApp, central: Central, plug: Plug, version: str
) -> None:
    await central.stops()
    app.grant = granted(central, when_down="accept")
    async with plug(version) as box:
        await Station(box).boots()
        await box.says("TransactionEvent", **event("Started", 0, idToken=CARD))
        for number in (3, 1, 2):
            await box.says("TransactionEvent", **event("Updated", number, offline=True))
        await box.says("TransactionEvent", **event("Ended", 4))
        await central.starts()
        await central.hears("TransactionEvent", times=5)
        assert [said["seqNo"] for said in events(central)] == [0, 1, 2, 3, 4]


async def test_another_edge_tells_what_the_first_one_could_not(
    app: OwnersApp, central: Central, plug: Plug, version: str
) -> None:
    whole = UpstreamTransaction(
        transaction_id=NUMBER,
        connector=1,
        id_tag=THEIRS,
        meter_wh=1000,
        at=NOON,
        foreign=True,
        stopped_at=NOON,
        meter_stop_wh=4000,
        stop_reason="EVDisconnected",
        reference="tx-1",
        sequence=0,
        stop_sequence=9,
    )
    begun = UpstreamTransaction(
        transaction_id=transaction_id("tx-2"),
        connector=2,
        id_tag="04FF0001",
        meter_wh=2000,
        at=NOON,
        foreign=True,
        upstream_id=transaction_id("tx-2"),
        reference="tx-2",
    )
    app.grant = granted(central, transactions=(whole, begun))
    async with plug(version) as box:
        await Station(box).boots()
        await central.hears("TransactionEvent", times=2)
        start, end = events(central)
        assert (start["idToken"]["idToken"], start["seqNo"]) == (THEIRS, 0)
        assert (end["seqNo"], end["transactionInfo"]["stoppedReason"]) == (9, "EVDisconnected")
        stop = await central.asks("RequestStopTransaction", {"transactionId": "tx-2"})
        assert stop[2] == {"status": "Accepted"}
        await box.says("TransactionEvent", **event("Ended", 5, "tx-2"))
        await central.hears("TransactionEvent", times=3)
        assert events(central)[2]["seqNo"] == 5


async def test_after_a_firmware_update_nothing_is_told_in_the_old_version(
    app: OwnersApp, central: Central, plug: Plug
) -> None:
    """What another version left is told in the words of the one that is spoken now."""
    await central.stops()
    app.grant = granted(central, when_down="accept")
    async with plug("ocpp1.6") as box:
        await box.boots()
        number = (await box.starts(THEIRS))["transactionId"]
        await box.stops(number)
    owed = UpstreamTransaction(number, 1, THEIRS, 1000, NOON, True, None, NOON, 4000, "Local")
    app.grant = granted(central, when_down="accept", transactions=(owed,))
    central.subprotocol = "ocpp2.0.1"
    async with plug("ocpp2.0.1") as box:
        await Station(box).boots()
        await central.starts()
        await central.hears("TransactionEvent", times=2)
        assert set(central.actions()) <= {"BootNotification", "TransactionEvent"}
        names = {said["transactionInfo"]["transactionId"] for said in events(central)}
        assert names == {str(number)}


async def test_one_that_goes_away_keeps_nobody_waiting(station: Station, central: Central) -> None:
    await station.begins(CARD)
    central.answers["TransactionEvent"] = None
    asked = asyncio.ensure_future(station.meters(1500, seconds=0.4))
    await central.hears("TransactionEvent", times=2)
    await central.drops()
    assert await asked == {}
