"""Authorize (OCPP 2.0.1 C01)."""

from app.edge_messages import Authorize, MessageResult
from app.ocpp_edge.dialect import Asked, Context
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.v201 import tokens
from app.ocpp_edge.v201.memory import Memory


def receive(payload: Payload, context: Context, memory: Memory) -> Asked:
    """Only the app knows idTags. Contract certificates (ISO 15118) cannot be checked here."""
    asks_for_contract = "certificate" in payload or "iso15118CertificateHashData" in payload

    def answer(result: MessageResult, context: Context) -> Payload:
        told: Payload = {"idTokenInfo": tokens.info(result)}
        if asks_for_contract:
            told["certificateStatus"] = "NoCertificateAvailable"
        return told

    return Asked(Authorize(tokens.value_of(payload["idToken"])), answer)
