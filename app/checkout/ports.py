"""What this room asks of others; bootstrap chooses who answers."""

from typing import Literal, Protocol

from app.charging.money import Rate
from app.charging.ports import Wallet
from app.charging.pricing import Tariff
from app.records.charge_points import Connection, ConnectorState
from app.records.wallets import WalletConnection


class ConnectorStates(Protocol):
    """What connectors were last seen doing."""

    async def connector_state(
        self, tenant: str, charge_point: str, number: int
    ) -> ConnectorState | None:
        """The connector's last status; None when it never said. Number 0: the whole."""
        ...


class Live(ConnectorStates, Protocol):
    """What charge points were last seen doing."""

    async def connection(self, tenant: str, charge_point: str) -> Connection:
        """The newest socket of a charge point."""
        ...

    async def online(self, tenant: str, charge_point: str) -> bool:
        """Whether it is connected to an edge whose lease is fresh."""
        ...


class Wallets(Protocol):
    """The tenants' wallets."""

    async def active(self, tenant: str) -> WalletConnection:
        """The connection that new invoices are made with; raises ``NotFound`` without one."""
        ...

    async def open(self, tenant: str, wallet_id: str) -> Wallet:
        """A wallet by its connection, replaced ones included; raises ``Unavailable``."""
        ...


class Rates(Protocol):
    """Exchange rates."""

    async def rate(self, currency: str) -> Rate:
        """What one unit of a currency is worth; raises ``Unavailable`` when none is fresh."""
        ...


class InForce(Protocol):
    """A tariff with every price known, and as text what of it somebody else has told."""

    @property
    def tariff(self) -> Tariff:
        """What can be charged."""
        ...

    @property
    def curve(self) -> str:
        """What a price source told; goes out with a quote and comes back with it."""
        ...


class Prices(Protocol):
    """The owners' tariffs."""

    async def now(
        self, tenant: str, tariff_id: str, time_zone: str, curve: str | None = None
    ) -> InForce:
        """What is in force at a place; ``curve``: as quoted. Raises ``Unavailable``."""
        ...


class Unlocking(Protocol):
    """The command that releases a cable."""

    async def unlock(self, tenant: str, charge_point: str, connector: int) -> None:
        """Ask the charge point; raises ``Unavailable`` or ``Conflict`` when it would not."""
        ...


class RefundsOwed(Protocol):
    """What a tenant owes to drivers."""

    async def refunds_owed_msat(self, tenant: str) -> int:
        """What may have to be paid out of the wallet as things stand."""
        ...


WalletTrouble = Literal["wallet_unreachable", "wallet_cannot_pay", "balance_low"]


class WalletAlerts(Protocol):
    """Tells an owner of their wallet, once a day of each kind."""

    async def alert(self, tenant: str, kind: WalletTrouble, text: str) -> bool:
        """True when told now."""
        ...
