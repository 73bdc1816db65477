"""From a session's rows to its receipt."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.charging.errors import Conflict, NotFound
from app.charging.ledger import Account, LedgerEntry
from app.charging.ports import Tables
from app.charging.pricing import Dimension
from app.charging.pricing.itemised import Item, Itemised, itemised
from app.charging.pricing.totals import NO_AMOUNT
from app.charging.session import MeterReading, Phase, Session
from app.checkout.receipts.document import (
    Books,
    Line,
    Party,
    PaymentLine,
    Place,
    ReadingLine,
    Receipt,
    RefundLine,
    SignedLine,
    VatLine,
    money,
)
from app.records import rows
from app.records.charge_points import ChargePoint, Location
from app.records.owners import Tenant
from app.records.refunds import over_of
from app.records.sessions import Sessions
from app.records.signed_readings import SignedReadings, SignedValue
from app.records.tariff_json import tariff_json

NOT_ENDED = "The receipt is ready when the charge has ended."
_UNITS = {Dimension.ENERGY: "Wh", Dimension.TIME: "s", Dimension.PARKING_TIME: "s"}


@dataclass(frozen=True, slots=True)
class _Parts:
    session: Session
    tenant: Tenant
    charge_point: ChargePoint | None
    location: Location | None
    readings: Sequence[MeterReading]
    ledger: Sequence[LedgerEntry]
    signed: Sequence[SignedValue]


@dataclass(frozen=True, slots=True)
class Receipts:
    """Makes receipts; ``host`` stands behind the @ of lightning addresses."""

    tables: Tables
    host: str

    async def of(self, tenant_id: str, session_id: str) -> Receipt:
        """The receipt of a session; raises ``NotFound``, or ``Conflict`` before its end."""
        sessions = Sessions(self.tables)
        stored, tenant = await asyncio.gather(
            sessions.find(tenant_id, session_id),
            rows.tenants(self.tables).find(tenant_id, tenant_id),
        )
        if stored is None or tenant is None:
            raise NotFound("there is no such charge")
        session = stored.session
        if session.phase is not Phase.ENDED:
            raise Conflict(NOT_ENDED)
        charge_point = await rows.charge_points(self.tables).find(tenant_id, session.charge_point)
        readings, ledger, signed, location = await asyncio.gather(
            sessions.readings(tenant_id, session),
            sessions.ledger(tenant_id, session_id),
            SignedReadings(self.tables).of(tenant_id, session_id),
            self._location(tenant_id, charge_point),
        )
        parts = _Parts(session, tenant, charge_point, location, readings, ledger, signed)
        return _receipt(parts, self.host)

    async def _location(self, tenant: str, charge_point: ChargePoint | None) -> Location | None:
        if charge_point is None:
            return None
        return await rows.locations(self.tables).find(tenant, charge_point.location_id)


def _receipt(parts: _Parts, host: str) -> Receipt:
    session, quote = parts.session, parts.session.quote
    found = itemised(quote.tariff, parts.readings)
    has_cost = found is not None and session.energy_wh > 0
    assert session.ended_at is not None  # it has ended
    return Receipt(
        session=session.id,
        sandbox=parts.tenant.mode == "sandbox",
        seller=Party(parts.tenant.name, parts.tenant.contact_email, parts.tenant.contact_phone),
        place=_place(parts, host),
        quoted_at=quote.at,
        begun_at=session.started_at,
        ended_at=session.ended_at,
        end="" if session.end is None else session.end.value,
        energy_wh=session.energy_wh,
        meter_start_wh=session.meter_start_wh,
        meter_end_wh=session.meter_wh,
        charged_msat=session.balances.charged,
        tariff=tariff_json(quote.tariff),
        rate=quote.rate,
        fiat=quote.fiat,
        lines=_lines(found) if found and has_cost else (),
        bound=money(found.bound if found and has_cost else NO_AMOUNT),
        vat=_vat(found) if found and has_cost else (),
        total=money(found.total if found and has_cost else NO_AMOUNT),
        books=_books(session),
        payments=tuple(_payment(e) for e in parts.ledger if e.debit is Account.PAID),
        refunds=_refunds(session, parts.ledger),
        readings=tuple(
            ReadingLine(r.at, r.meter_wh, r.power_w, r.soc_percent, r.doubted_wh, r.from_wh)
            for r in parts.readings
        ),
        signed=tuple(
            SignedLine(s.at, s.data, s.context, s.method, s.public_key) for s in parts.signed
        ),
    )


def _place(parts: _Parts, host: str) -> Place:
    session, location, charge_point = parts.session, parts.location, parts.charge_point
    plug = charge_point.connector(session.connector) if charge_point else None
    return Place(
        name=location.name if location else "",
        address=f"{location.address}, {location.postal_code} {location.city}" if location else "",
        time_zone=session.quote.tariff.time_zone,
        charge_point=charge_point.label if charge_point else session.charge_point,
        connector=session.connector,
        lightning_address=f"{plug.name}@{host}" if plug else "",
    )


def _lines(found: Itemised) -> tuple[Line, ...]:
    return tuple(line(item) for item in found.items)


def line(item: Item) -> Line:
    """An item as a receipt states it."""
    counted = Decimal(item.quantity)
    return Line(
        type=item.dimension.value,
        element=item.element,
        price=item.component.price,
        quantity=counted if item.dimension is Dimension.FLAT else counted / 1_000_000,
        unit=_UNITS.get(item.dimension, "1"),
        begins=item.begins,
        ends=item.ends,
        amount=money(item.amount),
        vat_percent=item.component.vat,
        is_step=item.is_step,
    )


def _vat(found: Itemised) -> tuple[VatLine, ...]:
    return tuple(VatLine(each.percent, money(each.amount)) for each in found.vat)


def _books(session: Session) -> Books:
    balances = session.balances
    return Books(
        paid_msat=balances.paid,
        charged_msat=balances.charged,
        absorbed_msat=balances.absorbed,
        refunded_msat=balances.refunded,
        refund_in_flight_msat=balances.refund_in_flight,
        refundable_msat=balances.refundable,
        forfeited_msat=balances.forfeited,
        residue_msat=balances.residue,
    )


def _payment(entry: LedgerEntry) -> PaymentLine:
    return PaymentLine(entry.cause.partition(" ")[2], entry.amount_msat, entry.at)


def _refunds(session: Session, ledger: Sequence[LedgerEntry]) -> tuple[RefundLine, ...]:
    found = [
        RefundLine(each.state, each.amount_msat, each.since, each.payment_hash)
        for each in over_of(session, list(ledger))
    ]
    at = session.ended_at or session.quote.at
    if session.refund is not None:
        flying = session.refund
        found.append(
            RefundLine("in_flight", flying.amount_msat, flying.at or at, flying.payment_hash)
        )
    elif session.claimable_msat:
        found.append(RefundLine("offered", session.claimable_msat, session.owed_since or at))
    return tuple(found)
