"""The device model: components, their variables, reading, writing and reporting them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.simulator.core.connector import Connector
from app.simulator.core.pace import timestamp
from app.simulator.v201.variables import READ, VARIABLES, WRITE, Variable
from app.simulator.wire.messages import Payload, present

if TYPE_CHECKING:
    from app.simulator.device import Device

LEAST_PASSWORD = 16
INVENTORY, SUMMARY = "FullInventory", "SummaryInventory"


@dataclass(frozen=True, slots=True)
class Entry:
    """A variable at its place, with its value now."""

    variable: Variable
    component: Payload
    value: str | None

    def report(self) -> Payload:
        """As NotifyReport shows it; a value that may only be written is not shown."""
        variable = self.variable
        shown = self.value if variable.mutability != WRITE else None
        traits = present(
            dataType=variable.data_type,
            supportsMonitoring=False,
            unit=variable.unit,
            valuesList=variable.values,
        )
        attribute = present(type="Actual", value=shown, mutability=variable.mutability)
        return {
            "component": self.component,
            "variable": present(name=variable.name, instance=variable.instance),
            "variableAttribute": [attribute],
            "variableCharacteristics": traits,
        }


class DeviceModel:
    """The variables of one device: those of the table, and what its parts look like now."""

    def __init__(self, device: "Device") -> None:
        self._device = device
        self._live: dict[str, Callable[[], str]] = {
            "ClockCtrlr.DateTime": lambda: timestamp(device.parts.now()),
            "LocalAuthListCtrlr.Entries": lambda: str(len(device.station.id_tags)),
            "SecurityCtrlr.CertificateEntries": lambda: str(len(device.certificates)),
            "SecurityCtrlr.Identity": lambda: device.identity,
        }

    def entries(self) -> Iterator[Entry]:
        """Every variable there is."""
        for variable in VARIABLES:
            yield Entry(variable, {"name": variable.component}, self._value(variable))
        yield from self._hardware()

    def report(self, base: str) -> list[Payload]:
        """What GetBaseReport wants: everything, what can be changed, or a summary."""
        chosen = [
            entry
            for entry in self.entries()
            if base == INVENTORY
            or (base == SUMMARY and entry.variable.name in ("AvailabilityState", "Available"))
            or (base not in (INVENTORY, SUMMARY) and entry.variable.mutability != READ)
        ]
        return [entry.report() for entry in chosen]

    def read(self, wanted: Payload) -> Payload:
        """One result of GetVariables."""
        entry, status = self._find(wanted)
        if entry and entry.variable.mutability == WRITE:
            status = "Rejected"
        value = entry.value if entry and status == "Accepted" else None
        return present(
            attributeStatus=status,
            attributeType=wanted.get("attributeType"),
            attributeValue=value,
            component=wanted["component"],
            variable=wanted["variable"],
        )

    def write(self, wanted: Payload) -> tuple[Payload, str]:
        """One result of SetVariables, and the key that has a new value."""
        entry, status = self._find(wanted)
        key = entry.variable.kept_as if entry else ""
        if entry and status == "Accepted":
            status = self._set(entry.variable, wanted["attributeValue"])
        result = present(
            attributeStatus=status,
            attributeType=wanted.get("attributeType"),
            component=wanted["component"],
            variable=wanted["variable"],
        )
        return result, key if status == "Accepted" else ""

    def _set(self, variable: Variable, value: str) -> str:
        members = (variable.values or "").split(",")
        listed = variable.data_type in ("MemberList", "SequenceList")
        if listed and not all(item.strip() in members for item in value.split(",") if item):
            return "Rejected"
        if variable.kept_as == "AuthorizationKey" and len(value) < LEAST_PASSWORD:
            return "Rejected"
        outcome = self._device.configuration.change(variable.kept_as, value)
        return "Rejected" if outcome == "NotSupported" else outcome

    def _find(self, wanted: Payload) -> tuple[Entry | None, str]:
        component, variable = wanted["component"], wanted["variable"]
        there = [entry for entry in self.entries() if _same(entry.component, component)]
        if not there:
            return None, "UnknownComponent"
        for entry in there:
            found = (entry.variable.name.lower(), entry.variable.instance)
            if found == (variable["name"].lower(), variable.get("instance")):
                known = wanted.get("attributeType", "Actual") == "Actual"
                return entry, "Accepted" if known else "NotSupportedAttributeType"
        return None, "UnknownVariable"

    def _value(self, variable: Variable) -> str:
        live = self._live.get(variable.kept_as)
        return live() if live else self._device.configuration[variable.kept_as]

    def _hardware(self) -> Iterator[Entry]:
        settings, station = self._device.settings, self._device.station
        whole = {"name": "ChargingStation"}
        for name, value in {
            "VendorName": settings.vendor,
            "Model": settings.model,
            "SerialNumber": settings.serial,
            "FirmwareVersion": self._device.uplink.firmware,
            "SupplyPhases": str(settings.phases),
            "AvailabilityState": "Available" if station.operative else "Unavailable",
        }.items():
            yield _fixed(whole, name, value)
        yield _fixed(whole, "Available", "true", "boolean")
        for connector in station.connectors.values():
            yield from self._evse(connector)

    def _evse(self, connector: Connector) -> Iterator[Entry]:
        state = STATES[self._device.station.status(connector)]
        evse = {"name": "EVSE", "evse": {"id": connector.id}}
        plug = {"name": "Connector", "evse": {"id": connector.id, "connectorId": 1}}
        for place in (evse, plug):
            yield _fixed(place, "AvailabilityState", state, "OptionList")
            yield _fixed(place, "Available", "true", "boolean")
            yield _fixed(place, "SupplyPhases", str(self._device.settings.phases), "integer")
        yield _fixed(evse, "Power", str(connector.power_w), "decimal")
        yield _fixed(plug, "ConnectorType", "cType2")


STATES = {
    "Available": "Available",
    "Preparing": "Occupied",
    "Charging": "Occupied",
    "SuspendedEV": "Occupied",
    "SuspendedEVSE": "Occupied",
    "Finishing": "Occupied",
    "Reserved": "Reserved",
    "Unavailable": "Unavailable",
    "Faulted": "Faulted",
}
"""1.6's words for a connector in those of 2.0.1."""


def _fixed(component: Payload, name: str, value: str, data_type: str = "string") -> Entry:
    variable = Variable(component["name"], name, value, data_type, mutability=READ)
    return Entry(variable, component, value)


def _same(known: Payload, wanted: Payload) -> bool:
    if known["name"].lower() != wanted["name"].lower() or wanted.get("instance"):
        return False
    here, there = known.get("evse") or {}, wanted.get("evse") or {}
    return here.get("id") == there.get("id") and (
        here.get("connectorId") == there.get("connectorId")
    )
