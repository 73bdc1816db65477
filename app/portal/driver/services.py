"""Everything the driver's handlers reach, in one value."""

from dataclasses import dataclass
from typing import TypeAlias

from litestar.di import NamedDependency

from app.charging.ports import Clock
from app.checkout.service import Checkout
from app.portal.driver.ports import PayRequests, SandboxPayments, SessionFacts
from app.portal.driver.rendering import DriverPages
from app.portal.driver.settings import DriverSettings


@dataclass(frozen=True, slots=True)
class Driver:
    """The parts behind the driver's pages."""

    checkout: Checkout
    settings: DriverSettings
    pages: DriverPages
    facts: SessionFacts
    clock: Clock
    pay_requests: PayRequests | None = None
    sandbox: SandboxPayments | None = None


FromDriver: TypeAlias = NamedDependency[Driver]
"""How a handler gets it."""
