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
from app.ocpp_edge.dialect import Dialect, Outcome
from app.ocpp_edge.errand import Callee
from app.ocpp_edge.frames import CallError, CallResult
from app.operations import Start, Stop, name_of

log = logging.getLogger(__name__)

MAX_REMEMBERED = 20_000
REPEATED = Outcome("unknown", "Rejected when repeated")


class Target(Callee, Protocol):
    """A connected charge point."""

    def report(self, outcome: CommandOutcome) -> None:
        """Let the app know, for certain."""
        ...


class Delivery:
    """What is known of a command."""

    __slots__ = ("attempt", "is_under_way", "outcome")

    def __init__(self) -> None:
        self.attempt = 0
        self.is_under_way = False
        self.outcome: Outcome | None = None


class Commands:
    """The commands an edge instance has seen, the newest so many of them."""

    def __init__(self) -> None:
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
            if outcome is not None:
                self._report(command, delivery, outcome, target)

        delivery.is_under_way = True
        errand.run(command, request, target, answered)

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
            )
        )


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
