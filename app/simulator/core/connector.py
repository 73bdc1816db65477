"""One connector: what is plugged in, what it waits for, and the status that follows from it."""

from dataclasses import dataclass, field
from datetime import datetime

from app.simulator.core.battery import Battery
from app.simulator.core.meter import Meter
from app.simulator.core.profiles import ChargingProfile


@dataclass(slots=True)
class Transaction:
    """A transaction as the charger knows it.

    ``id`` comes with the central system's answer (1.6), or is the charger's own (2.0.1);
    ``answered`` says that the central system has answered its beginning.
    """

    connector_id: int
    id_tag: str
    meter_start_wh: int
    started_at: datetime
    id: int | str | None = None
    answered: bool = False
    energy_is_cut: bool = False
    """It ends just now; or it was refused, and the charger is configured to wait."""

    reservation_id: int | None = None


@dataclass(frozen=True, slots=True)
class AcceptedStart:
    """A start that was authorised and waits for its cable."""

    id_tag: str
    profile: ChargingProfile | None = None
    remote_id: int | None = None
    """The ``remoteStartId`` of OCPP 2.0.1."""

    remote: bool = False
    kind: str = ""
    """The idToken's type in 2.0.1; empty: a card's."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """A connector kept for one tag, or for a group of tags, until a moment."""

    id: int
    id_tag: str
    parent_id_tag: str | None
    expires_at: datetime


@dataclass(slots=True)
class Connector:
    """The state of one connector. ``status`` is never stored, it follows from the rest."""

    id: int
    meter: Meter
    power_w: int
    battery: Battery | None = None
    start: AcceptedStart | None = None
    transaction: Transaction | None = None
    reservation: Reservation | None = None
    profiles: list[ChargingProfile] = field(default_factory=list)
    error_code: str | None = None
    operative: bool = True
    finished: bool = False
    """A transaction ended and its car is still plugged in."""

    metered_at_ms: int = 0
    announced: str = ""
    """The status last told to the central system, or queued for it."""

    @property
    def plugged_in(self) -> bool:
        """Whether a car is connected."""
        return self.battery is not None

    def status(self, offered_w: int) -> str:
        """The status of OCPP 1.6 that follows from what is known of the connector."""
        if self.error_code:
            return "Faulted"
        if self.transaction:
            return self._status_of_transaction(offered_w)
        if not self.operative:
            return "Unavailable"
        if self.start:
            return "Preparing"
        if self.plugged_in:
            return "Finishing" if self.finished else "Preparing"
        return "Reserved" if self.reservation else "Available"

    def _status_of_transaction(self, offered_w: int) -> str:
        if not offered_w:
            return "SuspendedEVSE"
        if self.battery is None or not self.battery.wants_energy:
            return "SuspendedEV"
        return "Charging"

    def takes_start(self, *, while_finishing: bool) -> bool:
        """Whether a start can be accepted just now, reservations aside."""
        busy = self.transaction or self.start or self.error_code
        return self.operative and not busy and (while_finishing or not self.finished)
