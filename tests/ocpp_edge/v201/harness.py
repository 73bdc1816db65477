"""What the translations of 2.0.1 are given in their tests."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from jsonschema_rs import Draft6Validator

from app.edge_messages import MessageResult, Said
from app.ocpp_edge.dialect import Answered, Asked
from app.ocpp_edge.times import ChargerTimes
from app.ocpp_edge.v201.memory import transaction_id
from app.ocpp_edge.v201.protocol import Language, Ocpp201, Version
from app.ocpp_edge.validation import schema_folder
from tests.ocpp_edge.harness import NOON

NAME = "tx-1"
NUMBER = transaction_id(NAME)
SAVED = MessageResult(saved=True)
VERSIONS: tuple[Version, ...] = ("ocpp2.0.1", "ocpp2.1")
LANGUAGES = {version: Language(version, Counter()) for version in VERSIONS}
REGISTER = "Energy.Active.Import.Register"


class Surroundings:
    """A `dialect.Context` at noon."""

    heartbeat_interval_s = 300

    def __init__(self) -> None:
        self.registers: dict[int, int] = {}
        self.noted: list[str] = []

    def now(self) -> datetime:
        return NOON

    def moment(self, value: object) -> datetime:
        return ChargerTimes().read(value, NOON)

    def register_wh(self, transaction_id: int) -> int | None:
        return self.registers.get(transaction_id)

    def connector_of(self, transaction_id: int) -> int:
        return 0

    def new_transaction_id(self) -> int:
        raise AssertionError("a charge point of 2.0.1 names its transactions itself")

    def noticed(self, kind: str) -> None:
        self.noted.append(kind)

    def puzzled(self, kind: str) -> None:
        self.noted.append(kind)


class Station:
    """A charge point of 2.0.1 on one connection, and what the edge makes of its words."""

    def __init__(self, protocol: Version = "ocpp2.0.1") -> None:
        self.counters = LANGUAGES[protocol].counters
        self.counters.clear()
        self.context = Surroundings()
        self.dialect = Ocpp201(LANGUAGES[protocol])

    def says(self, action: str, **payload: Any) -> Answered | Asked:
        return self.dialect.receive(action, payload, self.context)

    def tells(
        self, action: str, result: MessageResult = SAVED, **payload: Any
    ) -> tuple[dict[str, Any], list[Any]]:
        """The answer it gets, and all that was said, in the order in which the app hears it."""
        reply = self.says(action, **payload)
        said: list[Said] = [reply.said] if reply.said is not None else []
        said += reply.also
        if isinstance(reply, Answered):
            return reply.payload, said
        return reply.answer(result, self.context), said

    def event(
        self, kind: str, result: MessageResult = SAVED, **fields: Any
    ) -> tuple[dict[str, Any], list[Any]]:
        return self.tells("TransactionEvent", result, **event(kind, **fields))


def at(seconds: float = 0) -> str:
    """A moment as charge points write it, so long after noon."""
    return (NOON + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def event(
    kind: str,
    *,
    name: str = NAME,
    trigger: str = "MeterValuePeriodic",
    seconds: float = 0,
    seq: int = 0,
    evse: int | None = None,
    token: str | None = None,
    wh: float | None = None,
    **info: Any,
) -> dict[str, Any]:
    """A TransactionEvent; ``info`` belongs to transactionInfo."""
    payload: dict[str, Any] = {
        "eventType": kind,
        "timestamp": at(seconds),
        "triggerReason": trigger,
        "seqNo": seq,
        "transactionInfo": {"transactionId": name, **info},
    }
    if evse is not None:
        payload["evse"] = {"id": evse, "connectorId": 1}
    if token is not None:
        payload["idToken"] = {"idToken": token, "type": "Central"}
    if wh is not None:
        payload["meterValue"] = [meter_value(wh, seconds)]
    return payload


def meter_value(wh: float, seconds: float = 0, **more: Any) -> dict[str, Any]:
    return {"timestamp": at(seconds), "sampledValue": [{"value": wh, **more}]}


def is_right(name: str, payload: object, version: str = "v201") -> bool:
    """Whether a payload is right to the letter of the standard's schema."""
    schema = json.loads((schema_folder(version) / f"{name}.json").read_text("utf-8-sig"))
    return Draft6Validator(schema, validate_formats=True).is_valid(payload)
