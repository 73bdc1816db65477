"""Charges in OCPP 2.0.1: named by the charge point, told in events.

Whose a transaction is, nobody knows before an event says for whom it is: what was told until then
waits here, and goes to the backend, under another idToken, or nowhere, once the app has decided. A
transaction that ends for nobody is nobody's, and is told.
"""

from datetime import datetime
from typing import Final

import orjson

from app.edge_messages import MessageResult, UpstreamTold, UpstreamTransaction
from app.ocpp_edge.frames import CallError, CallResult, Payload
from app.ocpp_edge.upstream.backlog import Kind, Message, Step
from app.ocpp_edge.upstream.ports import Answer, Say, remember
from app.ocpp_edge.upstream.told import Told
from app.ocpp_edge.upstream.transactions import Transactions, Word
from app.ocpp_edge.upstream.v201.payloads import (
    end_of,
    judged,
    order_of,
    part,
    start_of,
    status_of,
    without_names,
)
from app.ocpp_edge.v201 import tokens
from app.ocpp_edge.v201.memory import LONGEST_NAME, transaction_id

EVENT: Final = "TransactionEvent"
MOST_UNCLAIMED: Final = 8
MOST_EVENTS: Final = 16
LARGEST_EVENT: Final = 16 * 1024
ANONYMOUS: Final = "STROM"


class NamedTransactions(Transactions):
    """TransactionEvent (OCPP 2.0.1 E)."""

    def metered(self, payload: Payload) -> None:
        """Meters outside of any transaction (J01), where none of ours runs."""
        if payload.get("evseId") not in self._hidden.values():
            self._ground.put(Message(Kind.READINGS, "MeterValues", payload))

    def numbered(self, message: Message, payload: Payload) -> Payload | None:
        """Both know a transaction by the charge point's own name."""
        return payload

    # --- events --------------------------------------------------------------------------------

    def event(self, payload: Payload, say: Say | None = None) -> None:
        """Between start and end; or before anybody knows whose it is."""
        number = _number(payload)
        told = self._kept.told.find(number)
        if told is not None:
            self._queue(told, payload, say=say)
        elif number and number not in self._hidden:
            self._keep(number, payload)

    def left_out(self, payload: Payload) -> Payload | None:
        """The idToken, where the event that begins a remote start of the backend's has none."""
        kind, number = (
            payload.get("eventType"),
            part(payload, "transactionInfo").get("remoteStartId"),
        )
        if "idToken" in payload or kind == "Ended" or type(number) is not int:
            return None
        if kind != "Started" and self._kept.told.find(_number(payload)) is not None:
            return None
        token = self._kept.wanted.starts.get(number)
        return None if token is None else {"idToken": token}

    def holds(self, payload: Payload) -> bool:
        """The backend's own, as long as it keeps up: it may name a price, or have it stopped."""
        told = self._kept.told.find(_number(payload))
        if told is None or not told.foreign or told.is_ended:
            return False
        is_late = payload.get("offline") is True or len(self._kept.backlog) > 0
        return self._ground.is_up() and not is_late

    def presented(self, payload: Payload, result: MessageResult, answer: Answer) -> bool:
        """Another idToken than the one that began it: the backend's to judge, if both are its."""
        told = self._kept.told.find(_number(payload))
        if told is None:
            self.event(payload)
            return False
        if not told.foreign or result.known:
            self._queue(told, without_names(payload, self._alias()))
            return False

        def heard(word: Word) -> None:
            said = judged(word, result)
            more = {} if said is None else self._beside(word, EVENT)
            answer(said or self._by_rule(result), more)

        message = _message(told.transaction_id, payload)
        if self._ground.is_up():
            self._await(message, heard)
        else:
            answer(self._by_rule(result))
        self._ground.put(message)
        return True

    def stopped(self, payload: Payload, transaction_id: int, say: Say) -> None:
        """Also the end of what nobody ever claimed."""
        is_known = self._kept.told.find(transaction_id) is not None
        if not is_known and transaction_id not in self._hidden:
            self._end_of_nobodys(transaction_id, payload)
        super().stopped(payload, transaction_id, say)

    # --- what nobody has claimed so far --------------------------------------------------------

    def _keep(self, number: int, payload: Payload) -> None:
        if len(orjson.dumps(payload)) > LARGEST_EVENT:
            return
        unclaimed = self._kept.unclaimed
        if number not in unclaimed and len(unclaimed) >= MOST_UNCLAIMED:
            del unclaimed[next(iter(unclaimed))]
        events = unclaimed.setdefault(number, [])
        if len(events) >= MOST_EVENTS:
            del events[1]  # what it began with is worth more
        events.append(payload)

    def _end_of_nobodys(self, number: int, payload: Payload) -> None:
        """Told if all of it is known, and nothing of it says that it may be ours."""
        events = [*self._kept.unclaimed.get(number, ()), payload]
        is_whole = any(each.get("eventType") == "Started" for each in events)
        if not is_whole:
            self._keep(number, payload)  # its start may come yet
            return
        self._kept.unclaimed.pop(number, None)
        if not any(_names_somebody(each) for each in events):
            for each in sorted(events, key=order_of):
                self._ground.put(_message(number, each))

    def is_ours_alone(self, transaction_id: int, connector: int) -> None:
        """What was told before goes nowhere either."""
        self._kept.unclaimed.pop(transaction_id, None)
        super().is_ours_alone(transaction_id, connector)

    # --- start and end -------------------------------------------------------------------------

    def _begin(self, told: Told, payload: Payload, kept: UpstreamTransaction) -> None:
        events = self._kept.unclaimed.pop(told.transaction_id, [])
        start = order_of(payload)
        for each in sorted((e for e in events if order_of(e) < start), key=order_of):
            self._queue(told, each)
        self._queue(told, payload, Step.START)
        for each in sorted((e for e in events if order_of(e) >= start), key=order_of):
            if each.get("eventType") == "Ended":
                told.is_ended = True
                self._queue(told, each, Step.END)
            else:
                self._queue(told, each)
        if kept.stopped_at is not None and not told.is_ended:
            told.is_ended = True
            self._end_again(told, kept, kept.stopped_at)

    def _again(self, told: Told, payload: Payload) -> None:
        """A connection begins with nothing: what goes on looks like a start to it."""
        if payload.get("eventType") != "Started":
            self._queue(told, payload)

    def _begin_again(self, told: Told, kept: UpstreamTransaction) -> None:
        told.has_begun = True
        self._ground.put(_message(told.transaction_id, start_of(kept), Step.START))

    def _end(self, told: Told, payload: Payload, say: Say) -> None:
        waits = self._ground.is_up() and told.foreign and payload.get("offline") is not True
        waits = waits and len(self._kept.backlog) == 0
        self._queue(told, payload, Step.END, say if waits else None)
        if not waits:
            say({})

    def _end_again(self, told: Told, kept: UpstreamTransaction, at: datetime) -> None:
        self._ground.put(_message(told.transaction_id, end_of(kept, at), Step.END))

    def _queue(
        self, told: Told, payload: Payload, step: Step = Step.GOES_ON, say: Say | None = None
    ) -> None:
        """``say`` answers the charge point, with what the backend answers if that comes in time."""
        if payload.get("eventType") == "Started":
            if told.has_begun:  # told again
                if say is not None:
                    say({})
                return
            told.has_begun = True
        shown = payload if told.foreign else without_names(payload, told.id_tag)
        message = _message(told.transaction_id, shown, step)
        if say is not None:
            self._await(message, lambda word: say(self._beside(word, EVENT)))
        self._ground.put(message)

    # --- answers -------------------------------------------------------------------------------

    def _take_start(self, told: Told, answer: CallResult | CallError) -> None:
        told.upstream_id = told.transaction_id
        told.more = self._beside(answer, EVENT)
        self._ground.app.put(UpstreamTold(told.transaction_id, told.transaction_id))

    def _status(self, told: Told, answer: CallResult | CallError) -> str | None:
        """Without a word: as it said of the idToken before."""
        status = status_of(answer)
        if status is None and isinstance(answer, CallResult):
            return "Accepted" if told.id_tag in self._kept.wanted.cards else None
        return status

    def _judged(self, answer: Word, result: MessageResult) -> MessageResult | None:
        return judged(answer, result)

    def authorize(self, payload: Payload, result: MessageResult, answer: Answer) -> None:
        """What it accepts is remembered: its answer to the event may not say so again."""
        id_tag = tokens.value_of(payload.get("idToken"))

        def decided(final: MessageResult, more: Payload = {}, /) -> None:  # noqa: B006 # not changed
            if final.accepted:
                remember(self._kept.wanted.cards, id_tag, None)
            else:
                self._kept.wanted.cards.pop(id_tag, None)
            answer(final, more)

        super().authorize(payload, result, decided)

    def _beside(self, answer: Word, action: str) -> Payload:
        """All of it, if it is right to the letter: a price, a message, who else is of the group."""
        if not isinstance(answer, CallResult):
            return {}
        payload = {name: each for name, each in answer.payload.items() if name != "customData"}
        return payload if self._ground.schemas.is_valid(f"{action}Response", payload) else {}

    def _alias(self) -> str:
        return self._ground.upstream.report_id_tag or ANONYMOUS


def _message(number: int, payload: Payload, step: Step = Step.GOES_ON) -> Message:
    only_readings = payload.get("eventType") == "Updated" and "idToken" not in payload
    return Message(
        Kind.READINGS if only_readings else Kind.TRANSACTION,
        EVENT,
        payload,
        transaction_id=number,
        step=step,
        order=order_of(payload),
    )


def _number(payload: Payload) -> int:
    """The number by which Strom knows what an event is about; 0 where it names nothing."""
    name = part(payload, "transactionInfo").get("transactionId")
    reference = name.strip()[:LONGEST_NAME] if type(name) is str else ""
    return transaction_id(reference) if reference else 0


def _names_somebody(payload: Payload) -> bool:
    return "idToken" in payload or "remoteStartId" in part(payload, "transactionInfo")
