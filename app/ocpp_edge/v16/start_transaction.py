"""StartTransaction (OCPP 1.6 §4.8)."""

from app.edge_messages import MessageResult, TransactionStarted
from app.ocpp_edge.dialect import Asked, Context
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.v16.authorize import id_tag_info


def receive(payload: Payload, context: Context) -> Asked:
    """Answered when the start is saved: a session must not be lost."""
    written = payload.get("timestamp")
    said = TransactionStarted(
        connector=payload["connectorId"],
        id_tag=payload["idTag"].strip(),
        meter_wh=payload["meterStart"],
        at=context.moment(written),
        reservation_id=payload.get("reservationId"),
        timestamp=written if isinstance(written, str) else "",
    )
    return Asked(said, answer)


def answer(result: MessageResult, context: Context) -> Payload:
    """The transaction's id. Never 0, even if the app gave none: some charge points hang on it."""
    transaction_id = result.transaction_id or context.new_transaction_id()
    return {"transactionId": transaction_id, "idTagInfo": id_tag_info(result)}
