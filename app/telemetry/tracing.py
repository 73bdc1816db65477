"""The port to traces, and what stands in when nobody traces: then nothing is made or kept.

A span is named to others by its ``traceparent`` (W3C Trace Context §3.2), a string that rows and
messages carry, so that a trace goes on in another process, days later or after a crash. Where it
is empty nothing is traced: a trace begins with a request from outside, and nowhere else.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Final, Literal, Protocol

from app.telemetry.context import about, now_traced

Kind = Literal["internal", "server", "client", "producer", "consumer"]
"""OpenTelemetry's kinds of spans."""
Attributes = Mapping[str, str | int | float | bool]
"""By OpenTelemetry's semantic conventions where they have a name for it, else ``strom.…``."""
NOTHING_TOLD: Final[Attributes] = MappingProxyType({})

_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


class Span(Protocol):
    """A piece of work with a beginning and an end. Secrets and persons are not told of."""

    @property
    def traceparent(self) -> str:
        """Its name to others; empty where it is not kept."""
        ...

    def rename(self, name: str) -> None:
        """It is known only now what it is."""
        ...

    def tell(self, attributes: Attributes) -> None:
        """More about it."""
        ...

    def fail(self, reason: str) -> None:
        """It went wrong: the kind of error, no message."""
        ...

    def end(self) -> None:
        """It is over; a second time changes nothing."""
        ...


class Tracer(Protocol):
    """Makes spans, and hands them over where they are looked at. Never raises, never waits."""

    @property
    def is_on(self) -> bool:
        """Whether anybody traces."""
        ...

    def begin(
        self,
        name: str,
        kind: Kind = "internal",
        *,
        parent: str = "",
        links: Sequence[str] = (),
        attributes: Attributes = NOTHING_TOLD,
    ) -> Span:
        """A span; without a parent the first of a trace, if chance has it sampled."""
        ...

    async def flush(self) -> None:
        """Hand over what has ended, before this process stands still; gives up soon."""
        ...

    async def close(self) -> None:
        """The same, for the last time."""
        ...


class _NoSpan:
    traceparent: Final = ""

    def rename(self, name: str) -> None:
        """Nothing."""

    def tell(self, attributes: Attributes) -> None:
        """Nothing."""

    def fail(self, reason: str) -> None:
        """Nothing."""

    def end(self) -> None:
        """Nothing."""


class _NoTraces:
    is_on: Final = False

    def begin(
        self,
        name: str,
        kind: Kind = "internal",
        *,
        parent: str = "",
        links: Sequence[str] = (),
        attributes: Attributes = NOTHING_TOLD,
    ) -> Span:
        """No span."""
        return NO_SPAN

    async def flush(self) -> None:
        """Nothing is kept."""

    async def close(self) -> None:
        """Nothing is kept."""


NO_SPAN: Final[Span] = _NoSpan()
NO_TRACES: Final[Tracer] = _NoTraces()


def sampled(traceparent: str) -> str:
    """The same if it is well-formed and its trace is kept, else nothing."""
    if not _TRACEPARENT.fullmatch(traceparent):
        return ""
    return traceparent if int(traceparent[-2:], 16) & 1 else ""


@contextmanager
def part(
    tracer: Tracer,
    name: str,
    kind: Kind = "internal",
    *,
    parent: str = "",
    links: Sequence[str] = (),
    attributes: Attributes = NOTHING_TOLD,
) -> Iterator[Span]:
    """Work that is part of a trace, of the one at hand unless ``parent`` names another; what is
    part of none has no span. An error that goes through it marks it as failed."""
    parent = parent or now_traced()
    if not (tracer.is_on and parent):
        yield NO_SPAN
        return
    span = tracer.begin(name, kind, parent=parent, links=links, attributes=attributes)
    try:
        with about(traceparent=span.traceparent):
            yield span
    except BaseException as error:
        span.fail(type(error).__name__)
        raise
    finally:
        span.end()
