"""Variables, reports, resets (OCPP 2.0.1 part 2, B)."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.simulator.core.pace import timestamp
from app.simulator.v201.model import DeviceModel
from app.simulator.wire.command import Command
from app.simulator.wire.messages import Message, Payload, Reply, present, status

if TYPE_CHECKING:
    from app.simulator.device import Device

REPORTED_AT_ONCE = 20
BASES = frozenset({"ConfigurationInventory", "FullInventory", "SummaryInventory"})


def get_variables(device: "Device", payload: Payload) -> Reply:
    """The values of some variables."""
    model = DeviceModel(device)
    return Reply({"getVariableResult": [model.read(each) for each in payload["getVariableData"]]})


def set_variables(device: "Device", payload: Payload) -> Reply:
    """New values for some variables."""
    model = DeviceModel(device)
    results, keys = zip(*(model.write(each) for each in payload["setVariableData"]), strict=True)

    def then() -> None:
        for key in keys:
            if key:
                device.configuration_changed(key)
        if "AuthorizationKey" in keys:
            device.password_changed()

    return Reply({"setVariableResult": list(results)}, then)


def get_base_report(device: "Device", payload: Payload) -> Reply:
    """The whole device model, or a part of it, in several NotifyReports."""
    base = payload["reportBase"]
    if base not in BASES:
        return status("NotSupported")
    return _reported(device, payload["requestId"], DeviceModel(device).report(base))


def get_report(device: "Device", payload: Payload) -> Reply:
    """The components and variables that match."""
    wanted = payload.get("componentVariable")
    found = [
        entry
        for entry in DeviceModel(device).report("FullInventory")
        if wanted is None or any(_matches(entry, each) for each in wanted)
    ]
    return _reported(device, payload["requestId"], found)


def reset(device: "Device", payload: Payload) -> Reply:
    """At once, or when nobody charges; an EVSE of its own only ends its transaction."""
    evse = payload.get("evseId")
    if evse and evse not in device.station.connectors:
        return status("Rejected")
    if evse:
        return status("Accepted", lambda: device.station.end_all("SoftReset", evse))
    if payload["type"] == "OnIdle" and device.station.busy:
        return status("Scheduled", device.reset_when_idle)
    return status("Accepted", lambda: device.reset(hard=False))


def set_network_profile(device: "Device", payload: Payload) -> Reply:
    """Slots 1 and 2 exist; what is in them is not used by this charger."""
    known = payload["configurationSlot"] in (1, 2)
    version = payload["connectionData"]["ocppVersion"]
    return status("Accepted" if known and version.startswith("OCPP2") else "Rejected")


def _reported(device: "Device", request_id: int, entries: list[Payload]) -> Reply:
    if not entries:
        return status("EmptyResultSet")
    return status("Accepted", _sender(device, request_id, entries))


def _sender(device: "Device", request_id: int, entries: list[Payload]) -> Callable[[], None]:
    parts = [entries[at : at + REPORTED_AT_ONCE] for at in range(0, len(entries), REPORTED_AT_ONCE)]

    def send() -> None:
        for number, part in enumerate(parts):
            report = present(
                requestId=request_id,
                generatedAt=timestamp(device.parts.now()),
                seqNo=number,
                tbc=number < len(parts) - 1,
                reportData=part,
            )
            device.send(Message("NotifyReport", report))

    return send


def _matches(entry: Payload, wanted: Payload) -> bool:
    component, variable = wanted["component"], wanted.get("variable")
    if entry["component"]["name"].lower() != component["name"].lower():
        return False
    if component.get("evse") and entry["component"].get("evse") != component["evse"]:
        return False
    return variable is None or entry["variable"]["name"].lower() == variable["name"].lower()


COMMANDS: dict[str, Command] = {
    "GetVariables": get_variables,
    "SetVariables": set_variables,
    "GetBaseReport": get_base_report,
    "GetReport": get_report,
    "Reset": reset,
    "SetNetworkProfile": set_network_profile,
}
