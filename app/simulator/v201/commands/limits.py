"""Smart charging (OCPP 2.0.1 part 2, K)."""

from itertools import groupby
from typing import TYPE_CHECKING

from app.simulator.core.pace import timestamp
from app.simulator.core.profiles import ChargingProfile
from app.simulator.v201.words import PURPOSES, profile
from app.simulator.wire.command import Command
from app.simulator.wire.messages import Message, Payload, Reply, present, status

if TYPE_CHECKING:
    from app.simulator.device import Device

OWN_NAMES = {known: name for name, known in PURPOSES.items()}


def set_profile(device: "Device", payload: Payload) -> Reply:
    """Limit the power, now or for the transaction."""
    limits, wanted = device.station.limits, profile(payload["chargingProfile"])
    number = payload["evseId"]
    highest = device.configuration.number("ChargeProfileMaxStackLevel")
    if wanted.stack_level > highest or not limits.fits(wanted, number):
        return status("Rejected")
    return status("Accepted", lambda: limits.add(wanted, number))


def clear_profile(device: "Device", payload: Payload) -> Reply:
    """Lift the limits that match all that is given."""
    criteria = payload.get("chargingProfileCriteria") or {}
    purpose = criteria.get("chargingProfilePurpose", "")

    def matches(held: ChargingProfile) -> bool:
        wanted = (
            payload.get("chargingProfileId"),
            PURPOSES.get(purpose, purpose) or None,
            criteria.get("stackLevel"),
        )
        has = (held.id, held.purpose, held.stack_level)
        return all(want in (None, own) for want, own in zip(wanted, has, strict=True))

    cleared = device.station.limits.clear(criteria.get("evseId", 0), matches)
    return status("Accepted" if cleared else "Unknown")


def get_profiles(device: "Device", payload: Payload) -> Reply:
    """Report the limits that match, a ReportChargingProfiles for each EVSE."""
    wanted, evse = payload["chargingProfile"], payload.get("evseId")
    found = [
        (number, held)
        for number, held in device.station.limits.all()
        if evse in (None, number) and _matches(held, wanted)
    ]
    if not found:
        return status("NoProfiles")
    groups = [
        (number, [held for _, held in group])
        for number, group in groupby(found, key=lambda item: item[0])
    ]

    def send() -> None:
        for at, (number, profiles) in enumerate(groups):
            report = {
                "requestId": payload["requestId"],
                "chargingLimitSource": "CSO",
                "chargingProfile": [_shown(held) for held in profiles],
                "tbc": at < len(groups) - 1,
                "evseId": number,
            }
            device.send(Message("ReportChargingProfiles", report))

    return status("Accepted", send)


def get_composite(device: "Device", payload: Payload) -> Reply:
    """What all the limits come to, from now on."""
    number, unit = payload["evseId"], payload.get("chargingRateUnit", "W")
    connector = device.station.connectors.get(number)
    if number and connector is None:
        return status("Rejected")
    metering, start = device.station.metering, device.parts.now()
    scale = metering.circuit.voltage_v * metering.circuit.phases if unit == "A" else 1
    schedule = {
        "chargingSchedulePeriod": [
            {"startPeriod": second, "limit": round(limit_w / scale, 1)}
            for second, limit_w in metering.composite(connector, start, payload["duration"])
        ],
        "evseId": number,
        "duration": payload["duration"],
        "scheduleStart": timestamp(start),
        "chargingRateUnit": unit,
    }
    return Reply(present(status="Accepted", schedule=schedule))


def _matches(held: ChargingProfile, wanted: Payload) -> bool:
    ids, sources = wanted.get("chargingProfileId"), wanted.get("chargingLimitSource")
    purpose = wanted.get("chargingProfilePurpose", "")
    return (
        (ids is None or held.id in ids)
        and (sources is None or "CSO" in sources)
        and PURPOSES.get(purpose, purpose) in ("", held.purpose)
        and wanted.get("stackLevel") in (None, held.stack_level)
    )


def _shown(held: ChargingProfile) -> Payload:
    purpose = OWN_NAMES.get(held.purpose, held.purpose)
    return {**held.wire, "chargingProfilePurpose": purpose}


COMMANDS: dict[str, Command] = {
    "SetChargingProfile": set_profile,
    "ClearChargingProfile": clear_profile,
    "GetChargingProfiles": get_profiles,
    "GetCompositeSchedule": get_composite,
}
