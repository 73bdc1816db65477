"""What a charge point says reaches the app: in order, one at a time, the newest never lost."""

from __future__ import annotations

import asyncio

import pytest

from app.edge_messages import (
    Authorize,
    Booted,
    Connected,
    ConnectorStatus,
    MessageResult,
    Readings,
    TransactionStarted,
    TransactionStopped,
)
from app.ocpp_edge.entries import MAX_ENTRIES
from app.ocpp_edge.held_readings import MAX_READINGS
from tests.ocpp_edge.harness import CHARGE_POINT, TENANT, Bay


@pytest.fixture
async def bay() -> Bay:
    return Bay()


# --- durable: answered only when saved -----------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("boots", Booted),
        ("starts", TransactionStarted),
        ("stops", TransactionStopped),
    ],
)
async def test_nothing_durable_is_answered_before_it_is_saved(
    bay: Bay, action: str, kind: type
) -> None:
    bay.app.gate = asyncio.Event()
    getattr(bay, action)()
    await bay.settles()
    assert len(bay.app.heard(kind)) == 1
    assert bay.socket.take() == []
    bay.app.gate.set()
    await bay.settles()
    assert [frame[0] for frame in bay.socket.take()] == [3]


@pytest.mark.parametrize("action", ["boots", "starts", "stops"])
async def test_what_is_not_saved_is_met_with_silence_and_the_retry_is_answered(
    bay: Bay, action: str
) -> None:
    bay.app.saves = False
    getattr(bay, action)()
    await bay.settles()
    bay.app.saves = True
    bay.app.goes_down()
    getattr(bay, action)()
    await bay.settles()
    assert bay.socket.take() == [], "neither an answer nor an error"
    bay.app.comes_back()
    again = getattr(bay, action)()
    await bay.settles()
    assert [frame[:2] for frame in bay.socket.take()] == [[3, again]]


async def test_an_unsaved_authorize_is_silent_too(bay: Bay) -> None:
    bay.app.goes_down()
    bay.says("Authorize", idTag="tag")
    await bay.settles()
    assert bay.socket.take() == []


async def test_the_same_stop_said_twice_while_the_app_is_slow_is_asked_once(bay: Bay) -> None:
    bay.app.gate = asyncio.Event()
    first = bay.stops()
    await bay.settles()
    second = bay.stops()
    await bay.settles()
    bay.app.gate.set()
    await bay.settles()
    assert len(bay.app.heard(TransactionStopped)) == 1
    assert [frame[1] for frame in bay.socket.take()] == [first, second]


async def test_the_apps_decision_is_the_answer(bay: Bay) -> None:
    bay.app.results[TransactionStarted] = MessageResult(saved=True, transaction_id=4711)
    bay.app.results[Authorize] = MessageResult(saved=True, accepted=False)
    bay.starts()
    bay.says("Authorize", idTag="stranger")
    await bay.settles()
    assert [frame[2] for frame in bay.socket.take()] == [
        {"transactionId": 4711, "idTagInfo": {"status": "Accepted"}},
        {"idTagInfo": {"status": "Invalid"}},
    ]


async def test_a_transaction_is_never_given_the_id_zero(bay: Bay) -> None:
    bay.app.results[TransactionStarted] = MessageResult(saved=True, accepted=False)
    bay.starts()
    await bay.settles()
    (answer,) = bay.socket.take()
    assert 0 < answer[2]["transactionId"] < 2**31


# --- answered at once: the newest wins ------------------------------------------------------------


async def test_a_status_is_answered_while_the_app_is_down_and_told_when_it_is_back(
    bay: Bay,
) -> None:
    bay.app.goes_down()
    bay.reports(1, "Preparing")
    assert [frame[0] for frame in bay.socket.take()] == [3]
    await bay.settles()
    bay.reports(1, "Charging")
    bay.reports(2, "Available")
    bay.reports(1, "Finishing")
    await bay.passes(3)
    bay.app.comes_back()
    bay.app.batches.clear()
    await bay.passes(60)
    told = [(said.connector, said.status) for said in bay.app.heard(ConnectorStatus)]
    assert told == [(2, "Available"), (1, "Finishing")]


async def test_a_status_that_failed_does_not_overtake_a_newer_one(bay: Bay) -> None:
    bay.app.gate = asyncio.Event()
    bay.reports(1, "Preparing")
    await bay.settles()
    bay.reports(1, "Charging")
    bay.app.goes_down()
    bay.app.gate.set()
    await bay.settles()
    bay.app.comes_back()
    bay.app.batches.clear()
    await bay.passes(10)
    assert [said.status for said in bay.app.heard(ConnectorStatus)] == ["Charging"]


async def test_readings_are_bundled_until_the_app_wants_them(bay: Bay) -> None:
    bay.app.result = MessageResult(saved=True, next_readings_in_s=60)
    for energy in range(0, 1000, 100):
        bay.meters(energy)
        await bay.passes(5)
    assert [len(said.readings) for said in bay.app.heard(Readings)] == [1]
    await bay.passes(30)
    assert [len(said.readings) for said in bay.app.heard(Readings)] == [1, 9]
    assert bay.app.heard(Readings)[-1].readings[-1].energy_wh == 900


async def test_the_app_hears_more_often_when_it_asks_for_that(bay: Bay) -> None:
    bay.app.result = MessageResult(saved=True, next_readings_in_s=2)
    for energy in range(5):
        bay.meters(energy)
        await bay.passes(3)
    assert len(bay.app.heard(Readings)) == 5


async def test_when_somebody_begins_to_watch_readings_are_sent_at_once(bay: Bay) -> None:
    bay.app.result = MessageResult(saved=True, next_readings_in_s=600)
    bay.meters(100)
    await bay.settles()
    bay.meters(200)
    await bay.passes(60)
    assert len(bay.app.heard(Readings)) == 1
    bay.charger.tell_readings()
    await bay.settles()
    assert len(bay.app.heard(Readings)) == 2
    bay.charger.tell_readings()  # nothing is held: the next one goes
    bay.meters(300)
    await bay.settles()
    assert len(bay.app.heard(Readings)) == 3


async def test_a_stop_waits_for_the_readings_before_it(bay: Bay) -> None:
    bay.app.result = MessageResult(saved=True, next_readings_in_s=600)
    bay.meters(100)
    await bay.settles()
    bay.meters(200)
    bay.stops()
    await bay.settles()
    assert [type(said) for said in bay.app.heard()] == [Readings, Readings, TransactionStopped]


async def test_a_stop_is_not_saved_while_its_readings_cannot_be(bay: Bay) -> None:
    bay.app.goes_down()
    bay.meters(100)
    bay.stops()
    await bay.settles()
    bay.app.comes_back()
    bay.app.batches.clear()
    again = bay.stops()
    await bay.settles()
    assert [type(said) for said in bay.app.heard()] == [Readings, TransactionStopped]
    assert again in [frame[1] for frame in bay.socket.take()]


async def test_an_authorize_does_not_wait_behind_a_status_that_cannot_be_told(bay: Bay) -> None:
    bay.app.goes_down()
    bay.reports(1, "Preparing")
    await bay.settles()
    bay.app.comes_back()
    asked = bay.says("Authorize", idTag="tag")
    await bay.settles()
    assert asked in [frame[1] for frame in bay.socket.take()]


async def test_memory_is_bounded_and_the_last_reading_survives(bay: Bay) -> None:
    bay.app.goes_down()
    for number in range(1000):
        bay.meters(number)
        bay.reports(number, "Available")
        await bay.settles()
    await bay.passes(30)
    bay.app.comes_back()
    bay.app.batches.clear()
    await bay.passes(200)
    bundles = bay.app.heard(Readings)
    assert all(len(said.readings) <= MAX_READINGS for said in bundles)
    assert bundles[-1].readings[-1].energy_wh == 999
    statuses = bay.app.heard(ConnectorStatus)
    assert len(statuses) <= MAX_ENTRIES
    assert statuses[-1].connector == 999


async def test_no_reading_is_lost_that_is_not_counted(bay: Bay) -> None:
    bay.app.goes_down()
    for number in range(200):
        bay.meters(number)
        await bay.settles()
    bay.app.comes_back()
    bay.app.batches.clear()
    await bay.passes(200)
    saved = [one.energy_wh for said in bay.app.heard(Readings) for one in said.readings]
    assert len(saved) + bay.counters["readings_thinned"] == 200
    assert (saved[0], saved[-1]) == (0, 199)


async def test_a_full_outbox_counts_what_it_drops(bay: Bay) -> None:
    bay.app.goes_down()
    for number in range(1, MAX_ENTRIES + 11):
        bay.reports(number, "Available")
        await bay.settles()
    assert bay.counters["messages_dropped"] in (9, 10), "one may be under way"


async def test_asks_are_bounded_too(bay: Bay) -> None:
    bay.app.gate = asyncio.Event()
    for number in range(100):
        bay.starts(f"tag{number}")
    bay.app.gate.set()
    await bay.settles()
    await bay.settles()
    assert len(bay.app.heard(TransactionStarted)) <= 17


# --- refusals, fences, reconnects ---------------------------------------------------------------


async def test_a_fenced_connection_closes(bay: Bay) -> None:
    bay.app.result = MessageResult(saved=False, fenced=True)
    bay.reports(1, "Available")
    await bay.settles()
    assert bay.socket.closed is not None
    await bay.passes(60)
    assert len(bay.app.heard(ConnectorStatus)) == 1, "it is not told again"


async def test_what_is_left_goes_out_under_the_next_connection(bay: Bay) -> None:
    bay.app.goes_down()
    bay.reports(1, "Available")
    await bay.settles()
    bay.drops()
    bay.app.comes_back()
    bay.app.batches.clear()
    bay.connects(Connected(TENANT, CHARGE_POINT, 2, 300))
    await bay.settles()
    (message,) = [message for batch in bay.app.batches for message in batch.messages]
    assert message.epoch == 2


async def test_readings_are_told_when_the_charge_point_drops(bay: Bay) -> None:
    bay.app.result = MessageResult(saved=True, next_readings_in_s=600)
    bay.meters(100)
    await bay.settles()
    bay.meters(200)
    bay.drops()
    await bay.settles()
    assert [said.readings[-1].energy_wh for said in bay.app.heard(Readings)] == [100, 200]
    assert bay.dispatcher._outboxes == {}, "and the outbox is gone when it is empty"
