"""What a trace is carried by: the row of what is owed, through crashes and other processes."""

from __future__ import annotations

import logging

import pytest

from app.charging import effects as ef
from app.charging import events as ev
from app.charging.errors import Unavailable
from app.charging.session import Session
from app.flow import Again, Done, Performed
from app.records import keys
from app.records.effects import EffectRef, OwedEffect, ref_of
from app.telemetry.context import about, log_fields, now_traced
from tests.charging.sessions import NOON
from tests.flow.system import SESSION, TENANT, World, opening
from tests.support.spans import CAUSE, KeepingTracer

PAID = ev.PaymentSettled(NOON, "aa" * 32, 5_000_000)
AWAIT = ef.AwaitPayment(SESSION, "w1", "aa" * 32, 5_000_000, NOON)


def traced(world: World) -> KeepingTracer:
    tracer = KeepingTracer()
    world.flow.tracer = tracer
    return tracer


async def owed_by(world: World, traceparent: str) -> EffectRef:
    with about(traceparent=traceparent):
        await world.flow.owe(TENANT, AWAIT, opening(), 0)
    return ref_of(TENANT, AWAIT)


async def paid(_owed: OwedEffect, _session: Session | None) -> Performed:
    return Done((PAID,))


async def test_it_goes_on_from_the_row_in_another_process_and_on_to_what_follows() -> None:
    world = World()
    ref = await owed_by(world, CAUSE)
    world.flow = world.restarted()
    tracer = traced(world)
    world.acts[ef.AwaitPayment] = paid
    await world.flow.perform(ref)

    awaited, start = tracer.named("perform AwaitPayment"), tracer.named("perform StartCharging")
    assert awaited.parent == CAUSE
    assert start.parent == awaited.traceparent
    [stored] = await world.flow.sessions.owed(TENANT, keys.charge_point_pk(TENANT, "CP1"))
    assert stored.traceparent == awaited.traceparent  # tried again, it is the same command
    assert awaited.attributes == {
        "strom.effect": "AwaitPayment",
        "strom.attempt": 1,
        "strom.tenant": TENANT,
        "strom.session": SESSION,
        "strom.outcome": "done",
    }
    assert [span.ended for span in tracer.spans] == [1, 1]


async def test_whoever_begins_it_just_now_is_linked() -> None:
    world = World()
    tracer = traced(world)
    ref = await owed_by(world, CAUSE)
    webhook = "00-" + "e" * 32 + "-" + "f" * 16 + "-01"
    with about(traceparent=webhook):
        await world.flow.perform(ref)
    span = tracer.named("perform AwaitPayment")
    assert (span.parent, span.links) == (CAUSE, (webhook,))


async def test_what_nobody_traced_stays_so() -> None:
    world = World()
    tracer = traced(world)
    ref = await owed_by(world, "")
    rows = world.tables.rows()
    assert "traceparent" not in str(rows)
    world.acts[ef.AwaitPayment] = paid
    await world.flow.perform(ref)
    assert tracer.spans == []


async def test_each_attempt_is_logged_as_what_it_is(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    seen: list[dict[str, object]] = []

    async def fails(_owed: OwedEffect, _session: Session | None) -> Performed:
        seen.append(log_fields())
        raise Unavailable("the wallet does not answer")

    world.acts[ef.AwaitPayment] = fails
    ref = await owed_by(world, "")
    with caplog.at_level(logging.WARNING):
        await world.flow.perform(ref)
    assert seen == [{"tenant": TENANT, "session": SESSION, "effect": AWAIT.key}]
    assert log_fields() == {}
    assert world.flow.numbers.effects == {("AwaitPayment", "again"): 1}


async def test_a_sweep_counts_what_it_finds() -> None:
    world = World()
    await owed_by(world, "")
    world.clock.pass_s(90)

    async def later(_owed: OwedEffect, _session: Session | None) -> Performed:
        assert now_traced() == ""
        return Again(30)

    world.acts[ef.AwaitPayment] = later
    await world.flow.sweep("DUE#0")
    swept = world.flow.numbers.sweep_over(0.5)
    assert (swept.count, swept.oldest_s) == (1, 90)
    assert world.flow.numbers.sweep_over(0.5).count == 0
