"""What a session's page shows, as values and as tags. ``static/shown.js`` is its mirror.

A *tag* says that something applies (``charging``, ``can-stop``); an element with ``data-when``
is shown while one of its tags does. A *field* is a text with a place in the page. So one page
serves every state, with and without script.
"""

from datetime import datetime, timedelta

from markupsafe import Markup

from app.checkout.view import SessionView
from app.portal.driver.numbers import Numbers

_PAUSED = {"SuspendedEV": "paused-car", "SuspendedEVSE": "paused-station"}
_LOW_PERMILLE = 100


def stage(view: SessionView) -> str:
    """Where the charge stands, in one word; exactly one is shown."""
    match view.phase:
        case "starting":
            return "plug-in" if view.connector_status == "Available" else "starting"
        case "charging":
            return _PAUSED.get(view.connector_status, "charging")
        case "stopping" | "finishing" | "ended":
            return view.phase
        case _:
            return "starting"


def tags(view: SessionView, *, now: datetime, unlock_within_s: int) -> frozenset[str]:
    """Everything that applies to the session now."""
    ended = view.phase == "ended"
    found = {stage(view), "over" if ended else "live"}
    if ended:
        found |= {f"end-{view.end}", f"refund-{view.refund_state}"}
    applies = {
        "can-stop": view.phase in ("starting", "charging") and not view.stop_pending,
        "can-top-up": view.phase == "charging"
        and not view.stop_pending
        and view.budget_msat is not None,
        "can-unlock": ended and _can_unlock(view, now, unlock_within_s),
        "energy": view.phase != "starting" and (not ended or view.started_at is not None),
        "running": view.phase in ("charging", "stopping", "finishing"),
        "power": stage(view) in ("charging", "stopping") and view.power_w is not None,
        "soc": view.soc_percent is not None,
        "time-left": view.phase in ("charging", "finishing") and view.time_left_s is not None,
        "reach": view.phase == "charging" and bool(view.power_w) and view.remaining_wh is not None,
        "budget": view.budget_msat is not None,
        "low": view.phase == "charging" and used_permille(view) >= 1000 - _LOW_PERMILLE,
        "unplug": ended and view.connector_status in ("Finishing", *_PAUSED),
        "refunded": view.refunded_msat > 0,
        "residue": ended and view.residue_msat > 0,
    }
    return frozenset(found | {tag for tag, does in applies.items() if does})


def used_permille(view: SessionView) -> int:
    """How much of the budget is used, in thousandths."""
    if not view.budget_msat:
        return 0
    return min(view.cost_msat * 1000 // view.budget_msat, 1000)


def refund_msat(view: SessionView) -> int:
    """What is offered, or on its way: in flight, it is what nothing else accounts for."""
    if view.refund_state != "in_flight":
        return view.refundable_msat
    return max(view.paid_msat - view.cost_msat - view.refunded_msat - view.residue_msat, 0)


def fields(view: SessionView, numbers: Numbers) -> dict[str, str]:
    """The texts by name; empty where there is nothing to say."""
    n = numbers
    return {
        "kwh": n.kwh(view.energy_wh),
        "energy": n.energy(view.energy_wh),
        "power": "" if view.power_w is None else n.power(view.power_w),
        "soc": "" if view.soc_percent is None else n.percent(view.soc_percent),
        "cost": n.sats(view.cost_msat),
        "cost_fiat": n.fiat(view.cost_msat),
        "cost_exact": n.exact_sats(view.cost_msat),
        "paid": n.exact_sats(view.paid_msat),
        "paid_fiat": n.fiat(view.paid_msat),
        "budget": "" if view.budget_msat is None else n.sats(view.budget_msat),
        "budget_energy": "" if view.affordable_wh is None else n.energy(view.affordable_wh),
        "left_energy": "" if view.remaining_wh is None else n.about(view.remaining_wh),
        "until": _until(view, n),
        "time_left": "" if view.time_left_s is None else n.duration(view.time_left_s),
        "refund": n.exact_sats(refund_msat(view)),
        "refund_fiat": n.fiat(refund_msat(view)),
        "refunded": n.exact_sats(view.refunded_msat),
        "refunded_fiat": n.fiat(view.refunded_msat),
        "residue": n.exact_sats(view.residue_msat),
        "started": "" if view.started_at is None else n.time(view.started_at),
        "ended": "" if view.ended_at is None else n.time(view.ended_at),
        "refund_until": "" if view.refund_until is None else n.date(view.refund_until),
    }


def _until(view: SessionView, numbers: Numbers) -> str:
    if view.until is None or view.time_left_s is None:
        return ""
    return numbers.until(view.until, view.time_left_s)


def _can_unlock(view: SessionView, now: datetime, within_s: int) -> bool:
    if view.started_at is None or view.ended_at is None or view.connector_status == "Available":
        return False
    return now - view.ended_at < timedelta(seconds=within_s)


class Shown:
    """What applies, for templates: ``<div {{ shown.when('charging') }}>``."""

    def __init__(self, found: frozenset[str]) -> None:
        self.tags = found

    def when(self, *wanted: str) -> Markup:
        """The attributes of an element that is shown while one of the tags applies."""
        attributes = 'data-when="{}"' if self.tags & set(wanted) else 'data-when="{}" hidden'
        return Markup(attributes).format(" ".join(wanted))  # noqa: S704 - one of two literals
