"""GetVariables, GetBaseReport, NotifyReport (OCPP 2.0.1 B06, B07): what 1.6 calls configuration.

Named variables are answered at once. All of them come as a report in many parts; the command is
concluded with the last one.
"""

from typing import Any, Final

from app.edge_messages import Command, CommandOutcome
from app.ocpp_edge.answers import by_status, entries, text
from app.ocpp_edge.dialect import Answered, Context, Outcome, Request
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.v201 import variables
from app.ocpp_edge.v201.memory import Memory, Report, request_id
from app.operations import GetConfiguration

MAX_VARIABLES = 500
MAX_REPORTED = 5000  # in one part
LONGEST_VALUE = 2500
READ_ONLY: Final = "ReadOnly"


def request(told: GetConfiguration, command: Command, memory: Memory) -> Request:
    """The variables named, or all that can be configured. Raises ``BadInput``."""
    if told.keys:
        data = [variables.parsed(key) for key in told.keys]
        return Request("GetVariables", {"getVariableData": data})
    number = request_id(command.id)
    memory.expect_report(number, command.id, command.attempt)
    payload = {"requestId": number, "reportBase": "ConfigurationInventory"}
    return Request("GetBaseReport", payload)


def outcome(told: GetConfiguration, command: Command, payload: Payload) -> Outcome | None:
    """None while a report is on its way."""
    if told.keys:
        return _variables(told.keys, payload)
    answered = by_status(
        payload,
        accepted=("Accepted", "EmptyResultSet"),
        rejected=("NotSupported", "Rejected"),
    )
    return None if answered.detail == "Accepted" else answered


def report(payload: Payload, context: Context, memory: Memory) -> Answered:
    """A part of a report; the last one tells the outcome. One nobody asked for is acknowledged."""
    known = memory.report(payload["requestId"])
    if known is None:
        return Answered({})
    for told in entries(payload.get("reportData"), MAX_REPORTED):
        _take(known, told)
    if payload.get("tbc") is True:
        return Answered({})
    memory.report_is_complete(payload["requestId"])
    said = CommandOutcome(
        known.command_id,
        known.attempt,
        "accepted",
        result=known.result,
        read_only=tuple(known.read_only),
    )
    return Answered({}, said)


def _variables(keys: tuple[str, ...], payload: Payload) -> Outcome:
    """Under the names that were asked for; the detail names what is not known."""
    asked = {variables.written(variables.parsed(key)): key for key in keys}
    result: dict[str, object] = {}
    unknown = []
    for told in entries(payload.get("getVariableResult"), MAX_VARIABLES):
        name = variables.written(told)
        key = asked.get(name, name)
        if not isinstance(told, dict) or not key:
            continue
        if told.get("attributeStatus") == "Accepted":
            result[key] = _value(told.get("attributeValue"))
        else:
            unknown.append(key)
    return Outcome("accepted", f"unknown: {', '.join(unknown)}" if unknown else "", result)


def _take(known: Report, told: Any) -> None:
    name = variables.written(told)
    if not name:
        return
    attributes = [a for a in entries(told.get("variableAttribute"), 4) if isinstance(a, dict)]
    actual = next((a for a in attributes if a.get("type", "Actual") == "Actual"), None)
    if actual is None:
        return
    value = _value(actual.get("value"))
    if name not in known.result:
        if not known.has_room_for(len(name) + len(value)):
            return
        if actual.get("mutability") == READ_ONLY:
            known.read_only.append(name)
    known.result[name] = value


def _value(value: object) -> str:
    return value[:LONGEST_VALUE] if type(value) is str else text(value)
