"""What the pages and the API ask of other rooms about places and charge points."""

from datetime import datetime
from typing import Literal, Protocol

from app.operations import OwnerOperation
from app.records.charge_points import ChargePoint, Location
from app.records.diary import DiaryEntry
from app.records.drafts import (
    ChargePointChange,
    ChargePointDraft,
    IdTagDraft,
    LocationDraft,
)
from app.records.id_tags import IdTag
from app.records.reservations import Reservation
from app.records.views import (
    ChargerView,
    CommandView,
    IssuedCharger,
    TrustedRoot,
)


class Locations(Protocol):
    """Places with charge points."""

    async def all(self, tenant: str) -> list[Location]:
        """Every one."""
        ...

    async def get(self, tenant: str, location_id: str) -> Location:
        """One; raises ``NotFound``."""
        ...

    async def add(self, tenant: str, draft: LocationDraft) -> Location:
        """A new one."""
        ...

    async def change(self, tenant: str, location_id: str, draft: LocationDraft) -> Location:
        """As the draft says."""
        ...

    async def remove(self, tenant: str, location_id: str) -> None:
        """Raises ``Conflict`` while it is used."""
        ...


class Chargers(Protocol):
    """Charge points as set up."""

    async def all(self, tenant: str) -> list[ChargePoint]:
        """Every one."""
        ...

    async def get(self, tenant: str, charge_point_id: str) -> ChargePoint:
        """One; raises ``NotFound``."""
        ...

    async def add(self, tenant: str, draft: ChargePointDraft) -> IssuedCharger:
        """A new one, its password shown this once."""
        ...

    async def change(
        self, tenant: str, charge_point_id: str, change: ChargePointChange
    ) -> ChargePoint:
        """Another label, place or price."""
        ...

    async def renew_password(self, tenant: str, charge_point_id: str) -> IssuedCharger:
        """A new password, shown this once."""
        ...

    async def remove(self, tenant: str, charge_point_id: str) -> None:
        """Raises ``Conflict`` while it charges."""
        ...


class IdTags(Protocol):
    """Cards that charge at the owner's cost."""

    async def all(self, tenant: str) -> list[IdTag]:
        """Every one."""
        ...

    async def get(self, tenant: str, tag_id: str) -> IdTag:
        """One; raises ``NotFound``."""
        ...

    async def add(self, tenant: str, draft: IdTagDraft) -> IdTag:
        """A new one; raises ``BadInput`` or ``Conflict``."""
        ...

    async def change(self, tenant: str, tag_id: str, draft: IdTagDraft) -> IdTag:
        """Another label, group, end, place or status."""
        ...

    async def remove(self, tenant: str, tag_id: str) -> None:
        """Raises ``NotFound``."""
        ...


class Reservations(Protocol):
    """Connectors kept for somebody."""

    async def all(self, tenant: str, charge_point: str) -> list[Reservation]:
        """Those that hold."""
        ...

    async def reserve(
        self,
        tenant: str,
        charge_point: ChargePoint,
        connector: int,
        until: datetime,
        *,
        card: str = "",
        label: str = "",
    ) -> Reservation:
        """For a card, else for whoever has the link. Raises ``BadInput`` or ``Conflict``."""
        ...

    async def cancel(self, tenant: str, charge_point: str, connector: int) -> None:
        """Raises ``NotFound``."""
        ...


class ChargerStatuses(Protocol):
    """What charge points were last seen doing."""

    async def of(self, tenant: str, charge_point: ChargePoint) -> ChargerView:
        """Online or not, each connector's status, what became of the configuration."""
        ...


RemoteAction = Literal["start", "stop", "unlock", "soft_reset", "hard_reset"]


class ChargerCommands(Protocol):
    """Commands an owner sends."""

    async def send(
        self, tenant: str, charge_point: ChargePoint, action: RemoteAction, connector: int
    ) -> CommandView:
        """Send one; ``connector`` is 0 for a reset. Raises ``Conflict`` where it makes no sense
        (nothing to stop, charge point offline)."""
        ...

    async def operate(
        self, tenant: str, charge_point: ChargePoint, operation: OwnerOperation
    ) -> CommandView:
        """Have any operation of OCPP carried out. Raises ``Conflict`` where it makes no sense."""
        ...

    async def told(self, tenant: str, charge_point: ChargePoint) -> list[DiaryEntry]:
        """What the charge point told of itself, the newest first."""
        ...

    async def latest(self, tenant: str, charge_point: ChargePoint) -> tuple[CommandView, ...]:
        """The last few and what came of them, the newest first."""
        ...

    async def roots(self, tenant: str, charge_point: ChargePoint) -> tuple[TrustedRoot, ...]:
        """The roots that it has told it trusts."""
        ...

    async def one(self, tenant: str, charge_point: ChargePoint, command_id: str) -> CommandView:
        """A command and what came of it so far; raises ``NotFound``."""
        ...


class PrintedLink(Protocol):
    """What a printed QR code says."""

    def __call__(self, name: str) -> str:
        """``https://host/c/name?lightning=LNURL1…`` for the local part of an address."""
        ...
