"""One connected charge point that a backend serves too: what each says, brought to the other.

What our transactions are told as, and whose a transaction is, the app has decided before anything
gets here. Whatever version is spoken, this is the same; `speech` names what differs.
"""

from typing import Final

from msgspec import structs

from app.edge_messages import (
    Authorize,
    Booted,
    Connected,
    MessageResult,
    Said,
    TransactionStarted,
    TransactionStopped,
)
from app.ocpp_edge.frames import Call, CallError, CallResult, Payload
from app.ocpp_edge.nesting import is_deep, shallow
from app.ocpp_edge.upstream.backlog import Kind, Message
from app.ocpp_edge.upstream.link import Link, payload_of
from app.ocpp_edge.upstream.ports import Answer, Say
from app.ocpp_edge.upstream.speech import Speech
from app.ocpp_edge.upstream.telling import Telling
from app.ocpp_edge.upstream.transactions import Ground
from app.ocpp_edge.upstream.v201.payloads import sequence_of
from app.ocpp_edge.upstream.v201.terms import report_for
from app.ocpp_edge.validation import Tolerance

NOTICES: Final = frozenset(
    {
        "DataTransfer",
        "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
        "LogStatusNotification",
        "NotifyEvent",
        "SecurityEventNotification",
        "SignedFirmwareStatusNotification",
    }
)
"""Told while the link is open, and not kept for later."""
REPORTS: Final = frozenset({"NotifyReport", "ReportChargingProfiles"})
"""Of those that the backend has asked for."""
MOST_CONNECTORS = 32


class Passthrough:
    """See the module. `speak` comes before anything else."""

    _link: Link
    _telling: Telling

    def __init__(self, ground: Ground, speech: Speech) -> None:
        self._ground = ground
        self._speech = speech
        self._kept = ground.kept
        self._shares = ground.upstream.mode == "shared"
        self._boot: Payload | None = speech.boot_of(ground.upstream.device)
        self._transactions = speech.transactions(ground)

    def speak(self, link: Link, grant: Connected) -> None:
        """Begin, with what the app has kept for the backend."""
        ground = self._ground
        self._link = link
        self._telling = Telling(
            link,
            self._kept.backlog,
            ground.app,
            ground.alarms,
            ground.clock,
            ground.settings.tell_every_s,
        )
        self._transactions.restore(ground.upstream.transactions)
        self._transactions.hide(grant.deadlines)

    @property
    def is_up(self) -> bool:
        """Whether the backend has taken the charge point in."""
        return self._link.is_open

    def close(self) -> None:
        """The charge point is gone; whoever waits is not answered any more."""
        self._transactions.is_closed = True
        self._telling.close()

    # --- what the charge point says ------------------------------------------------------------

    def completed(self, call: Call) -> Call:
        """An event that names a start of the backend's has its idToken, whoever left that out."""
        if call.action != "TransactionEvent" or not self._kept.wanted.starts:
            return call
        token = self._transactions.left_out(self._mended(call))
        return call if token is None else Call(call.id, call.action, call.payload | token)

    def marked(self, call: Call, said: Said) -> Said:
        """What the app is asked, with the word that a backend is to be told."""
        if isinstance(said, TransactionStarted):
            return structs.replace(said, upstream=True, sequence=sequence_of(self._mended(call)))
        if isinstance(said, TransactionStopped):
            return structs.replace(said, sequence=sequence_of(self._mended(call)))
        return said

    def holds(self, call: Call) -> bool:
        """Whether the answer to something that was understood here waits for the backend's."""
        return call.action == "TransactionEvent" and self._transactions.holds(self._mended(call))

    def heard(self, call: Call, say: Say | None = None) -> None:
        """Something that was answered here at once, or is answered by ``say``."""
        payload = self._mended(call)
        match call.action:
            case "MeterValues":
                self._transactions.metered(payload)
            case "StatusNotification":
                self._status(payload)
            case "TransactionEvent":
                self._transactions.event(payload, say)
            case action if action in REPORTS:
                self._report(action, payload)
            case "ReservationStatusUpdate":
                if payload.get("reservationId") in self._kept.wanted.reserved:
                    self.put(Message(Kind.TRANSACTION, call.action, payload))
            case action if action in NOTICES and self._link.is_open:
                self.put(Message(Kind.NOTICE, action, payload))

    def decide(self, call: Call, said: Said, result: MessageResult, answer: Answer) -> None:
        """The app has saved what was said; answer now, or by the backend's word."""
        transactions, payload = self._transactions, self._mended(call)
        match said:
            case Authorize() if call.action == "TransactionEvent":
                if transactions.presented(payload, result, answer):
                    return
            case Authorize() if self._shares and not result.known:
                transactions.authorize(payload, result, answer)
                return
            case TransactionStarted() if result.upstream is not None:
                transactions.started(payload, result.upstream, result, answer)
                return
            case TransactionStarted() if result.transaction_id is not None:
                transactions.is_ours_alone(result.transaction_id, said.connector)
            case TransactionStopped():
                number = said.transaction_id
                transactions.stopped(payload, number, lambda more: answer(result, more))
                return
            case Booted():
                self._booted(payload)
        answer(result)

    def _mended(self, call: Call) -> Payload:
        """What was said as the standard would have it: no name in another case hides an idTag."""
        name = f"{call.action}{self._speech.terms.suffix}"
        mended = self._ground.schemas.check(name, call.payload, tolerance=Tolerance.OF_ALL)
        return shallow(mended) if is_deep(mended) else mended

    def _booted(self, payload: Payload) -> None:
        is_first = not self._link.booted.is_set()
        self._boot = payload
        self._link.booted.set()
        if self._link.is_open and not is_first:
            self.put(Message(Kind.NOTICE, "BootNotification", payload))

    def _status(self, payload: Payload) -> None:
        plug = self._speech.plug_of(payload)
        if plug is None:
            return
        statuses = self._kept.statuses
        if plug in statuses or len(statuses) < MOST_CONNECTORS:
            statuses[plug] = payload
        self.put(Message(Kind.STATUS, "StatusNotification", payload, connector=plug))

    def _report(self, action: str, payload: Payload) -> None:
        number = payload.get("requestId")
        own = self._kept.wanted.reports.get(number) if type(number) is int else None
        if own is not None and self._link.is_open:
            self.put(Message(Kind.NOTICE, action, report_for(action, payload, own)))

    # --- for the link --------------------------------------------------------------------------

    def greet(self) -> Payload | None:
        """What the charge point told of itself; None where that is not known."""
        return self._boot

    def greeted(self) -> None:
        """The backend is new to the link: tell it the statuses it may not know."""
        for connector, payload in sorted(self._kept.statuses.items(), reverse=True):
            if not self._kept.backlog.has(Kind.STATUS, connector):
                status = Message(Kind.STATUS, "StatusNotification", payload, connector=connector)
                self._kept.backlog.put_first(status)

    def write(self, message: Message) -> Payload | None:
        """What a message says by now, with the backend's name of its transaction."""
        payload = payload_of(message)
        if message.transaction_id is None:
            return payload
        return self._transactions.numbered(message, payload)

    def answered(self, message: Message, answer: CallResult | CallError) -> None:
        """The backend has taken a message, or refused it: it need not be told again."""
        self._transactions.answered(message, answer)
        message.settle(answer)

    def given_up(self, message: Message) -> None:
        """It could not be told."""
        self._transactions.given_up(message)

    def changed(self) -> None:
        """The link is up, or down, or its backlog is another."""
        self._telling.changed()

    def put(self, message: Message) -> None:
        """Something for the backend to know."""
        self._kept.backlog.put(message)
        if not self._link.is_open:
            self.changed()
