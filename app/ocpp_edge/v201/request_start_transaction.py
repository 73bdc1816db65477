"""RequestStartTransaction (OCPP 2.0.1 F01, F02)."""

from app.edge_messages import Command
from app.ocpp_edge.answers import by_status
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.v201 import tokens
from app.ocpp_edge.v201.memory import Memory, request_id
from app.operations import Start


def request(told: Start, command: Command, memory: Memory) -> Request:
    """The charge point repeats ``remoteStartId`` when the transaction begins."""
    number = request_id(command.id)
    memory.told_to_start(number, told.id_tag, told.connector)
    payload: Payload = {"idToken": tokens.central(told.id_tag), "remoteStartId": number}
    if told.connector > 0:
        payload["evseId"] = told.connector
    return Request("RequestStartTransaction", payload)


def outcome(payload: Payload) -> Outcome:
    """Accepted means only that it will try; TransactionEvent tells."""
    return by_status(payload, accepted=("Accepted",), rejected=("Rejected",))
