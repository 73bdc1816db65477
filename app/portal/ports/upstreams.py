"""What the pages and the API ask of other rooms about an owner's own backend."""

from typing import Protocol

from app.records.charge_points import ChargePoint
from app.records.drafts import UpstreamDraft
from app.records.views import UpstreamView


class Upstreams(Protocol):
    """Backends that serve charge points beside us."""

    async def of(self, tenant: str, charge_point: ChargePoint) -> UpstreamView | None:
        """What is set, without the password, and how the link does; None without one."""
        ...

    async def set(self, tenant: str, charge_point_id: str, draft: UpstreamDraft) -> None:
        """Serve it together with this backend from now on; raises ``BadInput``."""
        ...

    async def remove(self, tenant: str, charge_point_id: str) -> None:
        """Serve it alone again."""
        ...
