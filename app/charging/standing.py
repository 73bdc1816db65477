"""After the charge: a car that still stands at the connector, under a tariff that counts it.

The transaction is over, but not the session: what standing costs comes off the rest, until the
cable is out, the charge point can no longer tell, or the rest is used up.
"""

from datetime import datetime, timedelta

from app.charging.counting import price
from app.charging.decision import Draft
from app.charging.session import End, Funding, MeterReading, Phase, Session
from app.charging.transitions import close

_GONE = frozenset(
    {
        "EVDisconnected",
        "UnlockCommand",
        "EmergencyStop",
        "HardReset",
        "SoftReset",
        "ImmediateReset",
        "Reboot",
        "PowerLoss",
    }
)
"""Why a transaction ends when the cable is out, or nobody can tell whether it is (OCPP 1.6 §7.33,
2.0.1 ReasonEnumType)."""

CLOCKS_DIFFER_S = 120
"""By so much a charge point's clock may be behind, or its word under way, without being noticed."""


LOOKED_AFTER_S = 900
"""So often it is looked whether the charge point is in sight at all."""


def stands_on(session: Session, reason: str) -> bool:
    """Whether the session goes on after its transaction: standing costs, and something is left."""
    budget_msat = session.budget_msat
    return (
        session.quote.tariff.prices_parking
        and session.funding is Funding.LIGHTNING
        and session.energy_wh > 0
        and not session.connector_lost
        and reason not in _GONE
        and budget_msat is not None
        and session.cost_msat < budget_msat
    )


def stand(draft: Draft) -> None:
    """The transaction is over and the car still there."""
    draft.change(phase=Phase.FINISHING)
    look_again(draft)


def look_again(draft: Draft) -> None:
    """Decide when to look whether the rest is used up, or nobody sees the car any more."""
    session = draft.session
    if session.phase is not Phase.FINISHING:
        return
    soon = draft.at + timedelta(seconds=LOOKED_AFTER_S)
    draft.change(due_at=min(_latest(session), soon) + _later(session))


def _later(session: Session) -> timedelta:
    """By then what has happened at the charge point, by its own clock, is known here."""
    return timedelta(seconds=session.lag_s + CLOCKS_DIFFER_S)


def freed(draft: Draft, at: datetime) -> None:
    """The cable is out, or the charge point can no longer tell; ``at`` by its own clock."""
    if draft.session.phase is Phase.FINISHING:
        _leave(draft, min(at, _latest(draft.session)))


def let_go(draft: Draft) -> None:
    """Somebody ends it now, by our clock."""
    freed(draft, draft.at - timedelta(seconds=draft.session.lag_s))


def overstayed(draft: Draft) -> None:
    """The rest may be used up, or the owner's limit reached; the car was to be seen until now."""
    latest = _latest(draft.session)
    if draft.at < latest + _later(draft.session):
        look_again(draft)
    else:
        _leave(draft, latest)


def _latest(session: Session) -> datetime:
    """Until when it may stand, by the charge point's clock: until the rest is used up; but nobody's
    rest waits longer than the owner's limit."""
    limit = session.counted.seen_at + timedelta(seconds=session.quote.limits.silent_s)
    forecast = session.used_up(0)
    return limit if forecast is None else min(limit, forecast.at)


def _leave(draft: Draft, at: datetime) -> None:
    session = draft.session
    price(draft, at)
    kept = MeterReading(draft.session.counted.seen_at, session.meter_wh)
    draft.put_away((kept,))
    close(draft, End.CHARGED)
