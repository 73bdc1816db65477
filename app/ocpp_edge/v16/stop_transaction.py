"""StopTransaction (OCPP 1.6 §4.10)."""

from app.edge_messages import MessageResult, Reading, SignedReading, TransactionStopped
from app.ocpp_edge.dialect import Asked, Context
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.v16 import meter_values


def receive(payload: Payload, context: Context) -> Asked:
    """Answered when the stop is saved.

    Any error makes charge points send it for ever, so whatever is missing is filled in: the meter
    from the last reading, the time with the present.
    """
    transaction_id = _integer(payload.get("transactionId")) or 0
    id_tag = _text(payload.get("idTag")).strip()
    if not transaction_id and not id_tag:
        context.puzzled("stop:no_transaction")
    signed: list[SignedReading] = []
    readings = _readings(payload, context, signed)
    meter_wh = _integer(payload.get("meterStop"))
    if meter_wh is None:
        told = [reading.energy_wh for reading in readings if reading.energy_wh is not None]
        meter_wh = told[-1] if told else context.register_wh(transaction_id) or 0
    said = TransactionStopped(
        transaction_id=transaction_id,
        meter_wh=meter_wh,
        at=context.moment(payload.get("timestamp")),
        reason=_text(payload.get("reason")) or "Local",  # "Local" is what leaving it out means
        id_tag=id_tag,
        readings=readings,
        signed=tuple(signed),
    )
    return Asked(said, answer)


def answer(result: MessageResult, context: Context) -> Payload:
    """Acknowledged; an idTagInfo would say nothing of use."""
    return {}


def _readings(
    payload: Payload, context: Context, signed: list[SignedReading]
) -> tuple[Reading, ...]:
    try:
        return meter_values.read_all(payload.get("transactionData", []), context.moment, signed)
    except (AttributeError, KeyError, TypeError):  # not even the shape of meter values
        return ()


def _integer(value: object) -> int | None:
    return value if type(value) is int else None


def _text(value: object) -> str:
    return value if type(value) is str else ""
