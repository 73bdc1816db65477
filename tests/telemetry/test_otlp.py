"""Spans on their way to a collector that answers, refuses, or is not there."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator

import pytest

from app.telemetry.otlp import FLUSHED_WITHIN_S, OtlpTracer, Traced, otlp_tracer
from tests.support.collector import Collector, collecting
from tests.support.servers import free_port
from tests.support.spans import CAUSE


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


def tracer_to(url: str, share: float = 1) -> OtlpTracer:
    return otlp_tracer(Traced(url, share, "strom-test", "i1", "1"), secrets.token_bytes)


async def test_a_span_arrives_as_it_was_told() -> None:
    with collecting() as collector:
        tracer = tracer_to(collector.url + "/")
        begun = tracer.begin(
            "one", "server", parent=CAUSE, links=[CAUSE, "no link"], attributes={"strom.attempt": 2}
        )
        begun.rename("another")
        begun.tell({"strom.tenant": "t1"})
        begun.fail("TimeoutError")
        begun.end()
        begun.end()
        begun.tell({"too": "late"})
        await tracer.close()
        [span] = collector.spans
    assert (span.name, span.service) == ("another", "strom-test")
    assert (span.trace, span.parent) == ("c" * 32, "d" * 16)
    assert span.links == (CAUSE,)
    assert span.is_error
    assert span.attributes == {
        "strom.attempt": 2, "strom.tenant": "t1", "error.type": "TimeoutError",
    }  # fmt: skip
    assert span.traceparent == begun.traceparent


@pytest.mark.parametrize("share", [0, 1])
async def test_a_share_of_traces_is_kept_whole(share: float) -> None:
    with collecting() as collector:
        tracer = tracer_to(collector.url, share)
        first = tracer.begin("first")
        goes_on = tracer.begin("goes on", parent=CAUSE)  # was decided where it began
        for span in (first, goes_on):
            span.end()
        await tracer.flush()
        kept = {span.name for span in collector.spans}
        await tracer.close()
    assert bool(first.traceparent) is bool(share)
    assert goes_on.traceparent
    assert kept == ({"first", "goes on"} if share else {"goes on"})


async def test_ids_are_made_by_our_own_chance() -> None:
    """Functions that wake from one snapshot would all have the library's."""
    tracer = otlp_tracer(Traced("http://127.0.0.1:9", 1, "s", "", "1"), lambda n: b"\x07" * n)
    assert tracer.begin("one").traceparent == f"00-{'07' * 16}-{'07' * 8}-01"


async def test_nobody_waits_for_a_collector_that_is_not_there() -> None:
    tracer = tracer_to(f"http://127.0.0.1:{free_port()}")
    began = time.monotonic()
    for number in range(5_000):  # more than are kept
        tracer.begin(f"span {number}").end()
    made_s = time.monotonic() - began
    await tracer.flush()
    tracer.begin("one more").end()
    again = time.monotonic()
    for _ in range(20):
        await tracer.flush()
    assert time.monotonic() - again < FLUSHED_WITHIN_S  # once was enough
    assert made_s < 5
    await tracer.close()


async def test_one_that_refuses_costs_the_spans_alone(collector: Collector) -> None:
    collector.answers = 400
    tracer = tracer_to(collector.url)
    tracer.begin("lost").end()
    await tracer.flush()
    collector.answers = 200
    tracer.begin("kept").end()
    await tracer.flush()
    collector.waits_for(lambda: collector.spans)
    assert [span.name for span in collector.spans] == ["kept"]
    await tracer.close()
