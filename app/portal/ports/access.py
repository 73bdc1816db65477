"""What the pages and the API ask of other rooms about how charge points show who they are."""

from typing import Protocol

from app.records.certificates import ChargerCertificate
from app.records.charge_points import ChargePoint
from app.records.drafts import ChargePointDraft
from app.records.views import AccessView, NewcomerView


class Access(Protocol):
    """Security profiles and passwords."""

    async def of(self, tenant: str, charge_point: ChargePoint) -> AccessView:
        """How it came last, and how it must come."""
        ...

    async def require(
        self, tenant: str, charge_point: ChargePoint, least: int | None
    ) -> ChargePoint:
        """By which profile it must come at least; None: the highest so far. Raises ``BadInput``."""
        ...

    async def rotate(self, tenant: str, charge_point: ChargePoint) -> None:
        """Have it given another password; raises ``Conflict`` while one is under way."""
        ...


class Certificates(Protocol):
    """Certificates of charge points."""

    async def all(self, tenant: str, charge_point_id: str) -> list[ChargerCertificate]:
        """A charge point's, the newest first."""
        ...

    async def authority_pem(self, tenant: str) -> str:
        """The owner's authority; empty before its first certificate."""
        ...

    async def revoke(self, tenant: str, charge_point_id: str, serial: str) -> ChargerCertificate:
        """It opens nothing any more; raises ``NotFound`` or ``Conflict``."""
        ...


class Newcomers(Protocol):
    """Charge points that knock at an owner's door."""

    async def door(self, tenant: str) -> str:
        """The code of the owner's door; empty while it is shut."""
        ...

    async def open_door(self, tenant: str) -> str:
        """Let new charge points knock; another code than before, which ends."""
        ...

    async def shut_door(self, tenant: str) -> None:
        """Nobody new may knock."""
        ...

    async def all(self, tenant: str) -> list[NewcomerView]:
        """Who knocked, those that wait first."""
        ...

    async def accept(self, tenant: str, newcomer_id: str, draft: ChargePointDraft) -> ChargePoint:
        """Make it a charge point; raises ``NotFound``, ``BadInput``, ``Conflict``."""
        ...

    async def refuse(self, tenant: str, newcomer_id: str) -> None:
        """It is not let wait any more; raises ``NotFound``."""
        ...

    async def forget(self, tenant: str, newcomer_id: str) -> None:
        """It may knock again; raises ``NotFound``."""
        ...
