"""Traces to a collector over OTLP/HTTP, by OpenTelemetry's own SDK. Imported only where traces are
wanted: nothing else here knows of OpenTelemetry, and a start without it costs nothing.

Spans that have ended wait in a bounded queue for a thread that sends them. A collector that does
not answer costs that thread its time and the spans, and nobody else anything.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
)

from app.telemetry.tracing import NOTHING_TOLD, Attributes, Kind, Span, sampled

SENT_WITHIN_S: Final = 3.0
"""One batch to the collector, tries again included."""
FLUSHED_WITHIN_S: Final = 0.5
"""A driver may wait for this."""
CLOSED_WITHIN_S: Final = 2.0
IMPATIENT_FOR_S: Final = 60.0
"""Nobody waits again so soon for a collector that has let somebody wait."""
TOLD_EVERY_S: Final = 60.0
MOST_WAITING: Final = 2048
_KINDS: Final = {
    "internal": SpanKind.INTERNAL,
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "producer": SpanKind.PRODUCER,
    "consumer": SpanKind.CONSUMER,
}


@dataclass(frozen=True, slots=True)
class Traced:
    """Where spans go and how many traces are kept."""

    endpoint: str
    """The collector's base address; ``/v1/traces`` is appended."""
    share: float
    """Of the traces that begin here, 0 to 1."""
    service: str
    instance: str
    """Empty where many are made of one."""
    version: str


class OtlpTracer:
    """The ``Tracer`` over a provider of OpenTelemetry's."""

    is_on: Final = True

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("strom")
        self._handing_over: threading.Thread | None = None
        self._patient_from = 0.0

    def begin(
        self,
        name: str,
        kind: Kind = "internal",
        *,
        parent: str = "",
        links: Sequence[str] = (),
        attributes: Attributes = NOTHING_TOLD,
    ) -> Span:
        """A span; a parent that cannot be read is none."""
        known = _context_of(parent)
        around = trace.set_span_in_context(trace.INVALID_SPAN if known is None else known)
        linked = [Link(each.get_span_context()) for link in links if (each := _context_of(link))]
        begun = self._tracer.start_span(
            name, around, _KINDS[kind], attributes=dict(attributes), links=linked
        )
        return _OtlpSpan(begun)

    async def flush(self) -> None:
        """Hand over what has ended; gives up after a moment, and the rest goes with the next."""
        await self._within(FLUSHED_WITHIN_S, self._provider.force_flush)

    async def close(self) -> None:
        """Hand over the last; gives up after some moments."""
        await self._within(CLOSED_WITHIN_S, self._provider.shutdown)

    async def _within(self, seconds: float, hand_over: Callable[[], object]) -> None:
        """By a thread that nobody waits for at the end; one at a time."""
        loop = asyncio.get_running_loop()
        thread = self._handing_over
        if thread is None or not thread.is_alive():
            thread = threading.Thread(target=hand_over, name="traces", daemon=True)
            self._handing_over = thread
            thread.start()
        give_up_at = loop.time() + (seconds if loop.time() >= self._patient_from else 0)
        while thread.is_alive():
            if loop.time() >= give_up_at:
                self._patient_from = loop.time() + IMPATIENT_FOR_S
                return
            await asyncio.sleep(0.002)


class _OtlpSpan:
    __slots__ = ("_span", "traceparent")

    def __init__(self, span: trace.Span) -> None:
        self._span = span
        named = span.get_span_context()
        self.traceparent = (
            f"00-{named.trace_id:032x}-{named.span_id:016x}-01" if named.trace_flags.sampled else ""
        )

    def rename(self, name: str) -> None:
        """What it is is known now."""
        if self._span.is_recording():
            self._span.update_name(name)

    def tell(self, attributes: Attributes) -> None:
        """More about it."""
        if self._span.is_recording():
            self._span.set_attributes(dict(attributes))

    def fail(self, reason: str) -> None:
        """It went wrong."""
        if self._span.is_recording():
            self._span.set_attribute("error.type", reason)
            self._span.set_status(Status(StatusCode.ERROR))

    def end(self) -> None:
        """It is over."""
        if self._span.is_recording():
            self._span.end()


class _Ids(IdGenerator):
    """Ids by our own chance: functions that wake from one snapshot share the library's."""

    def __init__(self, token_bytes: Callable[[int], bytes]) -> None:
        self._token_bytes = token_bytes

    def generate_span_id(self) -> int:
        """64 bits."""
        return int.from_bytes(self._token_bytes(8)) or 1

    def generate_trace_id(self) -> int:
        """128 bits."""
        return int.from_bytes(self._token_bytes(16)) or 1


def otlp_tracer(traced: Traced, token_bytes: Callable[[int], bytes]) -> OtlpTracer:
    """The tracer of this process. Headers and certificates for the collector are read from the
    environment as OpenTelemetry's specification names them (``OTEL_EXPORTER_OTLP_HEADERS``)."""
    who = {
        "service.name": traced.service,
        "service.namespace": "strom",
        "service.instance.id": traced.instance,
        "service.version": traced.version,
    }
    provider = TracerProvider(
        sampler=ParentBased(TraceIdRatioBased(traced.share)),
        resource=Resource.create({name: value for name, value in who.items() if value}),
        id_generator=_Ids(token_bytes),
        shutdown_on_exit=False,
    )
    endpoint = f"{traced.endpoint.rstrip('/')}/v1/traces"
    exporter = OTLPSpanExporter(endpoint=endpoint, timeout=SENT_WITHIN_S)
    provider.add_span_processor(
        BatchSpanProcessor(exporter, max_queue_size=MOST_WAITING, schedule_delay_millis=1000)
    )
    logging.getLogger(OTLPSpanExporter.__module__).addFilter(_Seldom())
    return OtlpTracer(provider)


class _Seldom(logging.Filter):
    """That a collector does not answer is worth a line now and then, and no story."""

    def __init__(self) -> None:
        super().__init__()
        self._next_at = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        if record.created < self._next_at:
            return False
        self._next_at = record.created + TOLD_EVERY_S
        record.exc_info = None
        return True


def _context_of(traceparent: str) -> NonRecordingSpan | None:
    if not sampled(traceparent):
        return None
    trace_id, span_id = int(traceparent[3:35], 16), int(traceparent[36:52], 16)
    flags = TraceFlags(TraceFlags.SAMPLED)
    return NonRecordingSpan(SpanContext(trace_id, span_id, is_remote=True, trace_flags=flags))
