"""The edge stops a transaction on time, whatever the app does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from app.edge_messages import (
    Connected,
    Deadline,
    MessageResult,
    Readings,
    TransactionStarted,
    TransactionStopped,
)
from tests.ocpp_edge.harness import CHARGE_POINT, TENANT, Bay, deadline

STOP = "RemoteStopTransaction"


@pytest.fixture
async def bay() -> Bay:
    bay = Bay()
    bay.says("Heartbeat")
    bay.socket.take()
    return bay


def connected(*deadlines: Deadline) -> Connected:
    return Connected(TENANT, CHARGE_POINT, 1, 300, deadlines=deadlines)


async def test_by_the_clock_also_when_the_app_is_down(bay: Bay) -> None:
    bay.charger.limit(deadline(in_s=60))
    bay.app.goes_down()
    await bay.passes(59)
    assert bay.calls(STOP) == []
    await bay.passes(2)
    (stop,) = bay.calls(STOP)
    assert stop[3] == {"transactionId": 7}


async def test_by_the_register_at_the_reading_that_reaches_it(bay: Bay) -> None:
    bay.charger.limit(deadline(at_wh=1000))
    bay.app.goes_down()
    bay.meters(999)
    assert bay.calls(STOP) == []
    bay.meters(1000)
    assert len(bay.calls(STOP)) == 1


async def test_a_register_that_cannot_be_reached_stops_nothing(bay: Bay) -> None:
    """One wrong register would end the charge of somebody who has paid for more."""
    bay.charger.limit(replace(deadline(in_s=600, at_wh=1000), believed_to_wh=50_000))
    bay.meters(2**32 - 1)
    assert bay.calls(STOP) == []
    bay.meters(900)
    assert bay.calls(STOP) == []
    bay.meters(1100)
    assert len(bay.calls(STOP)) == 1


async def test_beside_one_the_clock_still_counts(bay: Bay) -> None:
    bay.charger.limit(replace(deadline(in_s=60, at_wh=1000), believed_to_wh=50_000))
    bay.meters(2**32 - 1)
    await bay.passes(61)
    assert len(bay.calls(STOP)) == 1


async def test_again_and_again_until_the_stop_is_seen(bay: Bay) -> None:
    bay.charger.limit(deadline(in_s=1))
    tries = 0
    for _ in range(30):
        await bay.passes(10)
        for call in bay.calls(STOP):
            tries += 1
            bay.answers(call, status="Rejected")
    assert 5 <= tries <= 9, "at doubling distances"
    bay.stops(7)
    await bay.passes(600)
    assert bay.calls(STOP) == []


async def test_a_stop_that_is_never_answered_is_repeated_too(bay: Bay) -> None:
    bay.charger.limit(deadline(in_s=1))
    tries = 0
    for _ in range(30):
        await bay.passes(10)
        tries += len(bay.calls(STOP))
    assert tries >= 3


async def test_a_top_up_takes_the_stop_back(bay: Bay) -> None:
    bay.charger.limit(deadline(at_wh=1000))
    bay.meters(1000)
    (first,) = bay.calls(STOP)
    bay.answers(first, status="Rejected")
    bay.charger.limit(deadline(at_wh=2000))
    await bay.passes(60)
    assert bay.calls(STOP) == []
    bay.meters(2000)
    assert len(bay.calls(STOP)) == 1


async def test_a_later_moment_replaces_the_earlier(bay: Bay) -> None:
    bay.charger.limit(deadline(in_s=10))
    bay.charger.limit(deadline(in_s=100))
    await bay.passes(60)
    assert bay.calls(STOP) == []
    await bay.passes(50)
    assert len(bay.calls(STOP)) == 1


async def test_deadlines_come_with_starts_readings_and_connects(bay: Bay) -> None:
    bay.app.results[TransactionStarted] = MessageResult(
        saved=True, transaction_id=7, deadlines=(deadline(at_wh=500),)
    )
    bay.app.results[Readings] = MessageResult(saved=True, deadlines=(deadline(at_wh=400),))
    bay.starts()
    await bay.settles()
    bay.meters(300)
    await bay.settles()
    bay.meters(450)
    assert len(bay.calls(STOP)) == 1

    bay.drops()
    bay.connects(connected(deadline(in_s=-5)))
    bay.says("Heartbeat")
    assert len(bay.calls(STOP)) == 1, "one that passed while it was away is due at once"


async def test_readings_without_a_transaction_belong_to_the_one_on_their_connector(
    bay: Bay,
) -> None:
    bay.charger.limit(deadline(at_wh=1000))
    bay.meters(1000, transaction=0)
    assert len(bay.calls(STOP)) == 1
    await bay.settles()
    assert bay.app.heard(Readings)[0].transaction_id == 7


async def test_readings_of_another_connector_stop_nothing(bay: Bay) -> None:
    bay.charger.limit(deadline(at_wh=1000))
    bay.meters(5000, transaction=None, connector=2)
    assert bay.calls(STOP) == []


async def test_an_answer_that_was_under_way_does_not_revive_an_ended_transaction(
    bay: Bay,
) -> None:
    bay.stops(7)
    bay.charger.limit(deadline(in_s=-1))
    await bay.passes(30)
    assert bay.calls(STOP) == []


async def test_a_dropped_connection_takes_its_deadlines_with_it(bay: Bay) -> None:
    bay.charger.limit(deadline(in_s=10))
    bay.drops()
    await bay.passes(60)
    assert bay.calls(STOP) == []


async def test_a_stop_without_a_meter_takes_the_last_reading(bay: Bay) -> None:
    bay.charger.limit(deadline(at_wh=10_000))
    bay.meters(1234)
    bay.says("StopTransaction", transactionId=7, timestamp=None)
    await bay.settles()
    (stopped,) = bay.app.heard(TransactionStopped)
    assert stopped.meter_wh == 1234
    assert stopped.at - bay.clock.at < timedelta(seconds=1)
