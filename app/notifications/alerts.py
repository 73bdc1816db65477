"""Alerts to an owner: once a day for each kind, by mail, and kept for the dashboard."""

import logging
from dataclasses import dataclass
from typing import Literal

from app.charging.errors import Conflict, Unavailable
from app.charging.ports import Clock, Tables
from app.notifications.mail import Mailer, written
from app.records import rows
from app.records.owners import Alert

AlertKind = Literal[
    "wallet_unreachable",
    "wallet_cannot_pay",
    "balance_low",
    "refund_stuck",
    "refund_failed",
    "refund_unclaimed",
    "charger_silent",
    "charger_certificate",
    "charger_configuration",
    "charger_limit",
    "charger_meter",
]

_PAGES = {"refund": "/refunds", "wallet": "/wallets", "balance": "/wallets", "charger": "/chargers"}
"""Where something can be done about it, by the first word of the kind."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OwnerAlerts:
    """Tells owners what needs them. Whoever writes the row of kind and day first sends the mail."""

    tables: Tables
    clock: Clock
    mailer: Mailer
    public_base_url: str

    async def alert(self, tenant: str, kind: AlertKind, text: str) -> bool:
        """Tell the owner, unless they were told of this kind today; True when told now."""
        now = self.clock.now()
        alert = Alert(f"{now:%Y-%m-%d}-{kind}", kind, text, now)
        try:
            await rows.alerts(self.tables).add(tenant, alert)
        except Conflict:
            return False
        owner = await rows.tenants(self.tables).get(tenant, tenant)
        values = {"name": owner.name, "text": text, "url": self._page(kind)}
        try:
            await self.mailer.send(written(tenant, owner.contact_email, f"alert_{kind}", values))
        except Unavailable as error:
            _log.warning("alert %s to tenant %s: %s", kind, tenant, error.message)
        return True

    def _page(self, kind: AlertKind) -> str:
        return self.public_base_url + _PAGES[kind.partition("_")[0]]

    async def latest(self, tenant: str, most: int = 5) -> list[Alert]:
        """What the owner was told last, the newest first."""
        return sorted(await rows.alerts(self.tables).all(tenant), key=lambda a: a.at)[-most:][::-1]
