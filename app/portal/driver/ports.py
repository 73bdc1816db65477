"""What the driver's pages ask of other rooms; bootstrap chooses who answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.charging.money import Rate
from app.charging.pricing import Tally, Tariff
from app.charging.session import Limits
from app.checkout.receipts import Receipt
from app.records.signed_readings import SignedValue


class SandboxPayments(Protocol):
    """The driver's side of the sandbox: sats that exist only there."""

    async def pay(self, tenant: str, bolt11: str) -> None:
        """Pay an owner's sandbox invoice; raises ``NotFound`` or ``Conflict``."""
        ...

    async def invoice(self, tenant: str, amount_msat: int) -> str:
        """A driver's invoice (BOLT11) that the owner's sandbox wallet can pay."""
        ...


class PayRequests(Protocol):
    """The LNURL answers (LUD-06), for a wallet that opened the page's own address."""

    async def pay_request(self, name: str, host: str) -> Mapping[str, object]:
        """The payRequest, or LNURL's error, as JSON."""
        ...


@dataclass(frozen=True, slots=True)
class Facts:
    """What does not change about a session and is not in its view."""

    tenant: str
    is_sandbox: bool
    language: str
    tariff: Tariff
    rate: Rate
    """Both as they were quoted."""
    tally: Tally
    """What has been counted for the price so far."""
    power_w: int
    """The power that flows, else the most that the connector can deliver."""
    start_by: datetime | None
    """Until when the charge has to begin; None once that is decided."""
    time_zone: str
    address_name: str
    """The local part of the connector's lightning address; empty when it is gone."""
    limits: Limits
    """As they were locked with the price."""
    signed: tuple[SignedValue, ...] = ()
    """What the meter has signed, word for word."""


class SessionFacts(Protocol):
    """Knows the facts of sessions."""

    async def of(self, session_token: str) -> Facts:
        """The facts; raises ``NotFound``."""
        ...

    async def receipt(self, session_token: str) -> Receipt:
        """The receipt; raises ``NotFound``, or ``Conflict`` before the charge has ended."""
        ...
