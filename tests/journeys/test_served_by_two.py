"""A charge point that the owner's own backend serves too, which wants more than is its own."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from tests.journeys.chargers import BY_HAND, Charger
from tests.journeys.checks import assert_balances, assert_ledger, assert_refund_offered
from tests.journeys.drivers import Driver
from tests.journeys.owners import Owner
from tests.journeys.serving import ServedStrom
from tests.journeys.waiting import until
from tests.ocpp_edge.upstream.central import PASSWORD, THEIRS, Central

PATIENCE_S = 30
REJECTED = {"status": "Rejected"}
SPEAKS_201 = replace(BY_HAND, ocpp="2.0.1")


@pytest.fixture
async def central(strom: ServedStrom) -> AsyncIterator[Central]:
    """The owner's own backend."""
    strom.secrets.add(PASSWORD)
    backend = Central()
    await backend.starts()
    yield backend
    await backend.drops()
    await backend.stops()


async def served_too(owner: Owner, charger: Charger, central: Central, **more: str) -> str:
    """The charge point, which is connected already, from now on."""
    path = f"/charge-points/{charger.charge_point_id}/upstream"
    body = {"url": central.url, "mode": "shared", "username": "BOX", "password": PASSWORD, **more}
    answer = await owner.http.put(path, json=body)
    assert answer.is_success, answer.text
    await central.hears("BootNotification", seconds=PATIENCE_S)
    await until(lambda: owner.get(path), lambda shown: shown["connected"], "the link to be up")
    await charger.is_free()
    return path


async def test_it_cannot_disturb_what_is_paid_for(
    owner: Owner, charger: Charger, driver: Driver, central: Central
) -> None:
    await served_too(owner, charger, central, report_id_tag="GUEST")
    await driver.pays(charger.address, 5_000)
    charger.plugs_in()
    await charger.charges()
    charger.delivers(1_000)
    await central.hears("StartTransaction", "MeterValues", seconds=PATIENCE_S)

    for number in (central.first_number, 1, 0):
        answer = await central.asks("RemoteStopTransaction", {"transactionId": number})
        assert answer[2] == REJECTED
    for action, payload in (
        ("Reset", {"type": "Hard"}),
        ("UnlockConnector", {"connectorId": 1}),
        ("RemoteStartTransaction", {"connectorId": 1, "idTag": THEIRS}),
        ("ChangeConfiguration", {"key": "MeterValueSampleInterval", "value": "0"}),
    ):
        assert (await central.asks(action, payload))[2] in (REJECTED, {"status": "UnlockFailed"})
    charger.delivers(3_000)
    await driver.sees(phase="charging", energy_wh=4_000)
    await driver.stops()
    await charger.has_stopped()

    await assert_refund_offered(driver, sats=3_000)
    await driver.takes_refund()
    await assert_balances({driver: -2_000, owner: 2_000})
    await assert_ledger(owner, driver, paid=5_000_000, charged=2_000_000, refunded=3_000_000)
    await central.hears("StopTransaction", seconds=PATIENCE_S)
    [start], [stop] = central.payloads("StartTransaction"), central.payloads("StopTransaction")
    assert start["idTag"] == "GUEST"
    assert stop["transactionId"] == central.first_number
    session_id = (await driver.view())["id"]
    assert session_id not in json.dumps(central.heard).lower()


async def test_its_own_card_charges_through_a_restart_and_nobody_pays_meanwhile(
    strom: ServedStrom, owner: Owner, charger: Charger, driver: Driver, central: Central
) -> None:
    await served_too(owner, charger, central, when_down="accept")
    charger.plugs_in()
    charger.device.swipe(THEIRS)
    await charger.charges()
    assert central.payloads("Authorize") == [{"idTag": THEIRS}]
    number = central.first_number
    assert "In use" in await driver.is_refused(charger.address, 1_000)

    await strom.killed()
    charger.delivers(2_000)
    await central.drops()
    await central.stops()
    await strom.started_again()
    charger.device.swipe(THEIRS)
    await charger.has_stopped()
    assert charger.device.journal.count("received", "RemoteStopTransaction") == 0

    await central.starts()
    await central.hears("StopTransaction", seconds=PATIENCE_S)
    assert central.payloads("StopTransaction")[0]["transactionId"] == number
    assert len(central.payloads("StartTransaction")) == 1
    charger.unplugs()
    await charger.is_free()
    await driver.pays(charger.address, 1_000)


# --- OCPP 2.0.1: the same, in its own words ------------------------------------------------------


@pytest.fixture
async def central_201(central: Central) -> Central:
    """The same backend, speaking 2.0.1, which names a price to its own drivers."""
    taken = {"idTokenInfo": {"status": "Accepted"}}
    await central.speaks("ocpp2.0.1")
    central.answers |= {
        "Authorize": taken,
        "TransactionEvent": lambda said: taken if "idToken" in said else {"totalCost": 1.5},
    }
    return central


LIMIT: dict[str, Any] = {
    "id": 1,
    "stackLevel": 0,
    "chargingProfilePurpose": "TxProfile",
    "chargingProfileKind": "Relative",
    "chargingSchedule": [
        {
            "id": 1,
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6}],
        }
    ],
}


def told_by(central: Central, kind: str) -> list[dict[str, Any]]:
    return [said for said in central.payloads("TransactionEvent") if said["eventType"] == kind]


async def test_over_201_it_cannot_disturb_what_is_paid_for(
    owner: Owner, driver: Driver, central_201: Central
) -> None:
    central = central_201
    async with await owner.adds_charger(settings=SPEAKS_201) as charger:
        await served_too(owner, charger, central, report_id_tag="GUEST")
        await driver.pays(charger.address, 5_000)
        charger.plugs_in()
        await charger.charges()
        charger.delivers(1_000)
        await driver.sees(phase="charging", energy_wh=1_000)
        await central.hears("TransactionEvent", seconds=PATIENCE_S)

        name = central.payloads("TransactionEvent")[0]["transactionInfo"]["transactionId"]
        profile = {**LIMIT, "transactionId": name}
        card = {"idToken": THEIRS, "type": "ISO14443"}
        for action, payload in (
            ("RequestStopTransaction", {"transactionId": name}),
            ("RequestStartTransaction", {"idToken": card, "remoteStartId": 1, "evseId": 1}),
            ("Reset", {"type": "Immediate"}),
            ("UnlockConnector", {"evseId": 1, "connectorId": 1}),
            ("SetChargingProfile", {"evseId": 1, "chargingProfile": profile}),
        ):
            answer = await central.asks(action, payload)
            assert answer[2] in (REJECTED, {"status": "UnlockFailed"}), action
        charger.delivers(3_000)
        await driver.sees(phase="charging", energy_wh=4_000)
        await driver.stops()
        await driver.sees(phase="ended")

        await assert_refund_offered(driver, sats=3_000)
        await driver.takes_refund()
        charger.unplugs()
        await until(lambda: _now(told_by(central, "Ended")), bool, "its end to be told")
    await assert_balances({driver: -2_000, owner: 2_000})
    await assert_ledger(owner, driver, paid=5_000_000, charged=2_000_000, refunded=3_000_000)
    session_id, said = (await driver.view())["id"], json.dumps(central.heard)
    assert session_id not in said.lower()
    assert "remoteStartId" not in said
    assert "GUEST" in said


async def test_over_201_its_own_card_charges_through_a_restart_and_nobody_pays_meanwhile(
    strom: ServedStrom, owner: Owner, driver: Driver, central_201: Central
) -> None:
    central = central_201
    async with await owner.adds_charger(settings=SPEAKS_201) as charger:
        await served_too(owner, charger, central, when_down="accept")
        charger.plugs_in()
        charger.device.swipe(THEIRS)
        await charger.charges()
        [asked] = central.payloads("Authorize")
        assert asked["idToken"]["idToken"] == THEIRS
        assert "In use" in await driver.is_refused(charger.address, 1_000)

        await strom.killed()
        charger.delivers(2_000)
        await central.drops()
        await central.stops()
        await strom.started_again()
        charger.unplugs()
        await charger.has_told_everything()
        assert charger.device.journal.count("received", "RequestStopTransaction") == 0

        await central.starts()
        await until(lambda: _now(told_by(central, "Ended")), bool, "its end to be told")
        names = {
            said["transactionInfo"]["transactionId"]
            for said in central.payloads("TransactionEvent")
        }
        assert len(names) == 1
        assert len(told_by(central, "Started")) == 1
        await charger.is_free()
        await driver.pays(charger.address, 1_000)


async def test_over_201_what_it_starts_it_limits_and_stops_and_who_pays_next_is_not_slowed(
    owner: Owner, driver: Driver, central_201: Central
) -> None:
    central = central_201
    card = {"idToken": THEIRS, "type": "ISO14443"}
    accepted = {"status": "Accepted"}
    async with await owner.adds_charger(settings=SPEAKS_201) as charger:
        await served_too(owner, charger, central)
        start = {"idToken": card, "remoteStartId": 77, "evseId": 1, "chargingProfile": LIMIT}
        assert (await central.asks("RequestStartTransaction", start))[2] == accepted
        charger.plugs_in()
        await charger.charges()
        await until(lambda: _now(told_by(central, "Started")), bool, "its charge to be told")
        name = told_by(central, "Started")[0]["transactionInfo"]["transactionId"]
        profile = {**LIMIT, "id": 2, "stackLevel": 1, "transactionId": name}
        limit = {"evseId": 1, "chargingProfile": profile}
        assert (await central.asks("SetChargingProfile", limit))[2] == accepted
        for_everybody = {**LIMIT, "chargingProfilePurpose": "TxDefaultProfile"}
        refused = {"evseId": 0, "chargingProfile": for_everybody}
        assert (await central.asks("SetChargingProfile", refused))[2] == REJECTED
        assert len(charger.device.station.limits.all()) == 2

        stop = await central.asks("RequestStopTransaction", {"transactionId": name})
        assert stop[2] == accepted
        charger.unplugs()
        await until(lambda: _now(told_by(central, "Ended")), bool, "its end to be told")
        await charger.is_free()
        count = len(central.payloads("TransactionEvent"))

        await driver.pays(charger.address, 5_000)
        charger.plugs_in()
        await charger.charges()
        assert charger.device.station.limits.all() == []
        charger.delivers(1_000)
        await driver.sees(phase="charging", energy_wh=1_000)
        await driver.stops()
        await driver.sees(phase="ended")
        assert len(central.payloads("TransactionEvent")) == count, "it is not told of who pays"


async def _now(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return found
