"""Smart charging (OCPP 1.6 §5.16, §5.5, §5.7)."""

from typing import TYPE_CHECKING

from app.simulator.core.pace import timestamp
from app.simulator.core.profiles import ChargingProfile
from app.simulator.v16.words import profile
from app.simulator.wire.command import Command
from app.simulator.wire.messages import Payload, Reply, present, status

if TYPE_CHECKING:
    from app.simulator.device import Device


def set_profile(device: "Device", payload: Payload) -> Reply:
    """Limit the power, now or for the transaction."""
    limits, wanted = device.station.limits, profile(payload["csChargingProfiles"])
    number = payload["connectorId"]
    highest = device.configuration.number("ChargeProfileMaxStackLevel")
    if wanted.stack_level > highest or not limits.fits(wanted, number):
        return status("Rejected")
    return status("Accepted", lambda: limits.add(wanted, number))


def clear_profile(device: "Device", payload: Payload) -> Reply:
    """Lift the limits that match all that is given."""

    def matches(held: ChargingProfile) -> bool:
        wanted = (
            payload.get("id"),
            payload.get("chargingProfilePurpose"),
            payload.get("stackLevel"),
        )
        has = (held.id, held.purpose, held.stack_level)
        return all(want in (None, own) for want, own in zip(wanted, has, strict=True))

    cleared = device.station.limits.clear(payload.get("connectorId", 0), matches)
    return status("Accepted" if cleared else "Unknown")


def get_composite(device: "Device", payload: Payload) -> Reply:
    """What all the limits come to, from now on."""
    number, unit = payload["connectorId"], payload.get("chargingRateUnit", "W")
    connector = device.station.connectors.get(number)
    if number and connector is None:
        return status("Rejected")
    metering, start = device.station.metering, device.parts.now()
    circuit = metering.circuit
    scale = circuit.voltage_v * circuit.phases if unit == "A" else 1
    periods = [
        {"startPeriod": second, "limit": round(limit_w / scale, 1)}
        for second, limit_w in metering.composite(connector, start, payload["duration"])
    ]
    schedule = {
        "duration": payload["duration"],
        "startSchedule": timestamp(start),
        "chargingRateUnit": unit,
        "chargingSchedulePeriod": periods,
    }
    return Reply(
        present(
            status="Accepted",
            connectorId=number,
            scheduleStart=timestamp(start),
            chargingSchedule=schedule,
        )
    )


COMMANDS: dict[str, Command] = {
    "SetChargingProfile": set_profile,
    "ClearChargingProfile": clear_profile,
    "GetCompositeSchedule": get_composite,
}
