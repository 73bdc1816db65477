"""A session, its quote and its readings as text in rows: short, since the session's row is written
with each reading and must stay under 1 KB.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, fields, replace
from datetime import datetime
from typing import Any

import msgspec

from app.charging.ledger import NOTHING
from app.charging.session import MeterReading, Payment, PaymentState, Quote, Session
from app.records.codec import from_ms, to_ms
from app.records.tallies import packed_tally, tally_of

_ELSEWHERE = ("id", "quote", "due_at")
_ANY_QUOTE = {
    "tariff": {
        "id": "",
        "version": 0,
        "name": "",
        "currency": "",
        "elements": [],
        "created_at": "1970-01-01T00:00:00Z",
    },
    "rate": {"currency": "", "msat_per_unit": "0", "source": "", "at": "1970-01-01T00:00:00Z"},
    "wallet_id": "",
    "unit_msat": 1,
    "limits": {},
    "at": "1970-01-01T00:00:00Z",
}
"""Stands in a session while it is read: the true one is decoded only once."""
_NOTHING: tuple[int | None, ...] = (None, None, None, None)


def session_text(session: Session) -> str:
    """What differs from a new session and stands nowhere else in the row; readings packed."""
    changed: dict[str, Any] = {}
    for field in fields(session):
        value = getattr(session, field.name)
        if field.name not in _ELSEWHERE and (field.default is MISSING or value != field.default):
            changed[field.name] = value
    if session.balances != NOTHING:
        changed["balances"] = {name: v for name, v in asdict(session.balances).items() if v}
    if session.payments:
        changed["payments"] = [_packed_payment(payment) for payment in session.payments]
    if session.tally is not None:
        changed["tally"] = packed_tally(session.tally)
    if session.recent:
        changed["recent"] = _packed(session.recent)
    return _json(changed)


def session_of(session_id: str, text: str, quote: Quote, due_at: datetime | None) -> Session:
    """The session in a row, with what lies beside it."""
    values = msgspec.json.decode(text)
    recent = tuple(_readings(values.pop("recent", [])))
    payments, tally = payments_in(values), values.pop("tally", None)
    values = {**values, "id": session_id, "quote": _ANY_QUOTE, "payments": ()}
    return replace(
        msgspec.convert(values, Session),
        quote=quote,
        payments=payments,
        recent=recent,
        tally=None if tally is None else tally_of(tally),
        due_at=due_at,
    )


def payments_in(values: Mapping[str, Any]) -> tuple[Payment, ...]:
    """The payments in a session's decoded text."""
    return tuple(
        Payment(base64.b64decode(digest).hex(), amount_msat, PaymentState(state))
        for digest, amount_msat, state in values.get("payments", ())
    )


def readings_text(readings: Sequence[MeterReading]) -> str:
    """A chunk of readings for its row."""
    return _json(_packed(readings))


def readings_of(text: str) -> list[MeterReading]:
    """The readings in a row."""
    return _readings(msgspec.json.decode(text))


def _packed_payment(payment: Payment) -> tuple[str, int, str]:
    digest = base64.b64encode(bytes.fromhex(payment.payment_hash)).decode()
    return digest, payment.amount_msat, str(payment.state)


def _packed(readings: Sequence[MeterReading]) -> list[list[int | None]]:
    """The first as it is, then what each adds to the one before: half as long."""
    plain = [(to_ms(r.at), r.meter_wh, r.power_w, r.soc_percent) for r in readings]
    before = [_NOTHING, *plain]
    return [
        [*map(_less, row, last), *_doubt(reading)]
        for reading, row, last in zip(readings, plain, before, strict=False)
    ]


def _readings(packed: Sequence[Sequence[int | None]]) -> list[MeterReading]:
    found, last = list[MeterReading](), _NOTHING
    for row in packed:
        ms, wh, power, soc = last = tuple(map(_plus, row, last))
        assert ms is not None
        found.append(MeterReading(from_ms(ms), wh, power, soc, *row[len(_NOTHING) :]))
    return found


def _doubt(reading: MeterReading) -> tuple[int | None, ...]:
    """As it is, and only where there is any."""
    doubt = (reading.doubted_wh, reading.from_wh)
    return () if doubt == (None, None) else doubt


def _less(value: int | None, before: int | None) -> int | None:
    return value if value is None else value - (before or 0)


def _plus(value: int | None, before: int | None) -> int | None:
    return value if value is None else value + (before or 0)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
