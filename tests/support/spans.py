"""A tracer that keeps what it is told, for tests of rooms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.telemetry.tracing import NOTHING_TOLD, Attributes, Kind, Span


@dataclass
class KeptSpan:
    name: str
    kind: str
    traceparent: str
    parent: str
    links: tuple[str, ...]
    attributes: dict[str, object]
    failed: str = ""
    ended: int = 0

    def rename(self, name: str) -> None:
        self.name = name

    def tell(self, attributes: Attributes) -> None:
        self.attributes |= attributes

    def fail(self, reason: str) -> None:
        self.failed = reason

    def end(self) -> None:
        self.ended += 1


@dataclass
class KeepingTracer:
    """Everything is sampled; spans are numbered."""

    is_on: bool = True
    spans: list[KeptSpan] = field(default_factory=list)
    flushed: int = 0

    def begin(
        self,
        name: str,
        kind: Kind = "internal",
        *,
        parent: str = "",
        links: Sequence[str] = (),
        attributes: Attributes = NOTHING_TOLD,
    ) -> Span:
        number = len(self.spans) + 1
        trace = parent[3:35] or f"{number:032x}"
        named = f"00-{trace}-{number:016x}-01"
        self.spans.append(KeptSpan(name, kind, named, parent, tuple(links), dict(attributes)))
        return self.spans[-1]

    async def flush(self) -> None:
        self.flushed += 1

    async def close(self) -> None:
        """Nothing is kept elsewhere."""

    def named(self, name: str) -> KeptSpan:
        """The only one of this name."""
        found = [span for span in self.spans if span.name == name]
        assert len(found) == 1, [span.name for span in self.spans]
        return found[0]


CAUSE = "00-" + "c" * 32 + "-" + "d" * 16 + "-01"
"""A span of somewhere else."""
