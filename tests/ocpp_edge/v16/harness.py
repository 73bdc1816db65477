"""What a translation is given in its tests."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from app.ocpp_edge.dialect import Answered, Asked
from app.ocpp_edge.times import ChargerTimes
from app.ocpp_edge.v16.protocol import Ocpp16
from tests.ocpp_edge.harness import NOON


class Surroundings:
    """A `dialect.Context` at noon."""

    heartbeat_interval_s = 300

    def now(self) -> datetime:
        return NOON

    def moment(self, value: object) -> datetime:
        return ChargerTimes().read(value, NOON)

    def register_wh(self, transaction_id: int) -> int | None:
        return {7: 4321}.get(transaction_id)

    def connector_of(self, transaction_id: int) -> int:
        return 0

    def new_transaction_id(self) -> int:
        return 99

    def noticed(self, kind: str) -> None:
        noticed.append(kind)

    def puzzled(self, kind: str) -> None:
        noticed.append(kind)


counters: Counter[str] = Counter()
noticed: list[str] = []
dialect = Ocpp16(counters)


def receive(action: str, **payload: Any) -> Answered | Asked:
    return dialect.receive(action, payload, Surroundings())


def said(action: str, **payload: Any) -> Any:
    return receive(action, **payload).said
