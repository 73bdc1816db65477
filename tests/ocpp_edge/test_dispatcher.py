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
    SessionNotice,
)
from app.ocpp_edge.charger import Charger
from tests.ocpp_edge.harness import TENANT, Bay, FakeApp, FrameLog

STATUS = (
    b'[2,"1","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Available"}]'
)


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
