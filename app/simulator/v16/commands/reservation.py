"""Reservations (OCPP 1.6 §5.2, §5.13)."""

from typing import TYPE_CHECKING

from app.simulator.core.connector import Reservation
from app.simulator.v16.words import moment
from app.simulator.wire.command import Command
from app.simulator.wire.messages import Payload, Reply, status

if TYPE_CHECKING:
    from app.simulator.device import Device


def reserve(device: "Device", payload: Payload) -> Reply:
    """Keep a connector for a tag; 0 keeps any."""
    number, reservations = payload["connectorId"], device.station.reservations
    reservation = Reservation(
        id=payload["reservationId"],
        id_tag=payload["idTag"],
        parent_id_tag=payload.get("parentIdTag"),
        expires_at=moment(payload["expiryDate"]),
    )
    if refusal := reservations.refusal(number, reservation.id):
        return status(refusal)
    return status("Accepted", lambda: reservations.keep(number, reservation))


def cancel(device: "Device", payload: Payload) -> Reply:
    """Give it back."""
    known = device.station.reservations.cancel(payload["reservationId"])
    return status("Accepted" if known else "Rejected")


COMMANDS: dict[str, Command] = {"ReserveNow": reserve, "CancelReservation": cancel}
