"""TransactionEvent (OCPP 2.0.1 E01 to E13).

A transaction begins for Strom at the first event that says for whom: the first with an idToken, or
with a remoteStartId of ours. It may be Started or, where transactions begin with the cable or the
parking bay, an Updated. Events may come late, twice or in any order; ``seqNo`` is worth nothing
(seen: always 0), so each is taken for what it says, at the moment it names.
"""

from typing import Any, Final

from app.edge_messages import (
    UNKNOWN_REGISTER_WH,
    Authorize,
    ConnectorStatus,
    MessageResult,
    Reading,
    Readings,
    Said,
    TransactionStarted,
    TransactionStopped,
)
from app.ocpp_edge.dialect import Answered, Asked, Context
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.v201 import evse_status, tokens, values
from app.ocpp_edge.v201.memory import LONGEST_NAME, Memory, Transaction

NOTHING: Final[Payload] = {}
ONLY_CONNECTOR = 1
STOPPING: Final = frozenset({"Deauthorized", "RemoteStop", "StopAuthorized"})
"""Triggers whose idToken, if there is one, ends a transaction."""
ACCEPTED: Final[Payload] = {"idTokenInfo": {"status": "Accepted"}}


def receive(payload: Payload, context: Context, memory: Memory) -> Answered | Asked:
    """Understand an event; an Ended in whatever shape, since an error makes it come for ever."""
    info = _part(payload, "transactionInfo")
    reference = _name(info)
    if not reference:
        if payload.get("eventType") == "Ended":  # nobody will ever know of what
            context.puzzled("stop:no_transaction")
        return Answered({})
    if payload.get("eventType") == "Started":
        transaction = memory.begun(reference, context.moment(payload.get("timestamp")))
    else:
        transaction = memory.transaction(reference)
    read = values.read_all(payload.get("meterValue"), context.moment)
    has_ended = payload.get("eventType") == "Ended"
    statuses = _note(memory, transaction, payload, info, context, has_ended=has_ended)
    if has_ended:
        return _ended(transaction, payload, info, context, read, statuses)
    id_tag = _starting_tag(transaction, payload, info, memory)
    if id_tag is None:
        return _updated(transaction, payload, read, statuses)
    if not transaction.is_started:
        transaction.metered(read[0])
    return _started(transaction, id_tag, payload, context, memory, read, statuses)


def ends(payload: Payload) -> bool | None:
    """Whether it is an Ended, by whatever capitals; None where it does not say what it is."""
    told = payload.get("eventType")
    if told is None:
        told = next((v for name, v in payload.items() if name.strip().lower() == "eventtype"), None)
    return told.strip().lower() == "ended" if type(told) is str else None


def is_out_of_sequence(payload: Payload, memory: Memory) -> bool:
    """Whether an event was skipped, or comes again: worth counting, and nothing else."""
    reference = _name(_part(payload, "transactionInfo"))
    number = payload.get("seqNo")
    if not reference or type(number) is not int:
        return False
    transaction = memory.transaction(reference)
    last, transaction.sequence = transaction.sequence, number
    return last is not None and number != last + 1


def _note(
    memory: Memory,
    transaction: Transaction,
    payload: Payload,
    info: dict[str, Any],
    context: Context,
    *,
    has_ended: bool,
) -> tuple[ConnectorStatus, ...]:
    """Remember where it runs and how far it is; what that says of the EVSE."""
    evse = _part(payload, "evse").get("id")
    if type(evse) is int and evse > 0:
        transaction.evse = evse
    elif transaction.evse == 0:  # it began while another edge held the socket
        transaction.evse = context.connector_of(transaction.number)
    state = _text(info.get("chargingState"))[: evse_status.LONGEST_WORD]
    if transaction.has_ended or (state in ("", transaction.state) and not has_ended):
        return ()
    transaction.state = state or transaction.state
    now, at = context.now(), context.moment(payload.get("timestamp"))
    if has_ended:
        transaction.ended_at = at
    return tuple(evse_status.after_event(memory, transaction, payload, at, now))


def _starting_tag(
    transaction: Transaction, payload: Payload, info: dict[str, Any], memory: Memory
) -> str | None:
    """For whom it starts, if this event says so and the app has not been told yet."""
    if payload.get("triggerReason") in STOPPING:
        return None
    token = payload.get("idToken")
    id_tag = memory.started_by(info.get("remoteStartId")) if token is None else None
    if token is not None:
        id_tag = tokens.value_of(token)
    if id_tag is None or not transaction.is_started:
        return id_tag
    is_known = transaction.is_accepted and id_tag.lower() == transaction.id_tag.lower()
    return None if is_known or payload.get("eventType") != "Started" else id_tag


def _started(
    transaction: Transaction,
    id_tag: str,
    payload: Payload,
    context: Context,
    memory: Memory,
    read: values.Read,
    statuses: tuple[ConnectorStatus, ...],
) -> Asked:
    """Answered when the start is saved: a session must not be lost."""
    written = payload.get("timestamp")
    at = context.moment(written)
    readings, signed = read
    begun = next((r.energy_wh for r in readings if r.energy_wh is not None), None)
    meter_wh = transaction.register_at(at) if begun is None else begun
    reservation_id = payload.get("reservationId")
    said = TransactionStarted(
        connector=transaction.evse or memory.evse_for(id_tag) or ONLY_CONNECTOR,
        id_tag=id_tag,
        meter_wh=UNKNOWN_REGISTER_WH if meter_wh is None else meter_wh,
        at=at,
        reservation_id=reservation_id if type(reservation_id) is int else None,
        timestamp=_text(written),
        transaction_id=transaction.number,
        reference=transaction.reference,
    )
    has_token = payload.get("idToken") is not None

    def answer(result: MessageResult, context: Context) -> Payload:
        transaction.is_started = True
        transaction.is_accepted = result.accepted
        transaction.id_tag = id_tag
        transaction.registers.clear()
        return {"idTokenInfo": tokens.info(result)} if has_token else {}

    also: tuple[Said, ...] = statuses
    if signed:
        also = (*statuses, Readings(0, transaction.number, (), signed))
    return Asked(said, answer, also)


def _updated(
    transaction: Transaction,
    payload: Payload,
    read: values.Read,
    statuses: tuple[ConnectorStatus, ...],
) -> Answered | Asked:
    """Answered at once; unless another idToken than the one that started it asks to stop it."""
    readings, signed = read
    if not transaction.is_started:
        transaction.metered(readings)
    said: Readings | None = None
    if readings or signed:  # of this transaction alone: nothing is guessed from the connector
        said = Readings(0, transaction.number, readings, signed)
    token = payload.get("idToken")
    if token is None:
        return Answered(NOTHING, said, statuses)
    id_tag = tokens.value_of(token)
    if transaction.is_accepted and id_tag.lower() == transaction.id_tag.lower():
        return Answered(ACCEPTED, said, statuses)
    also: tuple[Said, ...] = statuses if said is None else (*statuses, said)
    return Asked(Authorize(id_tag), lambda result, _: {"idTokenInfo": tokens.info(result)}, also)


def _ended(
    transaction: Transaction,
    payload: Payload,
    info: dict[str, Any],
    context: Context,
    read: values.Read,
    statuses: tuple[ConnectorStatus, ...],
) -> Asked:
    """Answered when the end is saved; whatever is missing is filled in."""
    readings, signed = read
    said = TransactionStopped(
        transaction_id=transaction.number,
        meter_wh=_final_wh(transaction, readings, context),
        at=context.moment(payload.get("timestamp")),
        reason=_text(info.get("stoppedReason")) or "Local",  # what leaving it out means
        id_tag=tokens.value_of(payload.get("idToken")),
        readings=readings,
        signed=signed,
        reference=transaction.reference,
    )
    told = ACCEPTED if payload.get("idToken") is not None else NOTHING
    return Asked(said, lambda result, context: told, statuses)


def _final_wh(transaction: Transaction, readings: tuple[Reading, ...], context: Context) -> int:
    told = [(r.at, r.energy_wh) for r in readings if r.energy_wh is not None]
    if told:
        return max(told)[1]
    known = context.register_wh(transaction.number)
    if known is not None and known < UNKNOWN_REGISTER_WH:
        return known
    return max(transaction.registers)[1] if transaction.registers else 0


def _name(info: dict[str, Any]) -> str:
    return _text(info.get("transactionId")).strip()[:LONGEST_NAME]


def _part(payload: Payload, name: str) -> dict[str, Any]:
    part = payload.get(name)
    return part if type(part) is dict else NOTHING


def _text(value: object) -> str:
    return value if type(value) is str else ""
