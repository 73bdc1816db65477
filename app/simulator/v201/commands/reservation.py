"""Reservations (OCPP 2.0.1 part 2, H)."""

from typing import TYPE_CHECKING

from app.simulator.core.connector import Reservation
from app.simulator.v201.words import moment
from app.simulator.wire.command import Command
from app.simulator.wire.messages import Payload, Reply, status

if TYPE_CHECKING:
    from app.simulator.device import Device


def reserve(device: "Device", payload: Payload) -> Reply:
    """Keep an EVSE for a token; without an EVSE, keep any."""
    number, reservations = payload.get("evseId"), device.station.reservations
    reservation = Reservation(
        id=payload["id"],
        id_tag=payload["idToken"]["idToken"],
        parent_id_tag=(payload.get("groupIdToken") or {}).get("idToken"),
        expires_at=moment(payload["expiryDateTime"]),
    )
    if refusal := reservations.refusal(number, reservation.id):
        return status(refusal)
    return status("Accepted", lambda: reservations.keep(number, reservation))


def cancel(device: "Device", payload: Payload) -> Reply:
    """Give it back."""
    known = device.station.reservations.cancel(payload["reservationId"])
    return status("Accepted" if known else "Rejected")


COMMANDS: dict[str, Command] = {"ReserveNow": reserve, "CancelReservation": cancel}
