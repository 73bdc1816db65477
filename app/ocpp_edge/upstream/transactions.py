"""Charges between a charge point and a backend: whose word counts, what is owed to whom.

A start of the backend's own is answered by its word; while it has none, by its owner's rule. The
charge point is never kept waiting for longer than ``relay_timeout_s``. How a start, an end and an
answer are written is each version's own: `v16`, `v201`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec import structs

from app.charging.ports import Clock
from app.edge_messages import Deadline, MessageResult, Upstream, UpstreamTold, UpstreamTransaction
from app.ocpp_edge.alarms import Alarms
from app.ocpp_edge.frames import CallError, CallResult, Payload
from app.ocpp_edge.upstream.backlog import Kind, Message, Step
from app.ocpp_edge.upstream.ports import Answer, App, Charged, Kept, Say
from app.ocpp_edge.upstream.settings import UpstreamSettings
from app.ocpp_edge.upstream.told import Told
from app.ocpp_edge.validation import Schemas

GRACE_S = 5
"""A charge point that was answered Invalid stops by itself; after this it is told to."""

Word = CallResult | CallError | None


@dataclass(frozen=True, slots=True)
class Ground:
    """What the charges of one connection stand on."""

    upstream: Upstream
    kept: Kept
    charger: Charged
    app: App
    alarms: Alarms
    clock: Clock
    settings: UpstreamSettings
    schemas: Schemas
    is_up: Callable[[], bool]
    put: Callable[[Message], None]


class Transactions(ABC):
    """Those of one connection."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._kept = ground.kept
        self._hidden: dict[int, int] = {}
        self.is_closed = False

    # --- each version's own --------------------------------------------------------------------

    @abstractmethod
    def metered(self, payload: Payload) -> None:
        """Readings: of transactions it knows, and of meters where none of ours runs."""

    @abstractmethod
    def numbered(self, message: Message, payload: Payload) -> Payload | None:
        """The payload with the backend's name of its transaction; None where it cannot be said."""

    @abstractmethod
    def _begin(self, told: Told, payload: Payload, kept: UpstreamTransaction) -> None:
        """Queue a start as the charge point told it."""

    @abstractmethod
    def _begin_again(self, told: Told, kept: UpstreamTransaction) -> None:
        """Queue a start as the app remembers it."""

    @abstractmethod
    def _end(self, told: Told, payload: Payload, say: Say) -> None:
        """Queue an end as the charge point told it, and have that answered."""

    @abstractmethod
    def _end_again(self, told: Told, kept: UpstreamTransaction, at: datetime) -> None:
        """Queue an end as the app remembers it."""

    @abstractmethod
    def _take_start(self, told: Told, answer: CallResult | CallError) -> None:
        """The backend has answered a start: the name it gives, and what else it says."""

    @abstractmethod
    def _status(self, told: Told, answer: CallResult | CallError) -> str | None:
        """Its word on the start's idTag; None when it gave none."""

    @abstractmethod
    def _judged(self, answer: Word, result: MessageResult) -> MessageResult | None:
        """Its word on an idTag that was asked about; None when it gave none."""

    @abstractmethod
    def _beside(self, answer: Word, action: str) -> Payload:
        """What else of its answer the charge point is to be told."""

    def _again(self, told: Told, payload: Payload) -> None:  # noqa: B027 # most versions have none
        """More was said under a start that is told already."""

    def event(self, payload: Payload, say: Say | None = None) -> None:  # noqa: B027 # the same
        """An event between start and end, answered here unless ``say`` waits for the backend."""

    def left_out(self, payload: Payload) -> Payload | None:
        """What an event should have said of a start of the backend's."""
        return None

    def holds(self, payload: Payload) -> bool:
        """Whether the answer to an event waits for the backend's."""
        return False

    def presented(self, payload: Payload, result: MessageResult, answer: Answer) -> bool:
        """An idTag in the middle of a transaction; False where that is not the backend's."""
        return False

    # --- what all have in common ---------------------------------------------------------------

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
                told.is_queued = True
                self._begin_again(told, each)
            if each.stopped_at is not None and not told.is_ended:
                told.is_ended = True
                self._end_again(told, each, each.stopped_at)

    def authorize(self, payload: Payload, result: MessageResult, answer: Answer) -> None:
        """An idTag that is none of ours."""
        if not self._ground.is_up():
            answer(self._by_rule(result))
            return

        def answered(told: Word) -> None:
            judged = self._judged(told, result)
            more = {} if judged is None else self._beside(told, "Authorize")
            answer(judged or self._by_rule(result), more)

        message = Message(Kind.ASK, "Authorize", payload)
        self._await(message, answered)
        self._kept.backlog.put_first(message)

    def _await(self, message: Message, heard: Callable[[Word], None]) -> None:
        """The backend's answer in time, or None; what only asks is not kept for later."""
        is_open = True

        def settle(told: Word) -> None:
            nonlocal is_open
            if is_open:
                is_open = False
                alarm.cancel()
                heard(told)

        def too_late() -> None:
            if message.kind is Kind.ASK:
                self._kept.backlog.remove(message)
            settle(None)

        message.answered = settle
        alarm = self._ground.alarms.after(self._ground.settings.relay_timeout_s, too_late)

    def _by_rule(self, result: MessageResult) -> MessageResult:
        """What the owner wants while the backend says nothing."""
        return structs.replace(result, accepted=self._ground.upstream.when_down == "accept")

    def started(
        self, payload: Payload, kept: UpstreamTransaction, result: MessageResult, answer: Answer
    ) -> None:
        """A transaction that the backend is told of, and decides over if it is its own."""
        told = self._kept.told.add(kept)
        if told.is_queued:
            self._again(told, payload)
        else:
            told.is_queued = True
            self._begin(told, payload, kept)
        if not told.foreign:
            answer(result)
            return

        def settle(verdict: bool) -> None:
            accepted = verdict and not told.status
            final = structs.replace(result, accepted=accepted, id_tag_status=told.status)
            answer(final, told.more)

        told.waiting.append(settle)
        if told.verdict is not None:
            self._decided(told, told.verdict)
        elif not self._ground.is_up():
            self._rule(told)
        else:
            late = self._ground.settings.relay_timeout_s
            self._ground.alarms.after(late, lambda: self._rule(told))

    def _rule(self, told: Told) -> None:
        """The backend has said nothing so far; the start stays owed to it."""
        if told.verdict is None:
            self._decided(told, self._ground.upstream.when_down == "accept")

    def _decided(self, told: Told, verdict: bool) -> None:
        told.decide(verdict=verdict)
        if not verdict and not told.is_ended and not self.is_closed:
            soon = self._ground.clock.now() + timedelta(seconds=GRACE_S)
            number, name = told.transaction_id, told.reference
            self._ground.charger.limit(Deadline(number, told.connector, soon, None, name))

    def _start_answered(self, told: Told, answer: CallResult | CallError) -> None:
        self._take_start(told, answer)
        if not told.foreign:
            return
        status = self._status(told, answer)
        if status is None:
            self._rule(told)
        elif told.verdict is None:
            told.status = "" if status == "Accepted" else status
            self._decided(told, status == "Accepted")
        elif told.verdict and status != "Accepted":  # it was let charge while nobody could say
            self._decided(told, verdict=False)

    def stopped(self, payload: Payload, transaction_id: int, say: Say) -> None:
        """Told to the backend if its start was."""
        self._hidden.pop(transaction_id, None)
        told = self._kept.told.find(transaction_id)
        if told is None or told.is_ended:
            say({})
            return
        told.is_ended = True
        self._end(told, payload, say)

    def _end_is_told(self, told: Told) -> None:
        if not told.is_ended:
            return  # of an earlier one of that name
        self._kept.told.forget(told.transaction_id)
        self._ground.app.put(UpstreamTold(told.transaction_id, is_end=True))

    def answered(self, message: Message, answer: CallResult | CallError) -> None:
        """What follows for the transaction that a message was about."""
        told = self._kept.told.find(message.transaction_id)
        if told is not None and message.step is Step.START:
            self._start_answered(told, answer)
        elif told is not None and message.step is Step.END:
            self._end_is_told(told)

    def given_up(self, message: Message) -> None:
        """It could not be told. What the app keeps is tried again by another edge."""
        told = self._kept.told.find(message.transaction_id)
        if told is None:
            return
        if message.step is Step.START:
            self._rule(told)
        elif message.step is Step.END and told.is_refused:
            self._end_is_told(told)
