"""What the pages and the API ask of other rooms about a charge point's connection."""

from datetime import datetime
from typing import Protocol

from app.records.views import CommandView, ConfigurationView, FramePage, QualityView


class Quality(Protocol):
    """How connections do."""

    async def of(self, tenant: str, charge_point: str) -> QualityView:
        """Of one charge point."""
        ...


class FrameLogs(Protocol):
    """What is said on connections."""

    async def record(self, tenant: str, charge_point: str, hours: int) -> datetime | None:
        """Record from now on for so many hours; 0: no more. Raises ``BadInput``, ``Conflict``."""
        ...

    async def recorded_until(self, tenant: str, charge_point: str) -> datetime | None:
        """Until when it is recorded; None: it is not."""
        ...

    async def follow(self, tenant: str, charge_point: str) -> None:
        """Somebody looks; to be repeated. Raises ``Conflict``."""
        ...

    async def page(
        self, tenant: str, charge_point: str, *, start: str = "", action: str = "", sent: str = ""
    ) -> FramePage:
        """Frames, the newest first. ``sent``: ``to`` or ``from``, or both."""
        ...

    async def lines(self, tenant: str, charge_point: str) -> str:
        """Everything that is kept, as JSON lines, the oldest first."""
        ...


class Configuration(Protocol):
    """How charge points are configured."""

    async def of(self, tenant: str, charge_point: str) -> ConfigurationView:
        """Every key that is known, and those that are not as they were set."""
        ...

    async def ask(self, tenant: str, charge_point: str) -> CommandView:
        """Have it tell everything. Raises ``Conflict`` when it is offline."""
        ...

    async def set(self, tenant: str, charge_point: str, key: str, value: str) -> CommandView:
        """Change a key, now or when it is back. Raises ``BadInput``."""
        ...

    async def set_again(self, tenant: str, charge_point: str, key: str) -> CommandView:
        """Set it to what it should be. Raises ``Conflict``."""
        ...

    async def accept(self, tenant: str, charge_point: str, key: str) -> None:
        """Let it be as it is. Raises ``Conflict``."""
        ...
