"""``strom price``: a receipt reckoned again, or what any tariff makes of any readings."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from app.charging.errors import BadInput
from app.charging.money import SATS, Rate, sat_rate
from app.charging.pricing import Dimension, Tariff
from app.charging.pricing.itemised import Item, Itemised, charged_msat, itemised
from app.charging.pricing.totals import Amount
from app.checkout.receipts import Again, decode, price_again
from app.checkout.receipts.document import ReadingLine, rounded
from app.entrypoints.price_readings import readings_of, steady
from app.records.tariff_json import tariff_from

_UNITS = {
    Dimension.ENERGY: (1_000_000_000, "kWh", "/kWh"),
    Dimension.TIME: (60_000_000, "min", "/h"),
    Dimension.PARKING_TIME: (60_000_000, "min", "/h"),
    Dimension.FLAT: (1, "×", ""),
}
_NAMES = {
    Dimension.ENERGY: "energy",
    Dimension.TIME: "charging",
    Dimension.PARKING_TIME: "standing",
    Dimension.FLAT: "per charge",
}


def price_receipt(path: Path) -> tuple[str, bool]:
    """A receipt priced again, as text, and whether it is the same to the msat."""
    again = price_again(decode(_text(path)))
    lines = list(_itemised(again.tariff, again.itemised))
    lines += [_rate(again.rate), f"charged  {again.charged_msat} msat", _verdict(again)]
    return "\n".join(lines), again.agrees


def price_readings(
    tariff_path: Path, readings: Sequence[ReadingLine], zone: str, msat_per_unit: Decimal | None
) -> str:
    """What readings cost under a tariff, as text."""
    tariff = read_tariff(tariff_path, zone)
    found = itemised(tariff, readings)
    lines = list(_itemised(tariff, found))
    at = readings[0].at if readings else datetime.now(UTC)
    rate = sat_rate(at) if tariff.currency == SATS else None
    if msat_per_unit is not None:
        rate = Rate(tariff.currency, msat_per_unit, "as given", at)
    if rate is not None and found is not None:
        lines += [_rate(rate), f"charged  {charged_msat(tariff, rate, found.tally)} msat"]
    return "\n".join(lines)


def read_tariff(path: Path, zone: str) -> Tariff:
    """A tariff from a file: our form, or that of OCPI, alone or in its envelope."""
    raw = _json(path)
    if isinstance(raw, dict) and "elements" not in raw:
        raw = raw.get("tariff", raw.get("data", raw))
    return tariff_from(raw[0] if isinstance(raw, list) and raw else raw, time_zone=zone)


def read_readings(path: Path) -> list[ReadingLine]:
    """Readings from CSV or JSON, or the periods of an OCPI CDR."""
    return readings_of(_text(path), is_csv=path.suffix.lower() == ".csv")


def even_readings(energy_kwh: Decimal, power_kw: Decimal, start: datetime) -> list[ReadingLine]:
    """A charge at a steady power."""
    return steady(energy_kwh, power_kw, start)


def _itemised(tariff: Tariff, found: Itemised | None) -> Iterator[str]:
    if found is None:
        yield "no reading with a register: nothing is priced"
        return
    for item in found.items:
        yield _line(tariff, item)
    if found.bound != Amount():
        kind = "least price" if found.bound.incl_vat >= 0 else "most price"
        yield f"{kind:<11}{'':45}{_money(found.bound.incl_vat):>14}"
    for vat in found.vat:
        rate = "no VAT rate" if vat.percent is None else f"VAT {vat.percent.normalize():f} %"
        net, gross = vat.amount.excl_vat, vat.amount.incl_vat
        yield f"{rate:<12} net {_money(net)}  VAT {_money(gross - net)}  gross {_money(gross)}"
    yield f"total    {_money(found.total.incl_vat)} {tariff.currency} with VAT"


def _line(tariff: Tariff, item: Item) -> str:
    unit, name, per = _UNITS[item.dimension]
    quantity = rounded(Fraction(item.quantity, unit), Decimal("0.001"))
    kind = _NAMES[item.dimension] + (", step" if item.is_step else "")
    net = "" if tariff.tax_included else " net"
    price = f"{item.component.price.normalize():f} {tariff.currency}{per}{net}"
    return (
        f"{kind:<16}{quantity:>12} {name:<4}at {price:<22}{_money(item.amount.incl_vat):>14}"
        f"  {item.begins:%Y-%m-%d %H:%M:%S}–{item.ends:%H:%M:%S} UTC"
    )


def _money(value: Fraction) -> str:
    return f"{rounded(value)}"


def _rate(rate: Rate) -> str:
    return f"rate     1 {rate.currency} = {rate.msat_per_unit} msat ({rate.source})"


def _verdict(again: Again) -> str:
    if again.agrees:
        return "the same to the msat"
    difference = again.charged_msat - again.stated_msat
    return f"DIFFERS  the receipt says {again.stated_msat} msat: {difference:+} msat"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(f"{path} is no text file") from None


def _json(path: Path) -> object:
    try:
        return json.loads(_text(path), parse_float=Decimal)
    except ValueError as error:
        raise BadInput(f"{path} is not JSON: {error}") from None
