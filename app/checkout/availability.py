"""Whether a connector can be paid for: the state table of the public address.

Every message fits a wallet's line (LUD-09 allows 144 characters) and says what to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.charging.errors import Conflict, Unavailable
from app.checkout.offers import Availability
from app.records.charge_points import Connector, ConnectorState
from app.records.reservations import Reservation

FREE = "Available"
PLUGGED_IN = "Preparing"

NOT_OPEN = Availability("not_ready", "This charge point is not open for payments yet.", False)
NO_WALLET = Availability("not_ready", "The owner has not connected a wallet yet.", False)
NO_REFUNDS = Availability(
    "not_ready", "The owner's wallet cannot pay refunds just now, so nothing can be sold.", False
)
NO_RATE = Availability(
    "not_ready", "There is no exchange rate just now. Please try again in a minute.", False
)
OFFLINE = Availability(
    "offline", "The charge point is offline. Please try again later or use another one.", False
)
IN_USE = Availability("in_use", "In use. Whoever paid can stop it from the session link.", False)
SILENT = Availability(
    "not_ready", "The charge point has not said yet whether it is free. Try again shortly.", False
)
FAULTED = Availability("faulted", "The charge point reports a fault. Please use another.", False)
CLOSED = Availability("unavailable", "The charge point is out of service.", False)

RESERVED = Availability("unavailable", "Reserved for somebody else.", False)
RESERVED_FOR_YOU = Availability("available", "Reserved for you. Pay to start the charge.", True)
RESERVATION_OVER = Availability(
    "unavailable", "This reservation is over. Scan the code at the charge point.", False
)

BY_STATUS = {
    FREE: Availability("available", "Available.", True),
    PLUGGED_IN: Availability("preparing", "Plugged in. Pay to start the charge.", True),
    "Charging": IN_USE,
    "SuspendedEV": IN_USE,
    "SuspendedEVSE": IN_USE,
    "Finishing": Availability(
        "finishing", "The last charge has ended. Unplug first, then plug in again.", False
    ),
    "Reserved": RESERVED,
    "Unavailable": CLOSED,
    "Faulted": FAULTED,
}
"""By OCPP 1.6's ChargePointStatus (§7.7)."""


@dataclass(frozen=True, slots=True)
class ConnectorNow:
    """A connector, what it last said, and whether a session holds it."""

    connector: Connector
    state: ConnectorState | None
    taken: bool = False
    reservation: Reservation | None = None
    """One that keeps others away."""
    code: str = ""
    """Of the reservation that an address names; empty for the connector's own address."""

    @property
    def status(self) -> str:
        """In OCPP's words; empty when it never said."""
        return "" if self.state is None else self.state.status


def availability_of(now: ConnectorNow) -> Availability:
    """Of one connector of a charge point that is online and in order."""
    if now.taken:
        return IN_USE
    kept = now.reservation
    if now.code and (kept is None or not kept.opens_for(now.code)):
        return RESERVATION_OVER
    if kept is not None and not now.code:
        return RESERVED
    if now.state is None:
        return SILENT
    if kept is not None and now.status in (FREE, "Reserved"):
        return RESERVED_FOR_YOU
    return BY_STATUS.get(now.status, CLOSED)


def choose(connectors: Sequence[ConnectorNow]) -> tuple[ConnectorNow | None, Availability]:
    """Which connector a charge point's own address means.

    The plugged-in one, else the only free one, else none: nobody pays for a plug by chance.
    """
    states = [(now, availability_of(now)) for now in connectors]
    if len(states) == 1:
        return states[0]
    for code in ("preparing", "available"):
        found = [(now, state) for now, state in states if state.code == code]
        if len(found) == 1:
            return found[0]
        if found:
            return None, _which([now for now, _ in found])
    return None, states[0][1] if states else CLOSED


def require_payable(availability: Availability) -> None:
    """Raise what a wallet shows, unless it can be paid for."""
    if availability.can_pay:
        return
    if availability.code in ("offline", "not_ready"):
        raise Unavailable(availability.message)
    raise Conflict(availability.message)


def _which(connectors: Sequence[ConnectorNow]) -> Availability:
    numbers = ", ".join(str(now.connector.number) for now in connectors[:8])
    code = "preparing" if connectors[0].status == PLUGGED_IN else "available"
    text = f"Connectors {numbers} are free. Scan the code at yours, or plug in first."
    if code == "preparing":
        text = f"Connectors {numbers} are plugged in. Scan the code at yours."
    return Availability(code, text, False)  # type: ignore[arg-type]  # one of two literals
