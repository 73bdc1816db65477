"""What a session has run up so far: small enough to lie in its row, exact, and added to as readings
come. Nothing is ever priced from the beginning again.

Amounts are sums of price × quantity, in µWh or µs: exact decimals. They become money when divided
at the very end, in ``totals``.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Context, Decimal, Inexact

from app.charging.pricing.elements import Dimension
from app.charging.pricing.schedule import Candidate
from app.charging.pricing.stretches import Doing, Piece, Stretch
from app.charging.pricing.tariff import Tariff
from app.charging.pricing.wall_clock import moment_us

EXACT = Context(prec=80, traps=[Inexact])
"""Refuses whatever would round."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted of one dimension.

    ``quantity`` in µWh or µs, or how many times for ``FLAT``; ``amounts`` by percent of VAT;
    ``element`` and ``step_size``, ``price``, ``vat`` are of the component that was last.
    """

    dimension: Dimension
    quantity: int
    amounts: tuple[tuple[Decimal | None, Decimal], ...]
    price: Decimal
    vat: Decimal | None
    step_size: int


@dataclass(frozen=True, slots=True)
class Tally:
    """The state of pricing a session.

    ``still_since`` is since when the register has stood where it stands, ``seen_at`` when that was
    last told. ``flats`` names who has paid a flat fee: the charge, its reservation.
    """

    started_at: datetime
    still_since: datetime
    seen_at: datetime
    energy_uwh: int = 0
    counted: tuple[Counted, ...] = ()
    flats: tuple[bool, ...] = ()
    """Whether a flat fee was counted for the reservation (True), for the charge (False)."""


@dataclass(frozen=True, slots=True)
class Part:
    """One quantity at one price: what a receipt is made of."""

    dimension: Dimension
    candidate: Candidate
    quantity: int
    piece: Piece


Listener = Callable[[Part], None]
"""Is told of each part as it is counted."""


def begun(at: datetime) -> Tally:
    """The tally of a session that begins."""
    return Tally(at, at, at)


def read(
    tariff: Tariff, tally: Tally, at: datetime, energy_uwh: int, tell: Listener | None = None
) -> Tally:
    """The tally after the register has shown so much energy since the start.

    A register that stands still is charging if it soon moves again, and parking once it has stood
    longer than the tariff's grace; until that is decided, nothing is counted. What is older than
    the last reading, or shows less, adds nothing.
    """
    at, energy_uwh = max(at, tally.seen_at), max(energy_uwh, tally.energy_uwh)
    if energy_uwh == tally.energy_uwh:
        return _stood(tariff, tally, at, tell)
    tally = moving(tariff, tally, tell)
    tally = added(tariff, tally, _stretch(tally, tally.seen_at, at, energy_uwh), tell)
    return replace(tally, still_since=at, seen_at=at)


def moving(tariff: Tariff, tally: Tally, tell: Listener | None = None) -> Tally:
    """The tally once the register moves: if it has stood for a while only, that was charging."""
    if tally.seen_at - tally.still_since > timedelta(seconds=tariff.grace_s):
        return tally
    return added(tariff, tally, _stretch(tally, tally.still_since, tally.seen_at), tell)


def added(tariff: Tariff, tally: Tally, stretch: Stretch, tell: Listener | None = None) -> Tally:
    """The tally with a stretch of which is known what went on."""
    for piece in tariff.schedule.pieces(stretch, moment_us(tally.started_at)):
        tally = with_piece(tariff, tally, piece, tell)
    return tally


def with_piece(tariff: Tariff, tally: Tally, piece: Piece, tell: Listener | None = None) -> Tally:
    """The tally with a piece of a stretch, or the beginning of one."""
    counts = {counted.dimension: counted for counted in tally.counted}
    flats = tally.flats
    for dimension, candidate in tariff.schedule.prices(piece, moment_us(tally.started_at)):
        part = Part(dimension, candidate, _quantity(dimension, piece), piece)
        if dimension is Dimension.FLAT:
            reserved = candidate.restrictions.reservation is not None
            if reserved in flats:
                continue
            flats = (*flats, reserved)
        if part.quantity:
            counts[dimension] = _with(counts.get(dimension), part)
            if tell is not None:
                tell(part)
    counted = tuple(counts.values())
    return Tally(tally.started_at, tally.still_since, tally.seen_at, piece.to_uwh, counted, flats)


def _stood(tariff: Tariff, tally: Tally, at: datetime, tell: Listener | None) -> Tally:
    parks_at = tally.still_since + timedelta(seconds=tariff.grace_s)
    if at > parks_at:
        begins = max(parks_at, tally.seen_at)
        if tally.seen_at <= parks_at:
            pause = _stretch(tally, tally.still_since, parks_at, doing=Doing.PAUSED)
            tally = added(tariff, tally, pause, tell)
        parked = _stretch(tally, begins, at, doing=Doing.PARKING)
        tally = added(tariff, tally, parked, tell)
    return replace(tally, seen_at=at)


def _stretch(
    tally: Tally,
    begins: datetime,
    ends: datetime,
    to_uwh: int | None = None,
    doing: Doing = Doing.CHARGING,
) -> Stretch:
    to_uwh = tally.energy_uwh if to_uwh is None else to_uwh
    return Stretch(moment_us(begins), moment_us(ends), tally.energy_uwh, to_uwh, doing)


def _quantity(dimension: Dimension, piece: Piece) -> int:
    if dimension is Dimension.FLAT:
        return 1
    if dimension is Dimension.ENERGY:
        return piece.to_uwh - piece.from_uwh
    return piece.ends_us - piece.begins_us


def _with(before: Counted | None, part: Part) -> Counted:
    component = part.candidate.component
    amounts = dict(before.amounts) if before else {}
    amount = EXACT.multiply(component.price, Decimal(part.quantity))
    amounts[component.vat] = EXACT.add(amounts.get(component.vat, Decimal(0)), amount)
    return Counted(
        part.dimension,
        (before.quantity if before else 0) + part.quantity,
        tuple(amounts.items()),
        component.price,
        component.vat,
        component.step_size,
    )
