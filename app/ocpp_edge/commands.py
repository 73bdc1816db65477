"""Commands of the app on their way to charge points: each carried out once, outcomes reported.

The bus delivers at least once and in no order, and the answer to `Connect` repeats what is owed, so
what was done is remembered by command id, beyond single connections.
"""

import logging
from collections import OrderedDict
from typing import Protocol

from app.charging.errors import BadInput
from app.edge_messages import Command, CommandOutcome
from app.ocpp_edge import errand
from app.ocpp_edge.calls import Answer, NoAnswer
from app.ocpp_edge.dialect import Dialect, Outcome, Request
from app.ocpp_edge.errand import Callee
from app.ocpp_edge.frames import CallError, CallResult
from app.operations import ChargerOperation, Start, Stop, name_of
from app.telemetry.tracing import NO_SPAN, NO_TRACES, Span, Tracer

log = logging.getLogger(__name__)

MAX_REMEMBERED = 20_000
REPEATED = Outcome("unknown", "Rejected when repeated")


class Target(Callee, Protocol):
    """A connected charge point."""

    def report(self, outcome: CommandOutcome, traceparent: str = "") -> None:
        """Let the app know, for certain."""
        ...

    def expect(self, operation: ChargerOperation, traceparent: str) -> None:
        """What it says because of this is part of the span's trace."""
        ...


class Delivery:
    """What is known of a command."""

    __slots__ = ("attempt", "is_under_way", "outcome", "traceparent")

    def __init__(self) -> None:
        self.attempt = 0
        self.traceparent = ""
        """Of the newest attempt, if that is traced."""
        self.is_under_way = False
        self.outcome: Outcome | None = None


class Commands:
    """The commands an edge instance has seen, the newest so many of them."""

    def __init__(self, tracer: Tracer = NO_TRACES) -> None:
        self._tracer = tracer
        self._seen: OrderedDict[tuple[str, str], Delivery] = OrderedDict()

    def deliver(self, command: Command, target: Target) -> None:
        """Carry out a command, unless this was done before."""
        key = (command.tenant, command.id)
        delivery = self._seen.get(key)
        if delivery is None:
            delivery = self._seen[key] = Delivery()
            if len(self._seen) > MAX_REMEMBERED:
                self._seen.popitem(last=False)
        self._seen.move_to_end(key)
        if command.attempt <= delivery.attempt:
            return
        delivery.attempt = command.attempt
        if command.traceparent and self._tracer.is_on:
            target.expect(command.operation, command.traceparent)
        if delivery.is_under_way:
            return  # its outcome is reported with the newest attempt
        if delivery.outcome is not None and _is_final(command, delivery.outcome):
            self._report(command, delivery, delivery.outcome, target)
            return
        self._carry_out(command, delivery, target)

    def _carry_out(self, command: Command, delivery: Delivery, target: Target) -> None:
        try:
            request = target.dialect.request(command)
        except BadInput as error:
            self._report(command, delivery, Outcome("rejected", error.message), target)
            return

        def answered(answer: Answer) -> None:
            delivery.is_under_way = False
            if isinstance(answer, NoAnswer) and not answer.was_sent:
                delivery.attempt -= 1  # it was not tried: the same attempt may come again
            outcome = _outcome(command, answer, target.dialect)
            _end(span, answer, outcome)
            if outcome is not None:
                self._report(command, delivery, outcome, target)

        delivery.is_under_way = True
        span = self._begin(command, request, target)
        delivery.traceparent = span.traceparent
        errand.run(command, request, target, answered)

    def _begin(self, command: Command, request: Request, target: Target) -> Span:
        """A span until the charge point has answered."""
        if not (command.traceparent and self._tracer.is_on):
            return NO_SPAN
        about: dict[str, str | int] = {
            "rpc.system": "ocpp",
            "rpc.service": target.dialect.protocol,
            "rpc.method": request.action,
            "strom.tenant": command.tenant,
            "strom.charge_point": command.charge_point,
            "strom.attempt": command.attempt,
        }
        span = self._tracer.begin(
            request.action, "client", parent=command.traceparent, attributes=about
        )
        target.expect(command.operation, span.traceparent)
        return span

    def _report(
        self, command: Command, delivery: Delivery, outcome: Outcome, target: Target
    ) -> None:
        if outcome.outcome != "unknown":
            delivery.outcome = outcome
        log.info(
            "a command was carried out",
            extra={
                "tenant": command.tenant,
                "charge_point": command.charge_point,
                "command": command.id,
                "operation": name_of(command.operation),
                "outcome": outcome.outcome,
            },
        )
        attempt = max(delivery.attempt, command.attempt)
        target.report(
            CommandOutcome(
                command.id,
                attempt,
                outcome.outcome,
                outcome.detail,
                outcome.result,
                outcome.read_only,
            ),
            delivery.traceparent,
        )


def _end(span: Span, answer: Answer, outcome: Outcome | None) -> None:
    if outcome is not None:
        span.tell({"strom.outcome": outcome.outcome})
    if isinstance(answer, NoAnswer):
        span.fail(answer.reason)
    elif isinstance(answer, CallError):
        span.fail(answer.code[:50])
    span.end()


def _is_final(command: Command, outcome: Outcome) -> bool:
    """Whether doing it again is pointless or harmful.

    A start that was accepted must not be made twice. A stop is repeated until a stop is seen.
    """
    if isinstance(command.operation, Stop):
        return False
    return not isinstance(command.operation, Start) or outcome.outcome == "accepted"


def _is_refused_again(command: Command, outcome: Outcome) -> bool:
    """A rejected start counts on first delivery only: that one may have started what we repeat."""
    repeated = isinstance(command.operation, Start) and command.attempt > 1
    return repeated and outcome.outcome == "rejected"


def _refused(command: Command, answer: CallError) -> Outcome:
    """A start or stop may have worked all the same: only what the charge point does next tells."""
    if isinstance(command.operation, Start | Stop):
        return Outcome("unknown", answer.code[:50])
    words = [word for word in (answer.code[:50], answer.description) if word]
    return Outcome("rejected", ": ".join(words))


def _outcome(command: Command, answer: Answer, dialect: Dialect) -> Outcome | None:
    """None: the charge point is going to tell, in calls of its own."""
    if type(answer) is CallResult:
        outcome = dialect.outcome(command, answer.payload)
        if outcome is not None and _is_refused_again(command, outcome):
            return REPEATED
        return outcome
    if type(answer) is CallError:
        return _refused(command, answer)
    assert isinstance(answer, NoAnswer)
    return Outcome("unknown", answer.reason)
