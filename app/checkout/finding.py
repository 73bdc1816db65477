"""From an address to what can be bought there just now."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.charging.claims import Claim, ClaimKind, connector_key
from app.charging.errors import NotFound, Unavailable
from app.charging.money import Rate
from app.charging.ports import Clock, Tables
from app.checkout import availability as av
from app.checkout.offers import Availability, Offer
from app.checkout.ports import Live, Prices, Rates, Wallets
from app.edge_messages import UpstreamTransaction
from app.records import rows
from app.records.charge_points import ChargePoint, Connector
from app.records.directory import ADDRESS, Directory
from app.records.owners import Tenant
from app.records.reservations import Reservation, Reservations
from app.records.sessions import Sessions
from app.records.upstreams import Upstreams, runs_on
from app.records.wallets import WalletConnection

UNKNOWN = "There is no charge point at this address."


@dataclass(frozen=True, slots=True)
class Finder:
    """Looks up offers; writes nothing, asks no wallet."""

    tables: Tables
    directory: Directory
    sessions: Sessions
    live: Live
    wallets: Wallets
    rates: Rates
    prices: Prices
    host: str
    clock: Clock

    async def find(self, name: str, host: str | None = None) -> Offer:
        """The offer at an address; a host that knows no such name falls back to the provider's.

        Behind a proxy the request's host may be another than the address's.
        """
        name, plus, code = name.strip().lower().partition("+")
        for candidate in dict.fromkeys(((host or self.host).lower(), self.host)):
            address = f"{name}@{candidate}"
            entry = await self.directory.find(ADDRESS, address)
            if entry is not None:
                charge_point, _, number = entry.ref.partition("/")
                full = f"{name}{plus}{code}@{candidate}"
                return await self.at(entry.tenant, charge_point, int(number), full)
        raise NotFound(UNKNOWN)

    async def at(
        self,
        tenant_id: str,
        charge_point_id: str,
        number: int,
        address: str,
        curve: str | None = None,
    ) -> Offer:
        """The offer of a connector; number 0 lets the charge point choose.

        ``curve``: what a price source had told when it was quoted; None: what it tells now.
        An address ``name+code@host`` is the link of a reservation (LUD-16 allows the tag).
        """
        code = address.partition("@")[0].partition("+")[2]
        tenant, charge_point = await asyncio.gather(
            rows.tenants(self.tables).find(tenant_id, tenant_id),
            rows.charge_points(self.tables).find(tenant_id, charge_point_id),
        )
        if tenant is None or charge_point is None:
            raise NotFound(UNKNOWN)
        location, wallet, chosen = await asyncio.gather(
            rows.locations(self.tables).find(tenant_id, charge_point.location_id),
            self._wallet(tenant_id),
            self._connector(tenant_id, charge_point, number, code),
        )
        if location is None:
            raise NotFound(UNKNOWN)
        now, state = chosen
        plug = None if now is None else now.connector
        tariff_id = _tariff_id(tenant, charge_point, plug)
        price = await self.prices.now(tenant_id, tariff_id, location.time_zone, curve)
        rate = await self.rate(price.tariff.currency)
        return Offer(
            tenant=tenant,
            location=location,
            charge_point=charge_point,
            connector=plug,
            tariff=price.tariff,
            rate=rate,
            availability=_ready(tenant, wallet, rate) or state,
            address=address,
            status="" if now is None else now.status,
            reserved_session=_reserved_session(now),
            curve=price.curve,
        )

    async def _connector(
        self, tenant: str, charge_point: ChargePoint, number: int, code: str
    ) -> tuple[av.ConnectorNow | None, Availability]:
        named = charge_point.connector(number)
        if number and named is None:
            raise NotFound(UNKNOWN)
        wanted = charge_point.connectors if named is None else (named,)
        connectors = [await self._now(tenant, charge_point.id, plug, code) for plug in wanted]
        if charge_point.upstream is not None:
            told = await Upstreams(self.tables).transactions(tenant, charge_point.id)
            connectors = [_with_foreign(now, told) for now in connectors]
        now, state = av.choose(connectors)
        whole = await self._whole(tenant, charge_point.id)
        return now, whole or state

    async def _now(
        self, tenant: str, charge_point: str, plug: Connector, code: str
    ) -> av.ConnectorNow:
        claim = Claim(ClaimKind.CONNECTOR, connector_key(charge_point, plug.number), "")
        state, holder, reserved = await asyncio.gather(
            self.live.connector_state(tenant, charge_point, plug.number),
            self.sessions.holder(tenant, claim),
            self._reservation(tenant, charge_point, plug.number),
        )
        return av.ConnectorNow(plug, state, holder is not None, reserved, code)

    async def _reservation(
        self, tenant: str, charge_point: str, connector: int
    ) -> Reservation | None:
        """One that holds, and whose payer has not come yet."""
        found = await Reservations(self.tables).at(tenant, charge_point, connector)
        if found is None or not found.holds(self.clock.now()):
            return None
        used = found.session_id and await self.sessions.find(tenant, found.session_id)
        return None if used else found

    async def _whole(self, tenant: str, charge_point: str) -> Availability | None:
        """What holds for every connector: no connection, or a fault of the whole."""
        online, state = await asyncio.gather(
            self.live.online(tenant, charge_point),
            self.live.connector_state(tenant, charge_point, 0),
        )
        if not online:
            return av.OFFLINE
        if state is not None and state.status in ("Unavailable", "Faulted"):
            return av.BY_STATUS[state.status]
        return None

    async def _wallet(self, tenant: str) -> WalletConnection | None:
        try:
            return await self.wallets.active(tenant)
        except NotFound:
            return None

    async def rate(self, currency: str) -> Rate | None:
        """What one unit of a currency is worth, or None when nobody can tell."""
        try:
            return await self.rates.rate(currency)
        except Unavailable:
            return None


def _tariff_id(tenant: Tenant, charge_point: ChargePoint, plug: Connector | None) -> str:
    """The connector's own, the charge point's, or the owner's usual one."""
    return (plug.tariff_id if plug else "") or charge_point.tariff_id or tenant.tariff_id


def _with_foreign(now: av.ConnectorNow, told: Sequence[UpstreamTransaction]) -> av.ConnectorNow:
    """In use where a card of the owner's own backend charges.

    Unless the connector has said since that it is free: then the end was lost on the way.
    """
    free_since = now.state.at if now.state is not None and now.status == av.FREE else None
    running = [each for each in told if free_since is None or each.at >= free_since]
    return replace(now, taken=now.taken or runs_on(running, now.connector.number))


def _reserved_session(now: av.ConnectorNow | None) -> str:
    """The session that a reservation's own link pays for."""
    if now is None or now.reservation is None or not now.reservation.opens_for(now.code):
        return ""
    return now.reservation.session_id


def _ready(
    tenant: Tenant, wallet: WalletConnection | None, rate: Rate | None
) -> Availability | None:
    """What keeps the owner from selling at all, or None."""
    if tenant.status != "active":
        return av.NOT_OPEN
    if wallet is None:
        return av.NO_WALLET
    if not wallet.can_pay:
        return av.NO_REFUNDS
    return av.NO_RATE if rate is None else None
