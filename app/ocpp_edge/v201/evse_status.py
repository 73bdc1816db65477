"""What an EVSE is doing, in the finer words of OCPP 1.6 that Strom uses.

2.0.1 says Occupied for everything between plugging in and leaving; a transaction's chargingState
tells the rest. EVSE n is Strom's connector n; where an EVSE has several connectors, one at a time
can be used.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from app.edge_messages import ConnectorStatus
from app.ocpp_edge.v201.memory import Bay, Memory, Transaction

STALE = timedelta(minutes=2)
"""What is told so late says nothing of the present."""
LONGEST_WORD = 50
STATES: Final = {
    "Charging": "Charging",
    "SuspendedEV": "SuspendedEV",
    "SuspendedEVSE": "SuspendedEVSE",
    "EVConnected": "Preparing",
    "Idle": "Preparing",
}


def available(memory: Memory, evse: int, word: str, at: datetime) -> ConnectorStatus:
    """StatusNotification and its like: always told, as every status of 1.6 is."""
    bay = memory.bay(evse)
    bay.availability = word = word[:LONGEST_WORD]
    bay.free_since = at if word == "Available" else None
    if word == "Available":
        bay.has_ended = False
        bay.transaction = None
    if word not in ("Faulted", "Unavailable"):
        bay.error_code, bay.info = "NoError", ""
    bay.word = _word(bay)
    return _status(bay, evse, at)


def troubled(memory: Memory, evse: int, code: str, info: str, at: datetime) -> ConnectorStatus:
    """Something is wrong with it, or no longer (``NoError``), whatever its status is."""
    bay = memory.bay(evse)
    bay.error_code, bay.info = code, info
    bay.word = bay.word or _word(bay)
    return _status(bay, evse, at)


def after_event(
    memory: Memory, transaction: Transaction, payload: dict[str, Any], at: datetime, now: datetime
) -> Iterator[ConnectorStatus]:
    """What a transaction's event changes about its EVSE, if it is news at all."""
    evse = transaction.evse
    if evse == 0 or payload.get("offline") is True or now - at > STALE:
        return
    bay = memory.bay(evse)
    if bay.free_since is not None and (
        at < bay.free_since or (transaction.has_ended and at == bay.free_since)
    ):
        return  # it had to wait, and by now the EVSE is free
    if transaction.has_ended:
        if bay.transaction not in (None, transaction):
            return
        bay.transaction, bay.has_ended = None, True
    else:
        bay.transaction, bay.has_ended = transaction, False
    if bay.availability in ("", "Available", "Reserved"):
        bay.availability = "Occupied"  # StatusNotification may come after the event
    word = _word(bay)
    if word != bay.word:
        bay.word = word
        yield _status(bay, evse, at)


def _word(bay: Bay) -> str:
    if bay.availability != "Occupied":
        return bay.availability or "Available"
    if bay.transaction is not None:
        return STATES.get(bay.transaction.state, "Preparing")
    return "Finishing" if bay.has_ended else "Preparing"


def _status(bay: Bay, evse: int, at: datetime) -> ConnectorStatus:
    code = bay.error_code
    if bay.word == "Faulted" and code == "NoError":
        code = "OtherError"
    return ConnectorStatus(evse, bay.word, code, at, info=bay.info)
