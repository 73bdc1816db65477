"""What bad manners do to a payload that was well made."""

import random
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

Payload = dict[str, Any]
Twist = Callable[[str, Payload], Payload]

_UTC = re.compile(r"^\d{4}-\d\d-\d\dT[\d:.]+Z$")
FLOATED = ("meterStart", "meterStop", "seqNo", "connectorId")
WRONG_WH = 2**32 - 1
NULLED = {
    "BootNotification": ("iccid", "imsi", "meterType"),
    "StatusNotification": ("info", "vendorId", "vendorErrorCode"),
    "StartTransaction": ("reservationId",),
    "StopTransaction": ("idTag", "reason", "transactionData"),
    "MeterValues": ("transactionId",),
    "TransactionEvent": ("numberOfPhasesUsed", "cableMaxCurrent", "reservationId"),
}
ENUMS = {
    ("BootNotification", "reason"): "FullMoon",
    ("StatusNotification", "errorCode"): "CoffeeFailure",
    ("StopTransaction", "reason"): "DriverBored",
    ("TransactionEvent", "triggerReason"): "DriverBored",
}


def _moments(payload: Payload, rewrite: Callable[[str], str]) -> Payload:
    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: walk(item) for key, item in value.items()}
        if isinstance(value, list):
            return [walk(item) for item in value]
        return rewrite(value) if isinstance(value, str) and _UTC.match(value) else value

    return {key: walk(value) for key, value in payload.items()}


def local_time(_: str, payload: Payload) -> Payload:
    """No offset at all."""
    return _moments(payload, lambda text: text.removesuffix("Z"))


def short_offset(_: str, payload: Payload) -> Payload:
    """An offset without minutes."""

    def rewrite(text: str) -> str:
        seconds = datetime.fromisoformat(text).timestamp() + 7200
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S+02")

    return _moments(payload, rewrite)


def with_transaction_id(choose: Callable[[], int]) -> Twist:
    """MeterValues of a transaction that is not the running one."""

    def twist(action: str, payload: Payload) -> Payload:
        return {**payload, "transactionId": choose()} if action == "MeterValues" else payload

    return twist


def random_id() -> int:
    """Any transaction id."""
    return random.randrange(2**31)


def long_id_tag(_: str, payload: Payload) -> Payload:
    """Two characters nobody asked for."""
    if "idTag" in payload:
        return {**payload, "idTag": f"{payload['idTag'][:18]}00"}
    if token := payload.get("idToken"):
        return {**payload, "idToken": {**token, "idToken": f"{token['idToken']}00"}}
    return payload


def floats(_: str, payload: Payload) -> Payload:
    """Whole numbers with a point."""
    return {
        key: float(value) if key in FLOATED and isinstance(value, int) else value
        for key, value in payload.items()
    }


def nulls(action: str, payload: Payload) -> Payload:
    """Empty fields that say so."""
    return {**dict.fromkeys(NULLED.get(action, ("customData",))), **payload}


def unknown_enums(action: str, payload: Payload) -> Payload:
    """A vendor's own values."""
    changed = {
        field: value
        for (name, field), value in ENUMS.items()
        if name == action and field in payload
    }
    return _sampled(action, {**payload, **changed}, _own_measurand)


def extra_fields(_: str, payload: Payload) -> Payload:
    """A vendor's own fields."""
    return {**payload, "vendorExtension": {"mood": "sunny"}, "vendorCode": 7}


def no_measurand(action: str, payload: Payload) -> Payload:
    """Energy that does not say it is."""
    return _sampled(action, payload, _bare)


def kwh(action: str, payload: Payload) -> Payload:
    """Energy in thousands, first."""
    return _sampled(action, payload, _in_kwh)


def duplicate_contexts(action: str, payload: Payload) -> Payload:
    """Each value again in another context."""
    return _sampled(action, payload, lambda item: [item, {**item, "context": "Transaction.Begin"}])


def numeric_values(action: str, payload: Payload) -> Payload:
    """Numbers where text is asked for."""
    return _sampled(action, payload, lambda item: [{**item, "value": float(item["value"])}])


def wrong_register(action: str, payload: Payload) -> Payload:
    """A counter at its end: for every third Wh, and always when a charge ends."""
    if action == "StopTransaction":
        payload = {**payload, "meterStop": WRONG_WH}
    if payload.get("eventType") == "Started":
        return payload
    is_end = action == "StopTransaction" or payload.get("eventType") == "Ended"
    return _sampled(action, payload, _always_wrong if is_end else _often_wrong)


def _is_energy(item: Payload) -> bool:
    return str(item.get("measurand", "")).startswith("Energy.Active.Import")


def _bare(item: Payload) -> list[Payload]:
    return [{"value": item["value"]}] if _is_energy(item) else [item]


def _often_wrong(item: Payload) -> list[Payload]:
    return _always_wrong(item) if int(float(item["value"])) % 3 == 0 else [item]


def _always_wrong(item: Payload) -> list[Payload]:
    if not _is_energy(item):
        return [item]
    wrong = str(WRONG_WH) if isinstance(item["value"], str) else WRONG_WH
    return [{**item, "value": wrong}]


def _own_measurand(item: Payload) -> list[Payload]:
    if _is_energy(item):
        return [item]
    return [{**item, "measurand": f"Vendor.{item.get('measurand', '')}"}]


def _in_kwh(item: Payload) -> list[Payload]:
    if not _is_energy(item):
        return [item]
    value = float(item["value"]) / 1000
    if "unitOfMeasure" in item:
        return [{**item, "value": value, "unitOfMeasure": {"unit": "kWh"}}, item]
    return [{**item, "value": f"{value:.3f}", "unit": "kWh"}, item]


def _sampled(action: str, payload: Payload, twist: Callable[[Payload], list[Payload]]) -> Payload:
    """The payload with each sampled value replaced by what comes of it."""

    def values(held: list[Payload]) -> Iterator[Payload]:
        for value in held:
            yield {
                **value,
                "sampledValue": [new for item in value["sampledValue"] for new in twist(item)],
            }

    for key in ("meterValue", "transactionData"):
        if action in CARRIERS and payload.get(key):
            payload = {**payload, key: list(values(payload[key]))}
    return payload


CARRIERS = ("MeterValues", "StopTransaction", "TransactionEvent")

TWISTS: dict[str, Twist] = {
    "local-time": local_time,
    "short-offset": short_offset,
    "transaction-id-zero": with_transaction_id(lambda: 0),
    "transaction-id-negative": with_transaction_id(lambda: -1),
    "transaction-id-random": with_transaction_id(random_id),
    "long-id-tag": long_id_tag,
    "wrong-register": wrong_register,
    "no-measurand": no_measurand,
    "kwh": kwh,
    "duplicate-contexts": duplicate_contexts,
    "numeric-values": numeric_values,
    "meter-stop-float": floats,
    "nulls": nulls,
    "unknown-enums": unknown_enums,
    "extra-fields": extra_fields,
}
