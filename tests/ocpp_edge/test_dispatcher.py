"""Batches across charge points: one that is bad or slow hurts nobody else."""

from __future__ import annotations

import asyncio

from app.charging.errors import BadInput, NotFound
from app.edge_messages import (
    Connected,
    ConnectorStatus,
    MessageBatch,
    MessageResult,
    MessageResults,
    Readings,
    SessionNotice,
    TransactionStopped,
)
from app.ocpp_edge.charger import Charger
from tests.ocpp_edge.harness import TENANT, Bay, FakeApp, FrameLog

STATUS = (
    b'[2,"1","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Available"}]'
)


METERED = (
    b'[2,"2","MeterValues",{"connectorId":1,"transactionId":7,"meterValue":['
    b'{"timestamp":"2026-03-01T12:00:00Z","sampledValue":[{"value":"100"}]}]}]'
)
STOPPED = (
    b'[2,"3","StopTransaction",{"transactionId":7,"meterStop":100,'
    b'"timestamp":"2026-03-01T12:00:00Z"}]'
)
LINGER_S = 0.25


class PickyApp(FakeApp):
    """Refuses whole batches that hold a charge point it does not like."""

    disliked = "cp-bad"

    async def messages(self, batch: MessageBatch) -> MessageResults:
        if any(message.charge_point == self.disliked for message in batch.messages):
            raise BadInput("one of these is no message")
        return await super().messages(batch)


def charger(bay: Bay, name: str) -> Charger:
    return Charger(Connected(TENANT, name, 1, 300), FrameLog(), bay.dialect, bay.parts)


async def test_what_is_said_at_once_goes_in_one_batch() -> None:
    bay = Bay()
    for number in range(10):
        charger(bay, f"cp-{number}").receive(STATUS)
    await bay.settles()
    assert [len(batch.messages) for batch in bay.app.batches] == [10]


async def test_what_rides_on_an_answer_is_shown() -> None:
    bay = Bay()
    notice = SessionNotice(TENANT, "session", 7, {"energy_wh": 5})

    async def with_a_notice(batch: MessageBatch) -> MessageResults:
        return MessageResults((MessageResult(saved=True),) * len(batch.messages), (notice,))

    bay.app.messages = with_a_notice  # type: ignore[method-assign]  # just once
    charger(bay, "cp-1").receive(STATUS)
    await bay.settles()
    assert bay.shown == [notice]


async def test_a_message_the_app_refuses_is_dropped_and_the_others_are_saved() -> None:
    bay = Bay(PickyApp())
    for name in ("cp-1", "cp-bad", "cp-2"):
        charger(bay, name).receive(STATUS)
    await bay.settles()
    assert len(bay.app.heard(ConnectorStatus)) == 2
    await bay.passes(120)
    assert len(bay.app.heard(ConnectorStatus)) == 2


async def test_each_message_has_its_own_result() -> None:
    bay = Bay()
    answered: list[MessageResult] = []
    bay.app.saves = False
    one, two = charger(bay, "cp-1"), charger(bay, "cp-2")
    one.receive(STATUS)
    two.receive(STATUS)
    await bay.settles()
    bay.app.saves = True
    await bay.passes(10)
    told = [m.charge_point for batch in bay.app.batches[1:] for m in batch.messages]
    assert sorted(told) == ["cp-1", "cp-2"]
    assert answered == []


async def test_a_route_that_is_missing_loses_nothing() -> None:
    bay = Bay()
    bay.app.error = NotFound("a deploy is under way")
    charger(bay, "cp-1").receive(STATUS)
    await bay.settles()
    bay.app.comes_back()
    bay.app.batches.clear()
    await bay.passes(10)
    assert len(bay.app.heard(ConnectorStatus)) == 1


async def test_few_requests_are_under_way_at_once() -> None:
    bay = Bay(max_app_requests=2, max_batch=3)
    bay.app.gate = asyncio.Event()
    for number in range(20):
        charger(bay, f"cp-{number}").receive(STATUS)
    await bay.settles()
    assert [len(batch.messages) for batch in bay.app.batches] == [3, 3]
    bay.app.gate.set()
    await bay.settles()
    assert len(bay.app.heard(ConnectorStatus)) == 20


async def test_readings_wait_a_moment_for_those_of_others() -> None:
    bay = Bay(readings_linger_s=LINGER_S)
    for number in range(3):
        charger(bay, f"cp-{number}").receive(METERED)
        await bay.settles()
    assert bay.app.batches == []
    await bay.passes(LINGER_S)
    assert [len(batch.messages) for batch in bay.app.batches] == [3]


async def test_a_full_batch_of_readings_does_not_wait() -> None:
    bay = Bay(readings_linger_s=LINGER_S, max_batch=3)
    for number in range(4):
        charger(bay, f"cp-{number}").receive(METERED)
    await bay.settles()
    assert [len(batch.messages) for batch in bay.app.batches] == [3]
    await bay.passes(LINGER_S)
    assert [len(batch.messages) for batch in bay.app.batches] == [3, 1]


async def test_what_somebody_waits_for_goes_at_once_and_takes_readings_along() -> None:
    bay = Bay(readings_linger_s=LINGER_S)
    charger(bay, "cp-1").receive(METERED)
    await bay.settles()
    charger(bay, "cp-2").receive(STATUS)
    await bay.settles()
    (batch,) = bay.app.batches
    assert [message.charge_point for message in batch.messages] == ["cp-2", "cp-1"]


async def test_a_stop_does_not_wait_with_its_readings_and_comes_after_them() -> None:
    bay = Bay(readings_linger_s=LINGER_S)
    one = charger(bay, "cp-1")
    one.receive(METERED)
    await bay.settles()
    one.receive(STOPPED)
    await bay.settles()
    assert [type(said) for said in bay.app.heard()] == [Readings, TransactionStopped]


async def test_the_readings_of_a_lost_connection_go_at_once() -> None:
    bay = Bay(readings_linger_s=LINGER_S)
    one = charger(bay, "cp-1")
    one.receive(METERED)
    await bay.settles()
    one.close()
    await bay.settles()
    assert len(bay.app.heard(Readings)) == 1
