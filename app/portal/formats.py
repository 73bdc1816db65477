"""Values as people read them: the filters of the templates."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from app.charging.money import MSAT_PER_SAT, SATS
from app.charging.pricing import WH_PER_KWH
from app.checkout.texts import price_text
from app.records.tariffs import OwnedTariff, TariffVersion

NARROW_SPACE = "\u202f"

_STATE_TONES = {
    "good": {"available", "charging", "active", "accepted", "paid", "done", "ended", "closed"},
    "busy": {"preparing", "starting", "suspendedev", "suspendedevse", "finishing", "stopping"}
    | {"waiting", "pending", "in_flight", "occupied", "reserved", "sandbox", "suspended_ev"},
    "bad": {"faulted", "rejected", "stuck", "failed", "suspended", "unknown", "notsupported"},
}


def sats(amount_msat: int) -> str:
    """``12 345 sat``; what is below a sat is shown only where there is some."""
    whole, rest = divmod(abs(amount_msat), MSAT_PER_SAT)
    sign = "−" if amount_msat < 0 else ""
    tail = f".{rest:03}" if rest else ""
    return f"{sign}{whole:,}".replace(",", NARROW_SPACE) + f"{tail}{NARROW_SPACE}sat"


def kwh(energy_wh: int) -> str:
    """``12.345 kWh``."""
    return f"{Decimal(energy_wh) / WH_PER_KWH:.3f}{NARROW_SPACE}kWh"


def kilowatts(power_w: int) -> str:
    """``11 kW``."""
    return f"{(Decimal(power_w) / 1000).normalize():f}{NARROW_SPACE}kW"


def money(value: Decimal, currency: str) -> str:
    """``0.45 EUR``, ``450 sat``."""
    text = f"{value:f}"
    if currency == SATS:
        whole, _, rest = text.partition(".")
        text, currency = (f"{whole}.{rest.rstrip('0')}".rstrip("."), "sat")
    return f"{text}{NARROW_SPACE}{currency}"


def price(tariff: OwnedTariff | TariffVersion) -> str:
    """``0.45 EUR/kWh + 1.00 EUR per charge``."""
    shown = tariff.shown if isinstance(tariff, OwnedTariff) else tariff
    if shown.spot is None:
        return price_text(shown.locked(shown.elements, "UTC"), None)
    return f"by a price source, else {money(shown.spot.fallback, shown.currency)}/kWh"


def moment(at: datetime | None, time_zone: str = "UTC") -> Markup:
    """A ``<time>`` in the place's own time; a dash where there is none."""
    if at is None:
        return Markup("–")
    local = at.astimezone(ZoneInfo(time_zone) if time_zone != "UTC" else UTC)
    return Markup('<time datetime="{}">{}</time>').format(
        at.astimezone(UTC).isoformat(timespec="seconds"), f"{local:%Y-%m-%d %H:%M} {local:%Z}"
    )


def instant(at: datetime, time_zone: str = "UTC") -> Markup:
    """A ``<time>`` to the millisecond, in the place's own time."""
    local = at.astimezone(ZoneInfo(time_zone) if time_zone != "UTC" else UTC)
    return Markup('<time datetime="{}">{}</time>').format(
        at.astimezone(UTC).isoformat(timespec="milliseconds"),
        f"{local:%Y-%m-%d %H:%M:%S}.{local.microsecond // 1000:03}",
    )


def seconds(milliseconds: int | None) -> str:
    """``0.25 s``; a dash where it is not known."""
    return "–" if milliseconds is None else f"{Decimal(milliseconds) / 1000:f}{NARROW_SPACE}s"


def duration(start: datetime | None, end: datetime | None) -> str:
    """``1 h 05 min``; a dash where one is missing."""
    if start is None or end is None:
        return "–"
    minutes = max(int((end - start).total_seconds()) // 60, 0)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"


def tone(state: str) -> str:
    """``good``, ``busy``, ``bad`` or ``calm``: the colour of a badge (never its only sign)."""
    word = state.lower()
    return next((name for name, words in _STATE_TONES.items() if word in words), "calm")


def words(state: str) -> str:
    """A state as words: ``in_flight`` → ``in flight``, ``SuspendedEV`` → ``suspended EV``."""
    spaced = "".join(
        f" {letter}" if letter.isupper() and at and state[at - 1].islower() else letter
        for at, letter in enumerate(state.replace("_", " "))
    )
    return " ".join(
        word if word.isupper() and len(word) > 1 else word.lower() for word in spaced.split()
    )


def options(records: Iterable[Any]) -> list[tuple[str, str]]:
    """Records as what a select offers: id and name."""
    return [(record.id, record.name) for record in records]


FILTERS = {
    "sats": sats,
    "instant": instant,
    "kwh": kwh,
    "kilowatts": kilowatts,
    "price": price,
    "moment": moment,
    "seconds": seconds,
    "options": options,
    "tone": tone,
    "words": words,
}
