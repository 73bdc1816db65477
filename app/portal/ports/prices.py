"""What pages and API ask of the owners' prices."""

from datetime import datetime
from typing import Protocol

from app.charging.pricing import Tariff
from app.records.drafts import TariffDraft
from app.records.spot_prices import KeptPrices, PriceSeries
from app.records.spot_sources import KeptSpotSource, SpotSourceDraft
from app.records.tariffs import OwnedTariff, TariffVersion


class Tariffs(Protocol):
    """Prices."""

    async def all(self, tenant: str) -> list[OwnedTariff]:
        """Every one."""
        ...

    async def get(self, tenant: str, tariff_id: str) -> OwnedTariff:
        """One; raises ``NotFound``."""
        ...

    async def version(self, tenant: str, tariff_id: str, number: int) -> TariffVersion:
        """One of its versions; raises ``NotFound``."""
        ...

    async def history(self, tenant: str, tariff_id: str) -> list[TariffVersion]:
        """Its versions, the newest first; raises ``NotFound``."""
        ...

    async def checked(self, tenant: str, draft: TariffDraft) -> TariffVersion:
        """What a draft would become; raises ``BadInput``."""
        ...

    async def add(self, tenant: str, draft: TariffDraft) -> OwnedTariff:
        """A new one."""
        ...

    async def change(self, tenant: str, tariff_id: str, draft: TariffDraft) -> OwnedTariff:
        """A new version, or another draft."""
        ...

    async def publish(
        self, tenant: str, tariff_id: str, starts_at: datetime | None = None
    ) -> OwnedTariff:
        """Let its draft hold; raises ``Conflict``."""
        ...

    async def withdraw(self, tenant: str, tariff_id: str, number: int) -> None:
        """Forget a version that has not begun; raises ``Conflict``."""
        ...

    async def remove(self, tenant: str, tariff_id: str) -> None:
        """Raises ``Conflict`` while it is used."""
        ...

    async def set_usual(self, tenant: str, tariff_id: str) -> None:
        """Price by this what has no tariff of its own; raises ``Conflict``."""
        ...


class PricesNow(Protocol):
    """What a tariff asks."""

    async def as_of_now(self, tenant: str, version: TariffVersion, time_zone: str) -> Tariff:
        """A version with every price that is known now."""
        ...


class PriceSources(Protocol):
    """Where dynamic prices come from."""

    async def all(self, tenant: str) -> list[KeptSpotSource]:
        """Every one."""
        ...

    async def get(self, tenant: str, source_id: str) -> KeptSpotSource:
        """One; raises ``NotFound``."""
        ...

    async def add(self, tenant: str, draft: SpotSourceDraft) -> KeptSpotSource:
        """A new one; raises ``BadInput``, ``Conflict``."""
        ...

    async def change(self, tenant: str, source_id: str, draft: SpotSourceDraft) -> KeptSpotSource:
        """As the draft says; raises ``BadInput``."""
        ...

    async def remove(self, tenant: str, source_id: str) -> None:
        """Raises ``Conflict`` while a tariff needs it."""
        ...

    async def try_out(
        self, tenant: str, draft: SpotSourceDraft, source_id: str = ""
    ) -> PriceSeries:
        """What it answers, nothing kept; raises ``BadInput``, ``Unavailable``."""
        ...

    async def known(self, tenant: str, source_id: str) -> KeptPrices:
        """What it last told."""
        ...
