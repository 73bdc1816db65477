"""Starts and stops between a charge point and a backend: whose word counts, what is owed to whom.

A start of the backend's own is answered by its word; while it has none, by its owner's rule. The
charge point is never kept waiting for longer than ``relay_timeout_s``.
"""

from collections.abc import Callable
from datetime import timedelta

from msgspec import structs

from app.charging.ports import Clock
from app.edge_messages import Deadline, MessageResult, Upstream, UpstreamTold, UpstreamTransaction
from app.ocpp_edge.alarms import Alarms
from app.ocpp_edge.frames import CallError, CallResult, Payload
from app.ocpp_edge.upstream.backlog import Kind, Message
from app.ocpp_edge.upstream.payloads import judged, start_of, status_of, stop_of
from app.ocpp_edge.upstream.ports import Answer, App, Charged, Kept
from app.ocpp_edge.upstream.settings import UpstreamSettings
from app.ocpp_edge.upstream.told import Told

GRACE_S = 5
"""A charge point that was answered Invalid stops by itself; after this it is told to."""


class Transactions:
    """Those of one connection."""

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
        is_up: Callable[[], bool],
        put: Callable[[Message], None],
    ) -> None:
        self._upstream = upstream
        self._kept = kept
        self._charger = charger
        self._app = app
        self._alarms = alarms
        self._clock = clock
        self._settings = settings
        self._is_up = is_up
        self._put = put
        self._hidden: dict[int, int] = {}
        self.is_closed = False

    def is_ours_alone(self, transaction_id: int, connector: int) -> None:
        """A transaction that the backend is not told of."""
        self._hidden[transaction_id] = connector

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
                self._queue_start(told, start_of(each))
            if each.stopped_at is not None and not told.is_ended:
                self._queue_stop(told, stop_of(each, each.stopped_at))

    def metered(self, payload: Payload) -> None:
        """Of transactions it knows, and of meters where none of ours runs."""
        number = payload.get("transactionId")
        told = self._kept.told.find(number)
        if told is None and (number or payload.get("connectorId") in self._hidden.values()):
            return
        transaction_id = None if told is None else told.transaction_id
        self._put(Message(Kind.READINGS, "MeterValues", payload, transaction_id=transaction_id))

    def authorize(self, payload: Payload, result: MessageResult, answer: Answer) -> None:
        """An idTag that is none of ours."""
        is_open = True

        def settle(final: MessageResult) -> None:
            nonlocal is_open
            if is_open:
                is_open = False
                answer(final)

        if not self._is_up():
            settle(self._by_rule(result))
            return

        def answered(told: CallResult | CallError | None) -> None:
            alarm.cancel()
            settle(judged(told, result) or self._by_rule(result))

        def too_late() -> None:
            self._kept.backlog.remove(message)
            settle(self._by_rule(result))

        message = Message(Kind.ASK, "Authorize", payload, answered=answered)
        alarm = self._alarms.after(self._settings.relay_timeout_s, too_late)
        self._kept.backlog.put_first(message)

    def _by_rule(self, result: MessageResult) -> MessageResult:
        """What the owner wants while the backend says nothing."""
        return structs.replace(result, accepted=self._upstream.when_down == "accept")

    def started(
        self, payload: Payload, kept: UpstreamTransaction, result: MessageResult, answer: Answer
    ) -> None:
        """A transaction that the backend is told of, and decides over if it is its own."""
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
        elif not self._is_up():
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
        status = status_of(payload)
        if status is None:
            self._rule(told)
        elif told.verdict is None:
            told.status = "" if status == "Accepted" else status
            self._decided(told, status == "Accepted")
        elif told.verdict and status != "Accepted":  # it was let charge while nobody could say
            self._decided(told, verdict=False)

    def stopped(self, payload: Payload, transaction_id: int) -> None:
        """Told to the backend if its start was."""
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

    def answered(self, message: Message, answer: CallResult | CallError) -> None:
        """What follows for the transaction that a message was about."""
        told = self._kept.told.find(message.transaction_id)
        if told is not None and message.action == "StartTransaction":
            self._start_answered(told, answer)
        elif told is not None and message.action == "StopTransaction":
            self._stop_is_told(told)

    def given_up(self, message: Message) -> None:
        """It could not be told. What the app keeps is tried again by another edge."""
        told = self._kept.told.find(message.transaction_id)
        if told is None:
            return
        if message.action == "StartTransaction":
            self._rule(told)
        elif message.action == "StopTransaction" and told.is_refused:
            self._stop_is_told(told)

    def numbered(self, message: Message, payload: Payload) -> Payload | None:
        """The payload with the backend's number; None for an end of what it never took."""
        told = self._kept.told.find(message.transaction_id)
        number = None if told is None else told.upstream_id
        if number is not None:
            return {**payload, "transactionId": number}
        if message.kind is Kind.TRANSACTION:
            return None  # of a start it never took
        return {name: each for name, each in payload.items() if name != "transactionId"}
