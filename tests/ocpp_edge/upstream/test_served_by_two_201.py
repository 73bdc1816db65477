"""Two that serve a charge point of OCPP 2.0.1 or 2.1: whose is what, and in which order."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.edge_messages import TransactionStarted, UpstreamTold
from app.ocpp_edge.v201.memory import transaction_id
from tests.ocpp_edge.conftest import until
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
    reading,
    told,
)

REJECTED = {"status": "Rejected"}
NUMBER = transaction_id("tx-1")


# --- the backend's own transactions ------------------------------------------------------------


async def test_the_backend_decides_over_its_cards(station: Station, central: Central) -> None:
    central.answers["Authorize"] = lambda said: TAKEN if said["idToken"] == CARD else REFUSED
    box = station.box
    assert await box.says("Authorize", idToken=CARD) == TAKEN
    nobody = {"idToken": "nobody", "type": "Central"}
    assert await box.says("Authorize", idToken=nobody) == REFUSED
    assert (await box.says("Authorize", idToken=PAID)) == TAKEN
    assert central.payloads("Authorize") == [{"idToken": CARD}, {"idToken": nobody}]


async def test_its_charge_is_told_whole_and_its_answers_reach_the_charge_point(
    station: Station, central: Central, app: OwnersApp
) -> None:
    message = {"format": "UTF8", "content": "Thank you"}
    group = {"idToken": "FLEET", "type": "Central"}

    def answer(said: dict[str, Any]) -> dict[str, Any]:
        if said["eventType"] == "Started":
            return {"idTokenInfo": {"status": "Accepted", "groupIdToken": group}}
        if said["eventType"] == "Ended":
            return {"totalCost": 4.2, "updatedPersonalMessage": message}
        return {"totalCost": 1.5}

    central.answers["TransactionEvent"] = answer
    begun = await station.begins(CARD)
    assert begun == {"idTokenInfo": {"status": "Accepted", "groupIdToken": group}}
    assert await station.meters(1500) == {"totalCost": 1.5}
    ended = await station.ends(idToken=CARD, triggerReason="StopAuthorized")
    assert ended["totalCost"] == 4.2
    assert ended["updatedPersonalMessage"] == message
    assert told(central) == [("Started", 0), ("Updated", 1), ("Ended", 2)]
    assert events(central)[0]["idToken"] == CARD
    await until(lambda: UpstreamTold(NUMBER, is_end=True) in app.heard(UpstreamTold))
    assert app.heard(UpstreamTold)[0] == UpstreamTold(NUMBER, NUMBER)


async def test_what_is_not_right_to_the_letter_is_not_passed_on(
    station: Station, central: Central
) -> None:
    central.answers["TransactionEvent"] = {
        "totalCost": "a lot",
        "idTokenInfo": {"status": "Accepted", "evil": 1},
    }
    assert await station.begins(CARD) == TAKEN
    assert await station.meters(1500) == {}


async def test_what_the_backend_refuses_is_answered_so_and_stopped(
    station: Station, central: Central, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.ocpp_edge.upstream.transactions.GRACE_S", 0)
    central.answers["TransactionEvent"] = {"idTokenInfo": {"status": "Blocked"}}
    assert (await station.begins(CARD))["idTokenInfo"]["status"] == "Blocked"
    await until(lambda: station.box.was_asked("RequestStopTransaction"))
    assert station.box.was_asked("RequestStopTransaction")[0] == {"transactionId": "tx-1"}


async def test_an_answer_without_a_word_on_the_card_is_as_it_said_before(
    station: Station, central: Central
) -> None:
    central.answers["TransactionEvent"] = {}
    assert await station.box.says("Authorize", idToken=CARD) == TAKEN
    assert (await station.begins(CARD))["idTokenInfo"]["status"] == "Accepted"
    other = Station(station.box, "tx-2", 2)
    unknown = {"idToken": "0BADCAFE", "type": "ISO14443"}
    assert (await other.begins(unknown))["idTokenInfo"]["status"] == "Invalid"


async def test_what_began_with_the_cable_is_told_once_it_is_somebodys(
    station: Station, central: Central
) -> None:
    await station.begins(triggerReason="CablePluggedIn")
    await station.tells("Updated", triggerReason="ChargingStateChanged")
    await station.reports()
    await central.hears("StatusNotification")
    assert not events(central)
    assert await station.tells("Updated", idToken=CARD, triggerReason="Authorized") == TAKEN
    await station.ends()
    await central.hears("TransactionEvent", times=4)
    assert told(central) == [("Started", 0), ("Updated", 1), ("Updated", 2), ("Ended", 3)]


async def test_what_ends_for_nobody_is_nobodys_and_told(station: Station, central: Central) -> None:
    await station.begins(triggerReason="CablePluggedIn")
    await station.ends(triggerReason="EVDeparted")
    await central.hears("TransactionEvent", times=2)
    assert told(central) == [("Started", 0), ("Ended", 1)]


async def test_its_own_events_again_are_told_once(station: Station, central: Central) -> None:
    box, started = station.box, event("Started", 0, idToken=CARD)
    first = await box.says("TransactionEvent", **started)
    assert await box.says("TransactionEvent", **started) == first
    ended = event("Ended", 1)
    await box.says("TransactionEvent", **ended)
    await box.says("TransactionEvent", **ended)
    await station.reports()
    await central.hears("StatusNotification")
    assert told(central) == [("Started", 0), ("Ended", 1)]


async def test_an_end_that_comes_before_its_start_is_told_behind_it(
    station: Station, central: Central
) -> None:
    box = station.box
    await box.says("TransactionEvent", **event("Ended", 2, offline=True))
    await box.says("TransactionEvent", **event("Started", 0, idToken=CARD, offline=True))
    await central.hears("TransactionEvent", times=2)
    assert told(central) == [("Started", 0), ("Ended", 2)]


async def test_another_card_in_the_middle_is_the_backends_to_judge(
    station: Station, central: Central
) -> None:
    group = {"idTokenInfo": {"status": "ConcurrentTx"}}
    other = {"idToken": "04FFFFFF", "type": "ISO14443"}
    central.answers["TransactionEvent"] = lambda said: (
        group if said.get("idToken") == other else TAKEN
    )
    await station.begins(CARD)
    assert await station.tells("Updated", idToken=other, triggerReason="StopAuthorized") == group
    assert events(central)[1]["idToken"] == other


async def test_a_start_that_names_itself_in_every_event_is_completed_once(
    station: Station, central: Central
) -> None:
    start = {"idToken": CARD, "remoteStartId": 77, "evseId": 1}
    await central.asks("RequestStartTransaction", start)
    info = {"remoteStartId": 77}
    await station.begins(triggerReason="RemoteStart", info=info)
    await station.meters(1500, info=info)
    await station.ends(info=info)
    await central.hears("TransactionEvent", times=3)
    assert ["idToken" in said for said in events(central)] == [True, False, False]


async def test_its_remote_start_is_its_own_also_where_the_card_is_left_out(
    station: Station, central: Central, app: OwnersApp
) -> None:
    start = {"idToken": CARD, "remoteStartId": 77, "evseId": 1}
    answer = await central.asks("RequestStartTransaction", start)
    assert answer[2] == {"status": "Accepted"}
    assert station.box.was_asked("RequestStartTransaction") == [start]
    await station.begins(triggerReason="RemoteStart", info={"remoteStartId": 77})
    await central.hears("TransactionEvent")
    assert events(central)[0]["idToken"] == CARD
    [said] = app.heard(TransactionStarted)
    assert (said.id_tag, said.upstream) == (THEIRS, True)
    stop = await central.asks("RequestStopTransaction", {"transactionId": "tx-1"})
    assert stop[2] == {"status": "Accepted"}
    assert station.box.was_asked("RequestStopTransaction") == [{"transactionId": "tx-1"}]
    await station.ends(triggerReason="RemoteStop")
    await central.hears("TransactionEvent", times=2)
    again = await central.asks("RequestStopTransaction", {"transactionId": "tx-1"})
    assert again[2] == REJECTED


# --- money: what is paid for here is never touched ---------------------------------------------


async def test_the_backend_never_stops_what_is_paid_for(
    app: OwnersApp, central: Central, plug: Plug, version: str
) -> None:
    app.report_as = "GUEST"
    app.grant = granted(central, report_id_tag="GUEST")
    async with plug(version) as box:
        station = Station(box)
        await station.boots()
        central.answers["TransactionEvent"] = {**REFUSED, "totalCost": 9.9}
        info = {"remoteStartId": 123}
        assert await station.begins(PAID, info=info, reservationId=5) == TAKEN
        assert await station.meters(1500) == {}
        await station.tells("Updated", idToken=CARD, triggerReason="StopAuthorized")
        await central.hears("TransactionEvent", times=3)
        first = events(central)[0]
        assert first["idToken"] == {"idToken": "GUEST", "type": "Central"}
        assert "reservationId" not in first
        for name in ("tx-1", "", "GUEST", str(NUMBER)):
            answer = await central.asks("RequestStopTransaction", {"transactionId": name})
            assert answer[2] == REJECTED
        assert not box.was_asked("RequestStopTransaction")
        assert await station.ends(idToken=PAID) == TAKEN
        await central.hears("TransactionEvent", times=4)
        said = json.dumps(central.heard)
        for secret in (OURS, THEIRS, "remoteStartId"):
            assert secret not in said


async def test_a_paid_session_is_not_told_where_the_owner_does_not_want_it(
    station: Station, central: Central
) -> None:
    box = station.box
    await station.begins(triggerReason="CablePluggedIn")
    await station.tells("Updated", idToken=PAID, triggerReason="RemoteStart")
    await station.meters(1500)
    await box.says("MeterValues", evseId=1, meterValue=reading(1600))
    await station.ends(idToken=PAID)
    await station.reports()
    await central.hears("StatusNotification")
    assert set(central.actions()) == {"BootNotification", "StatusNotification"}


async def test_no_odd_spelling_tells_who_pays(
    app: OwnersApp, central: Central, plug: Plug, version: str
) -> None:
    app.report_as = "GUEST"
    app.grant = granted(central, report_id_tag="GUEST")
    async with plug(version) as box:
        await Station(box).boots()
        odd = {**event("Started", 0), "IDTOKEN": PAID, "seqNo": "0", "vendor": OURS}
        odd["transactionInfo"] = {"TransactionID": 17, "remotestartid": 123}
        await box.says("TransactionEvent", **odd)
        ended = {**event("Ended", 1), "idtoken": PAID, "extra": {"idToken": PAID}}
        ended["transactionInfo"] = {"transactionId": 17}
        await box.says("TransactionEvent", **ended)
        await central.hears("TransactionEvent", times=2)
        assert told(central) == [("Started", 0), ("Ended", 1)]
        said = json.dumps(central.heard).lower()
        for secret in (OURS, "remotestartid"):
            assert secret.lower() not in said
