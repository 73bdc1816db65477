"""A receipt in words and numbers of a language: the page and the PDF say the same."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.charging.money import SATS
from app.checkout.receipts import Receipt
from app.checkout.receipts.document import Line, Money, ReadingLine, RefundLine
from app.portal.driver.language import translate
from app.portal.driver.numbers import NO_BREAK, Numbers

Rows = tuple[tuple[str, str], ...]
Table = tuple[tuple[str, ...], ...]

_KINDS = {
    "ENERGY": "Energy",
    "TIME": "Time of charging",
    "PARKING_TIME": "Standing without charging",
    "FLAT": "Fee for the charge",
}
_STATES = {
    "paid": "Refund paid",
    "in_flight": "Refund on its way",
    "offered": "Refund to be taken",
    "forfeited": "Refund not taken in time",
}
_FINEST = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class ShownReceipt:
    """Everything as text. Tables begin with their heads."""

    title: str
    number: str
    note: str
    facts: Rows
    items: Table
    vat: Table
    sums: Rows
    payments: Table
    readings_title: str
    readings: Table
    again: str
    doubts: str
    """How many registers were not believed, and why; empty for none."""


def shown_receipt(receipt: Receipt, language: str) -> ShownReceipt:
    """The receipt in a language, in the place's own time."""
    return _Said(receipt, language).all()


@dataclass(frozen=True, slots=True)
class _Said:
    receipt: Receipt
    language: str

    def all(self) -> ShownReceipt:
        receipt, say = self.receipt, self.say
        return ShownReceipt(
            title=say("Receipt"),
            number=receipt.session,
            note=say("Sandbox: nothing here is real money.") if receipt.sandbox else "",
            facts=tuple(self._facts()),
            items=(self._heads("What", "Quantity", "Price", "Amount"), *self._items()),
            vat=(self._heads("VAT rate", "Net", "VAT", "Gross"), *self._vat()),
            sums=tuple(self._sums()),
            payments=(self._heads("When", "What", "Amount", "Payment hash"), *self._payments()),
            readings_title=say("Readings of the meter"),
            readings=(self._heads("When", "Register", "Power", "Battery"), *self._readings()),
            again=say(
                "Anybody can reckon this again: save receipt.json and run “strom price "
                "receipt.json”."
            ),
            doubts=self._doubts(),
        )

    def say(self, text: str) -> str:
        return translate(self.language, text)

    @property
    def numbers(self) -> Numbers:
        receipt = self.receipt
        return Numbers(
            self.language,
            receipt.rate.currency,
            receipt.rate.msat_per_unit,
            receipt.place.time_zone,
        )

    def _heads(self, *texts: str) -> tuple[str, ...]:
        return tuple(self.say(text) for text in texts)

    def _facts(self) -> Iterator[tuple[str, str]]:
        receipt, place, say = self.receipt, self.receipt.place, self.say
        contact = (receipt.seller.name, receipt.seller.email, receipt.seller.phone)
        yield say("Seller"), ", ".join(each for each in contact if each)
        if place.name or place.address:
            yield say("Place"), ", ".join(each for each in (place.name, place.address) if each)
        connector = say("connector %(number)s") % {"number": place.connector}
        address = f" ({place.lightning_address})" if place.lightning_address else ""
        yield say("Charge point"), f"{place.charge_point}, {connector}{address}"
        if receipt.begun_at is not None:
            yield say("Begun"), self._moment(receipt.begun_at)
        yield say("Ended"), self._moment(receipt.ended_at)
        if receipt.begun_at is not None:
            register = (
                self._register(receipt.meter_start_wh),
                self._register(receipt.meter_end_wh),
            )
            yield say("Register"), " – ".join(register)
        yield say("Energy"), self._register(receipt.energy_wh)
        if doubts := self._doubts():
            yield say("Registers not believed"), doubts
        if receipt.tariff.get("name"):
            version = receipt.tariff.get("version", 1)
            yield say("Tariff"), f"{receipt.tariff['name']} ({version})"

        if receipt.signed:
            text = say("%(count)s, in signed-meter-values.json and receipt.json")
            yield say("Signed meter values"), text % {"count": len(receipt.signed)}

    def _items(self) -> Iterator[tuple[str, ...]]:
        for line in self.receipt.lines:
            yield (
                self._kind(line),
                self._quantity(line),
                self._price(line),
                self._money(line.amount),
            )
        if self.receipt.bound.incl_vat:
            least = self.receipt.bound.incl_vat > 0
            text = "Up to the least price" if least else "Down to the most price"
            yield self.say(text), "", "", self._money(self.receipt.bound)

    def _kind(self, line: Line) -> str:
        kind = self.say(_KINDS[line.type])
        if line.is_step:
            return f"{kind}, {self.say('billed by steps')}"
        if line.type == "FLAT":
            return kind
        return f"{kind}, {self._clock(line.begins)}–{self._clock(line.ends)}"

    def _quantity(self, line: Line) -> str:
        if line.type == "ENERGY":
            is_whole = line.quantity == int(line.quantity)
            return f"{self._plain(line.quantity / 1000, 3 if is_whole else 4)}{NO_BREAK}kWh"
        if line.type == "FLAT":
            return "1"
        return f"{self._plain(line.quantity / 60, 2)}{NO_BREAK}min"

    def _price(self, line: Line) -> str:
        unit = {"ENERGY": "/kWh", "FLAT": ""}.get(line.type, "/h")
        net = "" if self.receipt.tariff.get("tax_included") else f" {self.say('net')}"
        return f"{self.numbers.price(line.price, 4)}{unit}{net}"

    def _money(self, money: Money) -> str:
        return self._amount(money.incl_vat)

    def _amount(self, value: Decimal) -> str:
        return self.numbers.price(value.quantize(_FINEST), 4)

    def _vat(self) -> Iterator[tuple[str, ...]]:
        for each in self.receipt.vat:
            percent = (
                self.say("no rate stated")
                if each.percent is None
                else f"{self.numbers.short(each.percent)}{NO_BREAK}%"
            )
            incl, excl = (
                each.amount.incl_vat.quantize(_FINEST),
                each.amount.excl_vat.quantize(_FINEST),
            )
            yield percent, self._amount(excl), self._amount(incl - excl), self._amount(incl)

    def _sums(self) -> Iterator[tuple[str, str]]:
        receipt, say, books = self.receipt, self.say, self.receipt.books
        yield say("Total"), self._money(receipt.total)
        if receipt.rate.currency != SATS:
            rate = receipt.rate
            one = self.numbers.price(Decimal(1))
            sats = self.numbers.exact_sats(int(rate.msat_per_unit))
            yield say("Rate"), f"{one} = {sats}, {rate.source}, {self._moment(rate.at)}"
        yield say("Cost"), self.numbers.exact_sats(receipt.charged_msat)
        if books.absorbed_msat:
            yield say("Borne by the seller"), self.numbers.exact_sats(books.absorbed_msat)
        yield say("Paid"), self.numbers.exact_sats(books.paid_msat)
        back = books.refunded_msat
        if back:
            yield say("Refunded"), self.numbers.exact_sats(back)
        open_msat = books.refundable_msat + books.refund_in_flight_msat
        if open_msat:
            yield say("Still to be refunded"), self.numbers.exact_sats(open_msat)
        if books.forfeited_msat:
            yield say("Not taken in time"), self.numbers.exact_sats(books.forfeited_msat)
        if books.residue_msat:
            text = say("Rest too small for a wallet to send")
            yield text, self.numbers.exact_sats(books.residue_msat)

    def _payments(self) -> Iterator[tuple[str, ...]]:
        for paid in self.receipt.payments:
            amount = self.numbers.exact_sats(paid.amount_msat)
            yield self._moment(paid.at), self.say("Payment"), amount, paid.payment_hash
        for refund in self.receipt.refunds:
            yield self._refund(refund)

    def _refund(self, refund: RefundLine) -> tuple[str, ...]:
        amount = self.numbers.exact_sats(refund.amount_msat)
        return self._moment(refund.at), self.say(_STATES[refund.state]), amount, refund.payment_hash

    def _readings(self) -> Iterator[tuple[str, ...]]:
        for reading in self.receipt.readings:
            yield (
                self._moment(reading.at),
                self._shown_register(reading),
                "" if reading.power_w is None else self.numbers.power(reading.power_w),
                "" if reading.soc_percent is None else self.numbers.percent(reading.soc_percent),
            )

    def _doubts(self) -> str:
        count = sum(reading.doubted_wh is not None for reading in self.receipt.readings)
        text = "%(count)s: no charge point can have delivered so much; it costs nothing"
        return self.say(text) % {"count": count} if count else ""

    def _shown_register(self, reading: ReadingLine) -> str:
        found = list[str]()
        if reading.from_wh is not None:
            found.append(self.say("from %(register)s") % self._named(reading.from_wh))
        if reading.meter_wh is not None:
            found.append(self._register(reading.meter_wh))
        if reading.doubted_wh is not None:
            found.append(self.say("not believed: %(register)s") % self._named(reading.doubted_wh))
        return "; ".join(found)

    def _named(self, register_wh: int) -> dict[str, str]:
        return {"register": self._register(register_wh)}

    def _register(self, energy_wh: int) -> str:
        return f"{self._plain(Decimal(energy_wh) / 1000, 3)}{NO_BREAK}kWh"

    def _plain(self, value: Decimal, digits: int) -> str:
        return self.numbers.plain(value, digits)

    def _moment(self, at: datetime) -> str:
        return f"{self.numbers.date(at)}, {self._clock(at)}"

    def _clock(self, at: datetime) -> str:
        return f"{at.astimezone(ZoneInfo(self.receipt.place.time_zone)):%H:%M:%S}"
