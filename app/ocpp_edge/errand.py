"""One command's calls to a charge point: one, or several where it takes no more at once."""

from collections.abc import Callable
from typing import Protocol

from app.edge_messages import Command
from app.ocpp_edge.calls import Answer, NoAnswer, OutgoingCall
from app.ocpp_edge.dialect import Dialect, Request
from app.ocpp_edge.frames import CallResult, Payload
from app.ocpp_edge.portions import Portioned
from app.operations import Start, Stop, Unlock


class Callee(Protocol):
    """A connected charge point, as far as it is called."""

    @property
    def dialect(self) -> Dialect:
        """Its version of OCPP."""
        ...

    def call(self, call: OutgoingCall) -> None:
        """Send it a call when its turn comes."""
        ...


def run(command: Command, request: Request, callee: Callee, done: Callable[[Answer], None]) -> None:
    """Call the charge point; ``done`` with its answer, the answers to all parts put together.

    The answer to a single call may come a second time, late; of several none does.
    """
    errand = Errand(command, callee, done)
    portioned = callee.dialect.portioned(request)
    if portioned is None or not portioned.is_needed_for(request):
        errand.call(request, done)
    else:
        errand.ask(request, portioned)


class Errand:
    """See the module."""

    def __init__(self, command: Command, callee: Callee, done: Callable[[Answer], None]) -> None:
        self._command = command
        self._callee = callee
        self._done = done
        self._answers: list[Payload] = []

    def call(self, request: Request, answered: Callable[[Answer], None]) -> None:
        """One call."""
        expires_at = self._command.expires_at
        self._callee.call(
            OutgoingCall(
                request.action,
                request.payload,
                answered,
                not_after=expires_at.timestamp() if expires_at else None,
                urgent=isinstance(self._command.operation, Start | Stop | Unlock),
            )
        )

    def ask(self, request: Request, portioned: Portioned) -> None:
        """How much it takes at once. One that does not say is given all of it."""

        def answered(answer: Answer) -> None:
            if isinstance(answer, NoAnswer) and not answer.was_sent:
                self._done(answer)
                return
            told = answer.payload if isinstance(answer, CallResult) else {}
            self._send(portioned.parts(request, told), portioned)

        self.call(portioned.question, _once(answered))

    def _send(self, parts: list[Request], portioned: Portioned) -> None:
        def answered(answer: Answer) -> None:
            if not isinstance(answer, CallResult):
                self._done(answer)
                return
            self._answers.append(answer.payload)
            if len(parts) > 1 and portioned.goes_on(answer.payload):
                self._send(parts[1:], portioned)
            else:
                self._done(CallResult(answer.id, portioned.whole(self._answers)))

        self.call(parts[0], _once(answered))


def _once(answered: Callable[[Answer], None]) -> Callable[[Answer], None]:
    """The first answer; one that comes late would begin the rest again."""
    is_open = True

    def take(answer: Answer) -> None:
        nonlocal is_open
        if is_open:
            is_open = False
            answered(answer)

    return take
