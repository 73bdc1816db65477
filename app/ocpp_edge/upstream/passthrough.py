"""One connected charge point that a backend serves too: what each says, brought to the other.

What our transactions are told as, and whose a transaction is, the app has decided before anything
gets here.
"""

from typing import Final

from msgspec import structs

from app.charging.ports import Clock
from app.edge_messages import (
    Authorize,
    Booted,
    Connected,
    MessageResult,
    Said,
    TransactionStarted,
    TransactionStopped,
    Upstream,
)
from app.ocpp_edge.alarms import Alarms
from app.ocpp_edge.frames import Call, CallError, CallResult, Payload
from app.ocpp_edge.upstream.backlog import Kind, Message
from app.ocpp_edge.upstream.link import Link, payload_of
from app.ocpp_edge.upstream.payloads import boot_of
from app.ocpp_edge.upstream.ports import Answer, App, Charged, Kept
from app.ocpp_edge.upstream.settings import UpstreamSettings
from app.ocpp_edge.upstream.telling import Telling
from app.ocpp_edge.upstream.transactions import Transactions

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
MOST_CONNECTORS = 32
ANONYMOUS = "STROM"


class Passthrough:
    """See the module. `speak` comes before anything else."""

    _link: Link
    _telling: Telling

    def __init__(
        self,
        upstream: Upstream,
        kept: Kept,
        charger: Charged,
        app: App,
        alarms: Alarms,
        clock: Clock,
        settings: UpstreamSettings,
        *,
        is_16: bool,
    ) -> None:
        self._upstream = upstream
        self._kept = kept
        self._app = app
        self._alarms = alarms
        self._clock = clock
        self._settings = settings
        self._is_16 = is_16
        self._shares = is_16 and upstream.mode == "shared"
        self._boot: Payload | None = boot_of(upstream.device) if is_16 else None
        self._transactions = Transactions(
            upstream,
            kept,
            charger,
            app,
            alarms,
            clock,
            settings,
            is_up=lambda: self._link.is_open,
            put=self._put,
        )

    def speak(self, link: Link, grant: Connected) -> None:
        """Begin, with what the app has kept for the backend."""
        self._link = link
        self._telling = Telling(
            link,
            self._kept.backlog,
            self._app,
            self._alarms,
            self._clock,
            self._settings.tell_every_s,
        )
        self._transactions.restore(self._upstream.transactions)
        self._transactions.hide(grant.deadlines)

    def close(self) -> None:
        """The charge point is gone; whoever waits is not answered any more."""
        self._transactions.is_closed = True
        self._telling.close()

    # --- what the charge point says ------------------------------------------------------------

    def marked(self, said: Said) -> Said:
        """What the app is asked, with the word that a backend is to be told."""
        if self._is_16 and isinstance(said, TransactionStarted):
            return structs.replace(said, upstream=True)
        return said

    def heard(self, call: Call) -> None:
        """Something that was answered here at once."""
        payload = call.payload
        match call.action:
            case "MeterValues" if self._is_16:
                self._transactions.metered(payload)
            case "StatusNotification":
                self._status(payload)
            case "TransactionEvent" if not self._is_16:
                self._event(payload)
            case "MeterValues":
                self._put(Message(Kind.READINGS, call.action, payload))
            case action if action in NOTICES and self._link.is_open:
                self._put(Message(Kind.NOTICE, action, payload))

    def decide(self, call: Call, said: Said, result: MessageResult, answer: Answer) -> None:
        """The app has saved what was said; answer now, or by the backend's word."""
        match said:
            case Authorize() if self._shares and not result.known:
                self._transactions.authorize(call.payload, result, answer)
                return
            case TransactionStarted() if result.upstream is not None:
                self._transactions.started(call.payload, result.upstream, result, answer)
                return
            case TransactionStarted() if result.transaction_id is not None:
                self._transactions.is_ours_alone(result.transaction_id, said.connector)
            case TransactionStopped() if self._is_16:
                self._transactions.stopped(call.payload, said.transaction_id)
            case Booted():
                self._booted(call)
        if call.action == "TransactionEvent":
            self._event(call.payload)
        answer(result)

    def _booted(self, call: Call) -> None:
        is_first = not self._link.booted.is_set()
        self._boot = call.payload
        self._link.booted.set()
        if self._link.is_open and not is_first:
            self._put(Message(Kind.NOTICE, call.action, call.payload))

    def _status(self, payload: Payload) -> None:
        connector = payload.get("connectorId" if self._is_16 else "evseId")
        if type(connector) is not int:
            return
        statuses = self._kept.statuses
        if connector in statuses or len(statuses) < MOST_CONNECTORS:
            statuses[connector] = payload
        self._put(Message(Kind.STATUS, "StatusNotification", payload, connector=connector))

    def _event(self, payload: Payload) -> None:
        """TransactionEvent (OCPP 2.0.1): its names are the charge point's own; idTokens are not."""
        id_tag = self._upstream.report_id_tag
        if self._upstream.mode == "shared" and not id_tag:
            return
        shown = {name: each for name, each in payload.items() if name != "idToken"}
        if "idToken" in payload:
            shown["idToken"] = {"idToken": id_tag or ANONYMOUS, "type": "Central"}
        self._put(Message(Kind.TRANSACTION, "TransactionEvent", shown))

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
        """What a message says by now, with the backend's number of its transaction."""
        payload = payload_of(message)
        if message.transaction_id is None or message.action == "StartTransaction":
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

    def _put(self, message: Message) -> None:
        self._kept.backlog.put(message)
        if not self._link.is_open:
            self.changed()
