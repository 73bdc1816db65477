"""Whether a tariff can be priced: everything has one price, and no price depends on luck.

What elements hold for is compared on a grid (see ``grid``), where "hidden", "overlapping" and "gap"
are operations on bits.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.charging.errors import BadInput
from app.charging.pricing.elements import (
    Dimension,
    PriceComponent,
    Reservation,
    Restrictions,
    TariffElement,
)
from app.charging.pricing.grid import Grid

MOST_ELEMENTS = 200
HIGHEST_PRICE = Decimal(10_000_000)
_MOST_STEP = {Dimension.ENERGY: 1_000_000, Dimension.FLAT: 1}
_MOST_STEP_S = 86_400
_MOST_VAT = 100
_PAIRS = (
    ("min_kwh", "max_kwh"),
    ("min_power", "max_power"),
    ("min_duration", "max_duration"),
    ("start_date", "end_date"),
)


@dataclass(frozen=True, slots=True)
class Rules:
    """What is asked of elements besides. ``places``: digits after the point.

    ``free``: that something costs nothing is meant. ``prices_energy``: whether the elements have to
    say what energy costs; a price source does that where they have not.
    """

    places: int
    free: bool = False
    prices_energy: bool = True


def check_elements(elements: Sequence[TariffElement], rules: Rules) -> None:
    """Raise ``BadInput`` with the reason and the place: ``elements.2.restrictions.max_kwh``."""
    if not elements and rules.prices_energy:
        raise BadInput("a tariff needs at least one price", field="elements")
    if len(elements) > MOST_ELEMENTS:
        raise BadInput(f"at most {MOST_ELEMENTS} elements", field="elements")
    for number, element in enumerate(elements):
        _check_element(element, f"elements.{number}", rules)
    grid = Grid.of(elements)
    for reservation in (None, *Reservation):
        for dimension in Dimension:
            _check_dimension(elements, grid, dimension, reservation)
    if rules.prices_energy:
        _check_gaps(elements, grid, free=rules.free)
        if not rules.free and not any(each.price for _, each in _charging(elements)):
            raise BadInput("nothing here costs anything; say so if it is meant", field="elements")


def check_price(price: Decimal, places: int, field: str) -> Decimal:
    """A price as it is kept; raises ``BadInput``."""
    if not price.is_finite() or price > HIGHEST_PRICE:
        raise BadInput("a price, like 0.45", field=field)
    if price < 0:
        raise BadInput("a price cannot be below 0", field=field)
    rounded = price.quantize(Decimal(1).scaleb(-places))
    if rounded != price:
        raise BadInput(f"at most {places} digits after the point", field=field)
    return written(rounded)


def written(price: Decimal) -> Decimal:
    """A price as it is written: 0.4500 and 0.45 are one price; 10 must not become 1E+1."""
    return price.quantize(Decimal("0.01")) if price == round(price, 2) else price


def check_vat(vat: Decimal | None, field: str) -> None:
    """Raise ``BadInput`` unless it is a percentage."""
    if vat is None:
        return
    if not vat.is_finite() or not 0 <= vat <= _MOST_VAT or vat != round(vat, 2):
        raise BadInput("VAT in percent, like 19", field=field)


def _check_element(element: TariffElement, place: str, rules: Rules) -> None:
    if not element.price_components:
        raise BadInput("this element has no price", field=f"{place}.price_components")
    seen = set[Dimension]()
    for number, component in enumerate(element.price_components):
        where = f"{place}.price_components.{number}"
        if component.type in seen:
            raise BadInput(f"{component.type} has a price here already", field=f"{where}.type")
        seen.add(component.type)
        if component.type is Dimension.ENERGY and not rules.prices_energy:
            raise BadInput("what energy costs comes from the price source", field=f"{where}.type")
        check_price(component.price, rules.places, f"{where}.price")
        check_vat(component.vat, f"{where}.vat")
        if not 0 <= component.step_size <= _MOST_STEP.get(component.type, _MOST_STEP_S):
            raise BadInput("a step in Wh or in seconds", field=f"{where}.step_size")
    _check_restrictions(element.restrictions, f"{place}.restrictions")


def _check_restrictions(limits: Restrictions, place: str) -> None:
    for name in ("min_current", "max_current"):
        if getattr(limits, name) is not None:
            raise BadInput(
                "the current is not measured here; take the power", field=f"{place}.{name}"
            )
    for name in ("begins", "ends"):
        if getattr(limits, name) is not None:
            raise BadInput("only a price source sets this", field=f"{place}.{name}")
    for name in ("min_kwh", "max_kwh", "min_power", "max_power"):
        _check_amount(getattr(limits, name), f"{place}.{name}")
    for name in ("min_duration", "max_duration"):
        _check_duration(getattr(limits, name), f"{place}.{name}")
    for low, high in _PAIRS:
        least, most = getattr(limits, low), getattr(limits, high)
        if least is not None and most is not None and least >= most:
            raise BadInput(f"{high} must be above {low}", field=f"{place}.{high}")
    if limits.start_time is not None and limits.start_time == limits.end_time:
        raise BadInput("it ends when it begins", field=f"{place}.end_time")
    if len(set(limits.day_of_week)) != len(limits.day_of_week):
        raise BadInput("each day once", field=f"{place}.day_of_week")


def _check_amount(value: Decimal | None, place: str) -> None:
    if value is None:
        return
    is_limit = place.rpartition(".")[2].startswith("max")
    if not value.is_finite() or not 0 <= value <= 1_000_000 or (is_limit and value == 0):
        raise BadInput("a number above 0", field=place)
    if value != round(value, 3):
        raise BadInput("at most 3 digits after the point", field=place)


def _check_duration(value: int | None, place: str) -> None:
    is_limit = place.rpartition(".")[2].startswith("max")
    if value is not None and not (1 if is_limit else 0) <= value <= 366 * 86_400:
        raise BadInput("a number of seconds", field=place)


def _charging(elements: Sequence[TariffElement]) -> Iterator[tuple[int, PriceComponent]]:
    """The components that price a charge, with the number of their element."""
    for number, element in enumerate(elements):
        if element.restrictions.reservation is None:
            yield from ((number, component) for component in element.price_components)


def _check_dimension(
    elements: Sequence[TariffElement],
    grid: Grid,
    dimension: Dimension,
    reservation: Reservation | None,
) -> None:
    """Every element that prices a dimension must matter, and no two may claim the same."""
    before: list[tuple[int, int, PriceComponent]] = []
    taken = 0
    for number, element in enumerate(elements):
        component = _component(element, dimension)
        if component is None or element.restrictions.reservation is not reservation:
            continue
        holds = grid.cells[number]
        place = f"elements.{number}.restrictions"
        if holds & ~taken == 0:
            raise BadInput(
                f"this never applies: elements before it have a price for {dimension} whenever "
                "it holds",
                field=place,
            )
        for earlier, its, price in before:
            shared = its & holds
            if shared and its & ~holds and price != component:
                raise BadInput(
                    f"this overlaps element {earlier}: both have a price for {dimension} "
                    f"{grid.described(shared)}, and neither is the special case of the other",
                    field=place,
                )
        before.append((number, holds & ~taken, component))
        taken |= holds


def _check_gaps(elements: Sequence[TariffElement], grid: Grid, *, free: bool) -> None:
    """Energy has a price at any time; where nothing ever prices energy, time has."""
    kinds = {component.type for _, component in _charging(elements)}
    wanted = next((each for each in (Dimension.ENERGY, Dimension.TIME) if each in kinds), None)
    if wanted is None:
        if free:
            return
        raise BadInput("neither energy nor time has a price, so nothing limits a charge",
                       field="elements")  # fmt: skip
    covered = 0
    for number, component in _charging(elements):
        if component.type is wanted:
            covered |= grid.cells[number]
    gap = grid.full & ~covered
    if gap:
        raise BadInput(
            f"{wanted} has no price {grid.described(gap)}; add an element without restrictions "
            "at the end",
            field="elements",
        )


def _component(element: TariffElement, dimension: Dimension) -> PriceComponent | None:
    return next((each for each in element.price_components if each.type is dimension), None)
