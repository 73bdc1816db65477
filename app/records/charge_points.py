"""Where an owner's charge points stand, what they are, and what they were last seen doing.

Location → charge point → EVSE → connector; OCPP 1.6's connector n is EVSE n, connector 1.
"""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from app.records.signed_readings import SignedValue


@dataclass(frozen=True, slots=True)
class Location:
    """A place with charge points. Decimal degrees, WGS 84; ``time_zone`` is an IANA name."""

    id: str
    name: str
    address: str
    city: str
    postal_code: str
    country: str
    """ISO 3166-1 alpha-2."""
    latitude: Decimal
    longitude: Decimal
    time_zone: str
    currency: str
    """ISO 4217."""


@dataclass(frozen=True, slots=True)
class Connector:
    """One plug. ``name`` is the local part of its lightning address."""

    number: int
    name: str
    max_power_w: int = 11_000
    tariff_id: str = ""
    """Where its price is another than the charge point's."""


@dataclass(frozen=True, slots=True)
class ChargePoint:
    """A charge point as its owner set it up. ``path`` is the end of its websocket URL.

    The password is high-entropy and ours, so its SHA-256 is enough. ``name`` is the local part of
    the address that resolves to the connector in use.
    """

    id: str
    path: str
    label: str
    name: str
    location_id: str
    tariff_id: str
    """Empty: the owner's usual one."""
    password_sha256: str
    created_at: datetime
    connectors: tuple[Connector, ...] = ()
    least_profile: int | None = None
    """The security profile (0 to 3) that it must come by at least; None: the highest so far."""
    next_password_sha256: str = ""
    """Of a password that it is being given; whichever it uses first decides."""
    previous_password_sha256: str = ""
    previous_until: datetime | None = None
    """So long the password before still opens."""
    open_until: datetime | None = None
    """So long it is let in without a password, to be given its first."""
    free_vend: bool = False
    """Whoever begins a charge at the charge point itself charges at the owner's cost."""
    local_list: bool = False
    """It keeps the owner's idTags, to charge by them when it is offline."""
    upstream: Literal["mirror", "shared"] | None = None
    """How the owner's own backend serves it too; where that is lies in `records.upstreams`."""

    @property
    def tariff_ids(self) -> tuple[str, ...]:
        """Every tariff it is priced by itself."""
        found = (self.tariff_id, *(plug.tariff_id for plug in self.connectors))
        return tuple(dict.fromkeys(each for each in found if each))

    def connector(self, number: int) -> Connector | None:
        """The connector of that number, or None."""
        return next((c for c in self.connectors if c.number == number), None)


@dataclass(frozen=True, slots=True)
class Connection:
    """The newest socket of a charge point. ``epoch`` fences older ones."""

    epoch: int = 0
    instance: str = ""
    queue: str = ""
    connection: str = ""
    protocol: str = ""
    connected: bool = False
    changed_at: datetime | None = None
    vendor: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""
    booted_at: datetime | None = None
    profile: int = 0
    """OCPP's security profile, 0 to 3."""
    highest_profile: int = 0
    """The highest that it ever came by."""
    certificate_sha256: str = ""
    """Of the certificate it showed; empty without one."""
    refused_at: datetime | None = None
    """When it last came by a profile that is not good enough, to the minute or so."""
    refused_profile: int = 0
    configured: dict[str, str] = field(default_factory=dict)
    """Baseline key → what the charge point answered; empty until it has been asked."""
    drop: str = ""
    """Why the connection ended, once it has."""
    drops: tuple[str, ...] = ()
    """The ends of those before it, the newest last: seconds since 1970 and why. Some, of a day."""
    log_until: datetime | None = None
    """Until when what is said is recorded for the owner."""
    log_looked_at_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ConnectorState:
    """The last StatusNotification of a connector, in OCPP 1.6's words."""

    status: str
    error_code: str
    at: datetime
    info: str = ""
    free_since: datetime | None = None
    """When it first called itself free, or broken, after it last told of a charge."""


@dataclass(frozen=True, slots=True)
class StoredTransaction:
    """A transaction by what identifies it, so that a replay gets the same id.

    ``session_id`` is empty for one that is no session of ours: it was answered Invalid.
    """

    transaction_id: int
    session_id: str
    connector: int
    id_tag: str
    started_at: datetime
    meter_start_wh: int
    stopped: bool = False
    reference: str = ""
    """The charge point's own name for it (OCPP 2.0.1)."""
    stopped_at: datetime | None = None
    """When it ended, where that was told before its start; with ``meter_stop_wh``."""
    meter_stop_wh: int = 0
    stop_reason: str = ""
    signed: tuple[SignedValue, ...] = ()
    """What its meter had signed by then."""

    @property
    def is_only_its_end(self) -> bool:
        """Whether it has ended, and where and for whom it started is not known yet."""
        return self.stopped and self.connector == 0

    own_use: bool = False
    """Begun by a card of the owner's, or where charging is free; the session began with it."""
    foreign: bool = False
    """Begun by an idTag of the owner's own backend, which answers for it: none of ours to stop."""
    upstream: bool = False
    """That backend may have been told of it."""
