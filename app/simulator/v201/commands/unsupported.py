"""Monitors, displays and firmware for others: what this charger has not, in the words for it."""

from typing import TYPE_CHECKING

from app.simulator.wire.command import Command
from app.simulator.wire.messages import Payload, Reply, status

if TYPE_CHECKING:
    from app.simulator.device import Device


def _says(value: str) -> Command:
    def answer(device: "Device", payload: Payload) -> Reply:
        return status(value)

    return answer


def set_monitoring(_: "Device", payload: Payload) -> Reply:
    """No variable can be watched."""
    results = [
        {
            "status": "UnsupportedMonitorType",
            "type": wanted["type"],
            "component": wanted["component"],
            "variable": wanted["variable"],
            "severity": wanted["severity"],
        }
        for wanted in payload["setMonitoringData"]
    ]
    return Reply({"setMonitoringResult": results})


def clear_monitoring(_: "Device", payload: Payload) -> Reply:
    """None is watched."""
    results = [{"status": "NotFound", "id": number} for number in payload["id"]]
    return Reply({"clearMonitoringResult": results})


COMMANDS: dict[str, Command] = {
    "SetMonitoringBase": _says("NotSupported"),
    "SetMonitoringLevel": _says("Rejected"),
    "GetMonitoringReport": _says("EmptyResultSet"),
    "SetVariableMonitoring": set_monitoring,
    "ClearVariableMonitoring": clear_monitoring,
    "SetDisplayMessage": _says("Rejected"),
    "GetDisplayMessages": _says("Unknown"),
    "ClearDisplayMessage": _says("Unknown"),
    "PublishFirmware": _says("Rejected"),
    "UnpublishFirmware": _says("NoFirmware"),
}
