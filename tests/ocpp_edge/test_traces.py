"""A command's trace goes on in what the charge point says because of it, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from app import operations as op
from app.edge_messages import (
    ChargerMessage,
    Command,
    CommandOutcome,
    ConnectorStatus,
    MessageResult,
    Readings,
    TransactionStarted,
    TransactionStopped,
)
from app.ocpp_edge.tracing import STATUS_WITHIN_S
from tests.ocpp_edge.harness import CHARGE_POINT, TENANT, Bay, FakeApp
from tests.support.spans import CAUSE, KeepingTracer

TAG = "ABCDEFGH23456789"
STARTED = MessageResult(saved=True, transaction_id=7)


@pytest.fixture
def tracer() -> KeepingTracer:
    return KeepingTracer()


@pytest.fixture
async def bay(tracer: KeepingTracer) -> Bay:
    bay = Bay(FakeApp(results={TransactionStarted: STARTED}), tracer=tracer)
    bay.says("Heartbeat")
    bay.socket.take()
    return bay


def told(bay: Bay, kind: type) -> ChargerMessage:
    """The newest message of this kind that the app was brought."""
    brought = [message for batch in bay.app.batches for message in batch.messages]
    return next(each for each in reversed(brought) if isinstance(each.said, kind))


def give(bay: Bay, operation: Any, key: str, traceparent: str = CAUSE, attempt: int = 1) -> Any:
    command = Command(key, TENANT, CHARGE_POINT, operation, attempt, traceparent=traceparent)
    bay.commands.deliver(command, bay.charger)
    return bay.calls()


async def test_from_the_command_to_the_end_of_the_transaction(
    bay: Bay, tracer: KeepingTracer
) -> None:
    (call,) = give(bay, op.Start(1, TAG), "start.1")
    assert not tracer.named("RemoteStartTransaction").ended
    bay.answers(call, status="Accepted")
    bay.reports(1, "Preparing")
    bay.starts(TAG.lower())  # some change its case
    await bay.settles()

    asked, begun = tracer.named("RemoteStartTransaction"), tracer.named("StartTransaction")
    assert (asked.kind, asked.parent, asked.ended) == ("client", CAUSE, 1)
    assert asked.attributes["rpc.method"] == "RemoteStartTransaction"
    assert asked.attributes["strom.outcome"] == "accepted"
    assert tracer.named("StatusNotification").parent == asked.traceparent
    assert (begun.kind, begun.parent, begun.ended) == ("server", asked.traceparent, 1)
    assert told(bay, CommandOutcome).traceparent == asked.traceparent
    assert told(bay, TransactionStarted).traceparent == begun.traceparent

    stopping = "00-" + "e" * 32 + "-" + "f" * 16 + "-01"
    (call,) = give(bay, op.Stop(7), "stop.1", stopping)
    bay.answers(call, status="Accepted")
    bay.stops(7)
    await bay.settles()
    stopped = tracer.named("StopTransaction")
    assert stopped.parent == tracer.named("RemoteStopTransaction").traceparent
    assert told(bay, TransactionStopped).traceparent == stopped.traceparent
    assert all(span.ended == 1 for span in tracer.spans)


async def test_a_stop_by_itself_belongs_to_the_start(bay: Bay, tracer: KeepingTracer) -> None:
    give(bay, op.Start(1, TAG), "start.1")
    bay.starts(TAG)
    await bay.settles()
    bay.stops(7)
    await bay.settles()
    begun = tracer.named("RemoteStartTransaction").traceparent
    assert tracer.named("StopTransaction").parent == begun


async def test_others_and_readings_are_part_of_nothing(bay: Bay, tracer: KeepingTracer) -> None:
    give(bay, op.Start(1, TAG), "start.1")
    before = len(tracer.spans)
    bay.starts("another")
    bay.reports(2, "Preparing")
    bay.meters(100)
    await bay.settles()
    assert told(bay, TransactionStarted).traceparent == ""
    assert told(bay, Readings).traceparent == ""
    await bay.passes(STATUS_WITHIN_S + 1)
    bay.reports(1, "Available")
    await bay.settles()
    assert told(bay, ConnectorStatus).traceparent == ""
    new = {span.name for span in tracer.spans[before:]}
    assert new <= {"POST /internal/messages"}


async def test_a_start_that_is_repeated_after_it_was_lost_is_known_again(
    bay: Bay, tracer: KeepingTracer
) -> None:
    (call,) = give(bay, op.Start(1, TAG), "start.1")
    bay.answers(call, status="Accepted")
    bay.drops()
    bay.connects()
    bay.says("Heartbeat")
    give(bay, op.Start(1, TAG), "start.1", attempt=2)
    bay.starts(TAG)
    await bay.settles()
    assert tracer.named("StartTransaction").parent == CAUSE


async def test_a_call_without_an_answer_is_marked(bay: Bay, tracer: KeepingTracer) -> None:
    (call,) = give(bay, op.Start(1, TAG), "start.1")
    await bay.passes(bay.settings.call_timeout_s + 1)
    span = tracer.named("RemoteStartTransaction")
    assert (span.failed, span.ended) == ("timed out", 1)
    bay.answers(call, status="Accepted")  # late
    await bay.settles()
    assert bay.app.outcomes[-1][2] == "accepted"


async def test_the_request_to_the_app_is_linked_to_all_it_brings(
    bay: Bay, tracer: KeepingTracer
) -> None:
    (call,) = give(bay, op.Start(1, TAG), "start.1")
    bay.answers(call, status="Accepted")
    await bay.settles()
    brought = tracer.named("POST /internal/messages")
    assert brought.parent == tracer.named("RemoteStartTransaction").traceparent
    assert brought.attributes["messaging.batch.message_count"] == 1


async def test_without_traces_nothing_is_kept_of_them() -> None:
    bay = Bay()
    bay.says("Heartbeat")
    bay.socket.take()
    give(bay, op.Start(1, TAG), "start.1")
    bay.starts(TAG)
    await bay.settles()
    assert bay.charger._causes is None
    assert told(bay, TransactionStarted).traceparent == ""


async def test_what_is_remembered_of_a_charge_point_is_bounded(bay: Bay) -> None:
    for number in range(100):
        give(bay, op.Stop(number), f"stop.{number}")
    assert bay.charger._causes is not None
    assert len(bay.charger._causes._stops) <= 8
