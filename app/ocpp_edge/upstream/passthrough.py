"""One connected charge point that a backend serves too: what each says, brought to the other.

What our transactions are told as, and whose a transaction is, the app has decided before anything
gets here. A start of the backend's own is answered by its word; while it has none, by its owner's
rule. A charge point is never kept waiting for longer than ``relay_timeout_s``.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from msgspec import structs

from app.charging.ports import Clock
from app.edge_messages import (
    Authorize,
    Booted,
    Deadline,
    MessageResult,
    Said,
    TransactionStarted,
    TransactionStopped,
    Upstream,
    UpstreamState,
    UpstreamTold,
    UpstreamTransaction,
)
from app.ocpp_edge import times
from app.ocpp_edge.alarms import Alarm, Alarms
from app.ocpp_edge.calls import OutgoingCall
from app.ocpp_edge.frames import Call, CallError, CallResult, Payload
from app.ocpp_edge.upstream.backlog import Backlog, Kind, Message
from app.ocpp_edge.upstream.link import Link, payload_of
from app.ocpp_edge.upstream.settings import UpstreamSettings
from app.ocpp_edge.upstream.told import Told, ToldTransactions

log = logging.getLogger(__name__)

Answer = Callable[[MessageResult], None]
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
GRACE_S = 5
"""A charge point that was answered Invalid stops by itself; after this it is told to."""
MOST_CONNECTORS = 32
ANONYMOUS = "STROM"


class Charged(Protocol):
    """The charge point."""

    def call(self, call: OutgoingCall) -> None:
        """Send it a call when its turn comes."""
        ...

    def limit(self, deadline: Deadline) -> None:
        """Stop a transaction at a moment."""
        ...


class App(Protocol):
    """The way to the app: the charge point's outbox."""

    def ask(self, said: Said, waiting: Answer) -> None:
        """Something to be answered; without the app, nobody calls back."""
        ...

    def put(self, said: Said) -> None:
        """Something the app must know."""
        ...


@dataclass(slots=True)
class Kept:
    """What outlives a connection of the charge point."""

    url: str
    backlog: Backlog
    told: ToldTransactions
    statuses: dict[int, Payload]


class Passthrough:
    """See the module. ``link`` is set by who makes both."""

    link: Link

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
        self._charger = charger
        self._app = app
        self._alarms = alarms
        self._clock = clock
        self._settings = settings
        self._is_16 = is_16
        self._shares = is_16 and upstream.mode == "shared"
        self._hidden: dict[int, int] = {}
        self._boot: Payload | None = _boot_of(upstream.device) if is_16 else None
        self._last_state: tuple[bool, str, int, int] | None = None
        self._state_alarm: Alarm | None = None
        self._told_at = 0.0
        self.is_closed = False

    def hide(self, deadlines: tuple[Deadline, ...]) -> None:
        """Transactions of ours that run already, and that the backend does not know."""
        for deadline in deadlines:
            if self._kept.told.find(deadline.transaction_id) is None:
                self._hidden[deadline.transaction_id] = deadline.connector

    def restore(self, transactions: tuple[UpstreamTransaction, ...]) -> None:
        """What the app has kept for the backend, and an earlier edge did not get told."""
        for each in transactions:
            told = self._kept.told.add(each)
            if not told.is_queued:
                self._queue_start(told, _start_of(each))
            if each.stopped_at is not None and not told.is_ended:
                self._queue_stop(told, _stop_of(each, each.stopped_at))

    def close(self) -> None:
        """The charge point is gone; whoever waits is not answered any more."""
        self.is_closed = True
        if self._state_alarm is not None:
            self._state_alarm.cancel()

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
                self._metered(payload)
            case "StatusNotification":
                self._status(payload)
            case "TransactionEvent" if not self._is_16:
                self._event(payload)
            case "MeterValues":
                self._put(Message(Kind.READINGS, call.action, payload))
            case action if action in NOTICES and self.link.is_open:
                self._put(Message(Kind.NOTICE, action, payload))

    def decide(self, call: Call, said: Said, result: MessageResult, answer: Answer) -> None:
        """The app has saved what was said; answer now, or by the backend's word."""
        match said:
            case Authorize() if self._shares and not result.known:
                self._authorize(call.payload, result, answer)
                return
            case TransactionStarted() if result.upstream is not None:
                self._started(call.payload, result.upstream, result, answer)
                return
            case TransactionStarted() if result.transaction_id is not None:
                self._hidden[result.transaction_id] = said.connector
            case TransactionStopped() if self._is_16:
                self._stopped(call.payload, said.transaction_id)
            case Booted():
                self._booted(call)
        if call.action == "TransactionEvent":
            self._event(call.payload)
        answer(result)

    def _booted(self, call: Call) -> None:
        is_first = not self.link.booted.is_set()
        self._boot = call.payload
        self.link.booted.set()
        if self.link.is_open and not is_first:
            self._put(Message(Kind.NOTICE, call.action, call.payload))

    def _status(self, payload: Payload) -> None:
        connector = payload.get("connectorId" if self._is_16 else "evseId")
        if type(connector) is not int:
            return
        statuses = self._kept.statuses
        if connector in statuses or len(statuses) < MOST_CONNECTORS:
            statuses[connector] = payload
        self._put(Message(Kind.STATUS, "StatusNotification", payload, connector=connector))

    def _metered(self, payload: Payload) -> None:
        """Of transactions it knows, and of meters where none of ours runs."""
        number = payload.get("transactionId")
        told = self._kept.told.find(number)
        if told is None and (number or payload.get("connectorId") in self._hidden.values()):
            return
        transaction_id = None if told is None else told.transaction_id
        self._put(Message(Kind.READINGS, "MeterValues", payload, transaction_id=transaction_id))

    def _event(self, payload: Payload) -> None:
        """TransactionEvent (OCPP 2.0.1): its names are the charge point's own; idTokens are not."""
        id_tag = self._upstream.report_id_tag
        if self._upstream.mode == "shared" and not id_tag:
            return
        shown = {name: each for name, each in payload.items() if name != "idToken"}
        if "idToken" in payload:
            shown["idToken"] = {"idToken": id_tag or ANONYMOUS, "type": "Central"}
        self._put(Message(Kind.TRANSACTION, "TransactionEvent", shown))

    # --- by the backend's word -----------------------------------------------------------------

    def _authorize(self, payload: Payload, result: MessageResult, answer: Answer) -> None:
        is_open = True

        def settle(final: MessageResult) -> None:
            nonlocal is_open
            if is_open:
                is_open = False
                answer(final)

        if not self.link.is_open:
            settle(self._by_rule(result))
            return

        def answered(told: CallResult | CallError | None) -> None:
            alarm.cancel()
            settle(_judged(told, result) or self._by_rule(result))

        def too_late() -> None:
            self._kept.backlog.remove(message)
            settle(self._by_rule(result))

        message = Message(Kind.ASK, "Authorize", payload, answered=answered)
        alarm = self._alarms.after(self._settings.relay_timeout_s, too_late)
        self._kept.backlog.put_first(message)

    def _by_rule(self, result: MessageResult) -> MessageResult:
        """What the owner wants while the backend says nothing."""
        return structs.replace(result, accepted=self._upstream.when_down == "accept")

    def _started(
        self, payload: Payload, kept: UpstreamTransaction, result: MessageResult, answer: Answer
    ) -> None:
        told = self._kept.told.add(kept)
        if not told.is_queued:
            self._queue_start(told, payload)
        if not told.foreign:
            answer(result)
            return

        def settle(verdict: bool) -> None:
            accepted = verdict and not told.status
            answer(structs.replace(result, accepted=accepted, id_tag_status=told.status))

        told.waiting.append(settle)
        if told.verdict is not None:
            self._decided(told, told.verdict)
        elif not self.link.is_open:
            self._rule(told)
        else:
            self._alarms.after(self._settings.relay_timeout_s, lambda: self._rule(told))

    def _rule(self, told: Told) -> None:
        """The backend has said nothing so far; the start stays owed to it."""
        if told.verdict is None:
            self._decided(told, self._upstream.when_down == "accept")

    def _decided(self, told: Told, verdict: bool) -> None:
        told.decide(verdict=verdict)
        if not verdict and not told.is_ended and not self.is_closed:
            soon = self._clock.now() + timedelta(seconds=GRACE_S)
            self._charger.limit(Deadline(told.transaction_id, told.connector, soon, None))

    def _queue_start(self, told: Told, payload: Payload) -> None:
        told.is_queued = True
        shown = payload
        if not told.foreign:
            shown = {name: each for name, each in payload.items() if name != "reservationId"}
            shown["idTag"] = told.id_tag
        number = told.transaction_id
        self._put(Message(Kind.TRANSACTION, "StartTransaction", shown, transaction_id=number))

    def _start_answered(self, told: Told, answer: CallResult | CallError) -> None:
        payload = answer.payload if isinstance(answer, CallResult) else {}
        number = payload.get("transactionId")
        if type(number) is int and abs(number) < 2**63:
            told.upstream_id = number
            self._app.put(UpstreamTold(told.transaction_id, number))
        else:
            told.is_refused = True
        if not told.foreign:
            return
        status = _status_of(payload)
        if status is None:
            self._rule(told)
        elif told.verdict is None:
            told.status = "" if status == "Accepted" else status
            self._decided(told, status == "Accepted")
        elif told.verdict and status != "Accepted":  # it was let charge while nobody could say
            self._decided(told, verdict=False)

    def _stopped(self, payload: Payload, transaction_id: int) -> None:
        self._hidden.pop(transaction_id, None)
        told = self._kept.told.find(transaction_id)
        if told is not None and not told.is_ended:
            self._queue_stop(told, payload)

    def _queue_stop(self, told: Told, payload: Payload) -> None:
        told.is_ended = True
        shown = payload
        if not told.foreign and "idTag" in payload:
            shown = {**payload, "idTag": told.id_tag}
        number = told.transaction_id
        self._put(Message(Kind.TRANSACTION, "StopTransaction", shown, transaction_id=number))

    def _stop_is_told(self, told: Told) -> None:
        self._kept.told.forget(told.transaction_id)
        self._app.put(UpstreamTold(told.transaction_id, is_end=True))

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
        told = self._kept.told.find(message.transaction_id)
        number = None if told is None else told.upstream_id
        if number is not None:
            return {**payload, "transactionId": number}
        if message.kind is Kind.TRANSACTION:
            return None  # of a start it never took
        return {name: each for name, each in payload.items() if name != "transactionId"}

    def answered(self, message: Message, answer: CallResult | CallError) -> None:
        """The backend has taken a message, or refused it: it need not be told again."""
        told = self._kept.told.find(message.transaction_id)
        if told is not None and message.action == "StartTransaction":
            self._start_answered(told, answer)
        elif told is not None and message.action == "StopTransaction":
            self._stop_is_told(told)
        message.settle(answer)

    def given_up(self, message: Message) -> None:
        """It could not be told. What the app keeps is tried again by another edge."""
        told = self._kept.told.find(message.transaction_id)
        if told is None:
            return
        if message.action == "StartTransaction":
            self._rule(told)
        elif message.action == "StopTransaction" and told.is_refused:
            self._stop_is_told(told)

    def changed(self) -> None:
        """Tell the app how the link does; not too often, and only what is new."""
        if self.is_closed:
            return
        state = self._state()
        if state == self._last_state or self._state_alarm is not None:
            return
        wait = self._told_at + self._settings.tell_every_s - self._alarms.now()
        if wait > 0:
            self._state_alarm = self._alarms.after(wait, self._tell_state)
        else:
            self._tell_state()

    def _tell_state(self) -> None:
        self._state_alarm = None
        state = self._state()
        if state == self._last_state or self.is_closed:
            return
        self._last_state, self._told_at = state, self._alarms.now()
        connected, error, queued, lost = state
        self._app.put(UpstreamState(self._clock.now(), connected, error, queued, lost))

    def _state(self) -> tuple[bool, str, int, int]:
        """A backlog that is being worked off is no news."""
        link, backlog = self.link, self._kept.backlog
        return link.is_open, link.error, 0 if link.is_open else len(backlog), backlog.lost

    def _put(self, message: Message) -> None:
        self._kept.backlog.put(message)
        if not self.link.is_open:
            self.changed()


def _judged(answer: CallResult | CallError | None, result: MessageResult) -> MessageResult | None:
    """The backend's word on an idTag; None when it gave none."""
    payload = answer.payload if isinstance(answer, CallResult) else {}
    status = _status_of(payload)
    if status is None:
        return None
    info = payload["idTagInfo"]
    group = info.get("parentIdTag")
    return structs.replace(
        result,
        accepted=status == "Accepted",
        id_tag_status=status,
        parent_id_tag=group[:20] if type(group) is str else "",
    )


def _status_of(payload: Payload) -> str | None:
    info = payload.get("idTagInfo")
    status = info.get("status") if isinstance(info, dict) else None
    return status[:20] if type(status) is str else None


def _boot_of(device: Booted | None) -> Payload | None:
    """BootNotification (OCPP 1.6 §6.7) as the app remembers it."""
    if device is None or not device.vendor or not device.model:
        return None
    boot: Payload = {
        "chargePointVendor": device.vendor[:20],
        "chargePointModel": device.model[:20],
    }
    if device.serial:
        boot["chargePointSerialNumber"] = device.serial[:25]
    if device.firmware:
        boot["firmwareVersion"] = device.firmware[:50]
    return boot


def _start_of(kept: UpstreamTransaction) -> Payload:
    return {
        "connectorId": kept.connector,
        "idTag": kept.id_tag,
        "meterStart": kept.meter_wh,
        "timestamp": times.write(kept.at),
    }


def _stop_of(kept: UpstreamTransaction, at: datetime) -> Payload:
    return {
        "transactionId": kept.transaction_id,
        "meterStop": kept.meter_stop_wh,
        "timestamp": times.write(at),
        "reason": kept.stop_reason or "Local",
    }
