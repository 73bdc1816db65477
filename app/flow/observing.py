"""An owed effect that is performed, as logs, traces and numbers tell of it."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.charging.effects import Command
from app.flow.ports import Done, Performed
from app.records.effects import OwedEffect
from app.telemetry.context import about, now_traced
from app.telemetry.numbers import Numbers
from app.telemetry.tracing import Span, Tracer, part


@contextmanager
def performing(tracer: Tracer, owed: OwedEffect) -> Iterator[Span]:
    """Its span goes on from where it came to be owed, however long ago and in whichever process;
    whoever has begun it just now is linked."""
    effect, cause, caller = owed.effect, owed.traceparent, now_traced()
    known = {"tenant": owed.ref.tenant, "session": effect.session_id, "effect": effect.key}
    if isinstance(effect, Command):
        known["charge_point"] = effect.charge_point
    kind = type(effect).__name__
    with about(**known):
        if not tracer.is_on:
            with part(tracer, kind) as span:
                yield span
            return
        attributes: dict[str, str | int] = {
            "strom.effect": kind,
            "strom.attempt": owed.attempts + 1,
            **{f"strom.{name}": value for name, value in known.items() if name != "effect"},
        }
        links = [caller] if cause and caller and caller != cause else []
        with part(
            tracer, f"perform {kind}", "consumer", parent=cause, links=links, attributes=attributes
        ) as span:
            yield span


def concluded(numbers: Numbers, span: Span, owed: OwedEffect, result: Performed) -> None:
    """What came of the attempt."""
    outcome = "done" if isinstance(result, Done) else "again"
    numbers.effects[type(owed.effect).__name__, outcome] += 1
    span.tell({"strom.outcome": outcome})
