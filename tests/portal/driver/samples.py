"""A charge point, a charge in each of its states, and an invoice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.charging.money import Rate
from app.charging.pricing import (
    Dimension,
    Price,
    PriceComponent,
    Restrictions,
    Tariff,
    TariffElement,
    begun,
    plain_elements,
    read,
)
from app.charging.pricing.itemised import charged_msat, itemised
from app.charging.pricing.stretches import UWH_PER_WH
from app.charging.session import Limits
from app.checkout.offers import Availability, AvailabilityCode, Offer
from app.checkout.receipts import Receipt
from app.checkout.receipts.document import (
    Books,
    Party,
    PaymentLine,
    Place,
    ReadingLine,
    RefundLine,
    VatLine,
    money,
)
from app.checkout.receipts.making import line
from app.checkout.view import SessionView
from app.invoices import REGTEST, InvoiceDraft, sign
from app.portal.driver.ports import Facts
from app.records.charge_points import ChargePoint, Connector, Location
from app.records.owners import Tenant
from app.records.tariff_json import tariff_json

NOW = datetime(2026, 5, 30, 12, 0, tzinfo=UTC)
TENANT = "k3n9x0qv7t2m"
SESSION_ID = "s7h2kq9d4w1z8x5c"
MAC = "n5xq2z7k3v8b1m6c9l4j0h5g2f"
TOKEN = f"{TENANT}.{SESSION_ID}.{MAC}"
HOST = "strom.example"
RATE = Decimal("1061457.881")

BOLT11 = sign(
    InvoiceDraft(
        network=REGTEST,
        amount_msat=4_777_000,
        payment_hash="ab" * 32,
        payment_secret="cd" * 32,
        created_at=NOW,
        expiry_s=600,
        memo="Charge at Garage Süd",
    ),
    b"\x07" * 32,
)
VERIFY_TOKEN = f"{TENANT}.{SESSION_ID}.{'ab' * 32}.{BOLT11}.{MAC}"

TARIFF = Tariff("t1", 3, "Day", "EUR", plain_elements(Decimal("0.45"), Decimal("0.50")), NOW)


def slots(*prices: str, begins: datetime = NOW - timedelta(minutes=30)) -> Tariff:
    """A price curve, an hour each."""
    hour = timedelta(hours=1)
    elements = tuple(
        TariffElement(
            (PriceComponent(Dimension.ENERGY, Decimal(price), Decimal(19)),),
            Restrictions(begins=begins + n * hour, ends=begins + (n + 1) * hour),
        )
        for n, price in enumerate(prices)
    )
    return Tariff("t3", 1, "Spot", "EUR", elements, NOW, "Europe/Berlin")


def offer(
    code: AvailabilityCode = "available",
    message: str = "Available.",
    *,
    mode: Any = "live",
    tariff: Tariff = TARIFF,
    connectors: int = 1,
    chosen: int | None = 1,
    host: str = HOST,
) -> Offer:
    plugs = tuple(Connector(n, f"garage-{n}") for n in range(1, connectors + 1))
    return Offer(
        tenant=Tenant(
            TENANT,
            "Solarhof Brunner",
            "active",
            mode,
            "hilfe@solarhof.example",
            NOW,
            contact_phone="+49 89 1234567",
        ),
        location=Location(
            "l1",
            "Garage Süd",
            "Lindenweg 12",
            "München",
            "80331",
            "DE",
            Decimal("48.1"),
            Decimal("11.5"),
            "Europe/Berlin",
            "EUR",
        ),
        charge_point=ChargePoint(
            "c1", "path", "Wallbox left", "garage-sued", "l1", "t1", "", NOW, plugs
        ),
        connector=None if chosen is None else plugs[chosen - 1],
        tariff=tariff,
        rate=Rate("EUR", RATE, "Kraken", NOW) if code != "not_ready" else None,
        availability=Availability(
            code, message, code in ("available", "preparing") and chosen is not None
        ),
        address=f"garage-1@{host}",
        status="Available",
    )


def view(**changes: Any) -> SessionView:
    """A charge that runs."""
    values: dict[str, Any] = {
        "id": SESSION_ID,
        "sequence": 7,
        "phase": "charging",
        "end": None,
        "energy_wh": 7_684,
        "power_w": 10_940,
        "soc_percent": 64,
        "cost_msat": 4_201_126,
        "paid_msat": 10_084_000,
        "budget_msat": 10_084_000,
        "affordable_wh": 20_000,
        "remaining_wh": 12_316,
        "time_left_s": 4052,
        "until": NOW + timedelta(seconds=4052),
        "refundable_msat": 0,
        "refund_state": "none",
        "refunded_msat": 0,
        "residue_msat": 0,
        "stop_pending": False,
        "started_at": NOW - timedelta(minutes=43),
        "ended_at": None,
        "charge_point": "Wallbox left",
        "connector": 1,
        "connector_status": "Charging",
        "location": "Garage Süd",
        "location_address": "Lindenweg 12, 80331 München",
        "owner": "Solarhof Brunner",
        "contact_email": "hilfe@solarhof.example",
        "contact_phone": "+49 89 1234567",
        "tariff": "0.45 EUR/kWh + 0.50 EUR per charge (1 EUR = 1061.46 sats)",
    }
    return SessionView(**{**values, **changes})


def starting(**changes: Any) -> SessionView:
    return view(
        **{
            "phase": "starting",
            "energy_wh": 0,
            "power_w": None,
            "soc_percent": None,
            "cost_msat": 0,
            "remaining_wh": 20_000,
            "time_left_s": None,
            "started_at": None,
            "connector_status": "Preparing",
            **changes,
        }
    )


def ended(**changes: Any) -> SessionView:
    return view(
        **{
            "phase": "ended",
            "end": "charged",
            "power_w": None,
            "time_left_s": None,
            "refundable_msat": 5_882_000,
            "refund_state": "offered",
            "residue_msat": 874,
            "ended_at": NOW - timedelta(minutes=2),
            "refund_until": NOW + timedelta(days=90, minutes=-2),
            "connector_status": "Finishing",
            **changes,
        }
    )


def facts(*, is_sandbox: bool = False) -> Facts:
    return Facts(
        tenant=TENANT,
        is_sandbox=is_sandbox,
        language="en",
        tariff=TARIFF,
        rate=Rate("EUR", RATE, "Kraken", NOW),
        tally=read(TARIFF, begun(NOW), NOW + timedelta(hours=1), 3_684 * UWH_PER_WH),
        power_w=11_000,
        start_by=NOW + timedelta(minutes=3),
        time_zone="Europe/Berlin",
        address_name="garage-1",
        limits=Limits(fee_floor_msat=5000),
    )


def receipt(readings_: int = 4, *, tariff: Tariff | None = None, sandbox: bool = False) -> Receipt:
    """An hour of charging at a price that changed, with a reading every so often."""
    priced = tariff or replace(slots("0.32", "0.25"), min_price=Price(incl_vat=Decimal(2)))
    begun_at, rate = NOW, Rate("EUR", RATE, "Kraken", NOW - timedelta(minutes=2))
    readings = tuple(
        ReadingLine(
            begun_at + n * timedelta(hours=1) / (readings_ - 1),
            120_000 + 11_000 * n // (readings_ - 1),
            11_000 if n else None,
            40 + n * 20 // readings_ if n else None,
        )
        for n in range(readings_)
    )
    found = itemised(priced, readings)
    assert found is not None
    cost = charged_msat(priced, rate, found.tally)
    return Receipt(
        session=SESSION_ID,
        sandbox=sandbox,
        seller=Party("Solarhof Brunner", "hilfe@solarhof.example", "+49 89 1234567"),
        place=Place(
            "Garage Süd",
            "Lindenweg 12, 80331 München",
            "Europe/Berlin",
            "Wallbox left",
            1,
            "garage-1@strom.example",
        ),
        quoted_at=NOW - timedelta(minutes=2),
        begun_at=begun_at,
        ended_at=begun_at + timedelta(hours=1),
        end="charged",
        energy_wh=11_000,
        meter_start_wh=120_000,
        meter_end_wh=131_000,
        charged_msat=cost,
        tariff=tariff_json(priced),
        rate=rate,
        lines=tuple(line(item) for item in found.items),
        bound=money(found.bound),
        vat=tuple(VatLine(each.percent, money(each.amount)) for each in found.vat),
        total=money(found.total),
        books=Books(10_084_000, cost, 0, 0, 0, 10_084_000 - cost - 404, 0, 404),
        payments=(PaymentLine("ab" * 32, 10_084_000, NOW),),
        refunds=(RefundLine("offered", 10_084_000 - cost - 404, NOW + timedelta(hours=1)),),
        readings=readings,
    )
