"""A session as its payer sees it; the page reads it, live notices carry it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.charging.pricing import Forecast
from app.charging.session import MOST_TRIES, Phase, Session
from app.checkout.offers import RefundReach, RefundState
from app.checkout.texts import price_text
from app.records.charge_points import ChargePoint, Location
from app.records.owners import Tenant


@dataclass(frozen=True, slots=True)
class SessionView:
    """Everything the payer may know. ``sequence`` grows with each change.

    ``budget_msat``, ``affordable_wh`` and ``remaining_wh`` are None without a limit;
    ``time_left_s`` is None while it cannot be told. ``refundable_msat`` can be claimed now.
    """

    id: str
    sequence: int
    phase: str
    end: str | None
    energy_wh: int
    power_w: int | None
    soc_percent: int | None
    cost_msat: int
    paid_msat: int
    budget_msat: int | None
    affordable_wh: int | None
    remaining_wh: int | None
    time_left_s: int | None
    refundable_msat: int
    refund_state: RefundState
    refunded_msat: int
    residue_msat: int
    stop_pending: bool
    started_at: datetime | None
    ended_at: datetime | None
    charge_point: str
    """Its label."""
    connector: int
    connector_status: str
    """In OCPP's words; empty when it never said."""
    location: str
    location_address: str
    owner: str
    contact_email: str
    contact_phone: str
    tariff: str
    """The price in words, as quoted."""
    refund_reach: RefundReach = "none"
    """Whether what is left goes back by itself."""
    refund_until: datetime | None = None
    """Until when it can be taken; None before the end."""
    until: datetime | None = None
    """When the budget is used up, as foreseen from the last reading; None where that is not in
    sight."""


def view_of(
    session: Session,
    *,
    sequence: int,
    tenant: Tenant,
    location: Location | None,
    charge_point: ChargePoint | None,
    connector_status: str = "",
) -> SessionView:
    """The view of a session at a version; place and charge point may have been removed since."""
    power_w = session.quote.max_power_w if session.power_w is None else session.power_w
    flowing = session.used_up(power_w or session.quote.max_power_w)
    affordable_wh = None if flowing is None else flowing.energy_wh
    until = _until(session, flowing if power_w else session.used_up(0))
    remaining_wh = None if affordable_wh is None else max(affordable_wh - session.energy_wh, 0)
    return SessionView(
        id=session.id,
        sequence=sequence,
        phase=str(session.phase),
        end=None if session.end is None else str(session.end),
        energy_wh=session.energy_wh,
        power_w=session.power_w,
        soc_percent=session.soc_percent,
        cost_msat=session.cost_msat,
        paid_msat=session.balances.paid,
        budget_msat=session.budget_msat,
        affordable_wh=affordable_wh,
        remaining_wh=remaining_wh,
        time_left_s=_time_left_s(session, until),
        refundable_msat=session.claimable_msat,
        refund_state=refund_state(session),
        refunded_msat=session.balances.refunded,
        residue_msat=session.balances.residue,
        stop_pending=session.stop_owed,
        started_at=session.started_at,
        ended_at=session.ended_at,
        charge_point=session.charge_point if charge_point is None else charge_point.label,
        connector=session.connector,
        connector_status=connector_status,
        location="" if location is None else location.name,
        location_address="" if location is None else _one_line(location),
        owner=tenant.name,
        contact_email=tenant.contact_email,
        contact_phone=tenant.contact_phone,
        tariff=price_text(session.quote.tariff, session.quote.rate, session.quote.at),
        refund_reach=_reach(session),
        refund_until=session.refund_expires_at,
        until=until,
    )


def refund_state(session: Session) -> RefundState:
    """Where the refund stands; one that can be claimed comes before those that were paid."""
    if session.refund is not None or session.is_pushed:
        return "in_flight"
    if session.claimable_msat > 0:
        return "offered"
    if session.balances.forfeited > 0:
        return "forfeited"
    return "paid" if session.refunds_paid else "none"


def _reach(session: Session) -> RefundReach:
    reach = session.reach
    if not reach.known or (reach.tries >= MOST_TRIES and not reach.owed):
        return "failed" if reach.number else "none"
    return "fixed" if session.is_fixed else "address"


def _until(session: Session, forecast: Forecast | None) -> datetime | None:
    """By our clock, while time or energy still costs."""
    if forecast is None or session.tally is None:
        return None
    if not (session.running or session.phase is Phase.FINISHING):
        return None
    return forecast.at + timedelta(seconds=session.lag_s)


def _time_left_s(session: Session, until: datetime | None) -> int | None:
    """From the last reading on, which is as far as is known."""
    if until is None:
        return None
    seen_at = session.counted.seen_at + timedelta(seconds=session.lag_s)
    return max(0, int((until - seen_at).total_seconds()))


def _one_line(location: Location) -> str:
    return f"{location.address}, {location.postal_code} {location.city}"
