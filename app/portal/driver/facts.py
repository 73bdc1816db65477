"""Facts of a session from its rows."""

import asyncio
from dataclasses import dataclass

from app.charging.errors import NotFound
from app.charging.ports import Tables
from app.checkout.receipts import Receipt, Receipts
from app.portal.driver.ports import Facts
from app.records import rows
from app.records.charge_points import ChargePoint
from app.records.sessions import Sessions
from app.records.signed_readings import SignedReadings
from app.tokens import Signer


@dataclass(frozen=True, slots=True)
class StoredFacts:
    """Reads the session, its tenant and its charge point."""

    tables: Tables
    signer: Signer
    host: str = ""
    """Behind the @ of lightning addresses."""

    async def of(self, session_token: str) -> Facts:
        """The facts; raises ``NotFound``."""
        named = self.signer.session(session_token)
        tenant_id, session_id = named.tenant, named.session_id
        stored, tenant = await asyncio.gather(
            Sessions(self.tables).find(tenant_id, session_id),
            rows.tenants(self.tables).find(tenant_id, tenant_id),
        )
        if stored is None or tenant is None or stored.session.link != named.link:
            raise NotFound("this link is not valid")
        session, quote = stored.session, stored.session.quote
        charge_point = await rows.charge_points(self.tables).find(tenant_id, session.charge_point)
        return Facts(
            tenant=tenant_id,
            is_sandbox=tenant.mode == "sandbox",
            language=tenant.language,
            tariff=quote.tariff,
            rate=quote.rate,
            tally=session.counted,
            power_w=session.power_w or quote.max_power_w,
            start_by=session.start_by,
            time_zone=await self._time_zone(tenant_id, charge_point),
            address_name=_address_name(charge_point, session.connector),
            limits=quote.limits,
            signed=tuple(await SignedReadings(self.tables).of(tenant_id, session_id)),
        )

    async def receipt(self, session_token: str) -> Receipt:
        """The receipt; raises ``NotFound``, or ``Conflict`` before the charge has ended."""
        await self.of(session_token)  # the link still holds
        named = self.signer.session(session_token)
        return await Receipts(self.tables, self.host).of(named.tenant, named.session_id)

    async def _time_zone(self, tenant: str, charge_point: ChargePoint | None) -> str:
        if charge_point is None:
            return "UTC"
        location = await rows.locations(self.tables).find(tenant, charge_point.location_id)
        return location.time_zone if location else "UTC"


def _address_name(charge_point: ChargePoint | None, number: int) -> str:
    connector = charge_point.connector(number) if charge_point else None
    return connector.name if connector else ""
