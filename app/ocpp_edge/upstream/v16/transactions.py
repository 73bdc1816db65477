"""Charges in OCPP 1.6: numbered by us for the charge point, by the backend for itself."""

from datetime import datetime

from app.edge_messages import MessageResult, UpstreamTold, UpstreamTransaction
from app.ocpp_edge.frames import CallError, CallResult, Payload
from app.ocpp_edge.upstream.backlog import Kind, Message, Step
from app.ocpp_edge.upstream.ports import Say
from app.ocpp_edge.upstream.told import Told
from app.ocpp_edge.upstream.transactions import Transactions, Word
from app.ocpp_edge.upstream.v16.payloads import judged, start_of, status_of, stop_of


class NumberedTransactions(Transactions):
    """StartTransaction, MeterValues, StopTransaction (OCPP 1.6 §4.7 to §4.10)."""

    def metered(self, payload: Payload) -> None:
        """Of transactions it knows, and of meters where none of ours runs."""
        number = payload.get("transactionId")
        told = self._kept.told.find(number)
        if told is None and (number or payload.get("connectorId") in self._hidden.values()):
            return
        transaction_id = None if told is None else told.transaction_id
        message = Message(Kind.READINGS, "MeterValues", payload, transaction_id=transaction_id)
        self._ground.put(message)

    def numbered(self, message: Message, payload: Payload) -> Payload | None:
        """The payload with the backend's number; None for an end of what it never took."""
        if message.step is Step.START:
            return payload
        told = self._kept.told.find(message.transaction_id)
        number = None if told is None else told.upstream_id
        if number is not None:
            return {**payload, "transactionId": number}
        if message.kind is Kind.TRANSACTION:
            return None  # of a start it never took
        return {name: each for name, each in payload.items() if name != "transactionId"}

    def _begin(self, told: Told, payload: Payload, kept: UpstreamTransaction) -> None:
        shown = payload
        if not told.foreign:
            shown = {name: each for name, each in payload.items() if name != "reservationId"}
            shown["idTag"] = told.id_tag
        self._put(Step.START, "StartTransaction", shown, told)

    def _begin_again(self, told: Told, kept: UpstreamTransaction) -> None:
        self._begin(told, start_of(kept), kept)

    def _end(self, told: Told, payload: Payload, say: Say) -> None:
        shown = payload
        if not told.foreign and "idTag" in payload:
            shown = {**payload, "idTag": told.id_tag}
        self._put(Step.END, "StopTransaction", shown, told)
        say({})

    def _end_again(self, told: Told, kept: UpstreamTransaction, at: datetime) -> None:
        self._put(Step.END, "StopTransaction", stop_of(kept, at), told)

    def _put(self, step: Step, action: str, payload: Payload, told: Told) -> None:
        number = told.transaction_id
        message = Message(Kind.TRANSACTION, action, payload, transaction_id=number, step=step)
        self._ground.put(message)

    def _take_start(self, told: Told, answer: CallResult | CallError) -> None:
        """An answer without a number refuses all of it."""
        payload = answer.payload if isinstance(answer, CallResult) else {}
        number = payload.get("transactionId")
        if type(number) is int and abs(number) < 2**63:
            told.upstream_id = number
            self._ground.app.put(UpstreamTold(told.transaction_id, number))
        else:
            told.is_refused = True

    def _status(self, told: Told, answer: CallResult | CallError) -> str | None:
        return status_of(answer.payload if isinstance(answer, CallResult) else {})

    def _judged(self, answer: Word, result: MessageResult) -> MessageResult | None:
        return judged(answer, result)

    def _beside(self, answer: Word, action: str) -> Payload:
        return {}
