"""A hundred at once: one refund claimed, one connector paid for."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.journey import asks_for_invoice, charges, leaves, stops
from tests.chaos.lane import Lane, lane
from tests.chaos.waiting import patiently
from tests.journeys.drivers import Driver, Invoice
from tests.support.lnbits import LnbitsNode

CROWD = 100


@pytest.fixture
async def calm(tmp_path: Path, tables: str, lnbits: LnbitsNode) -> AsyncIterator[Lane]:
    async with lane(tmp_path, tables, lnbits) as made:
        yield made


async def test_a_hundred_claims_of_one_refund(calm: Lane, says: Callable[[str], None]) -> None:
    async with calm.driver() as driver:
        calm.charger.plugs_in()
        await driver.pays_invoice(await asks_for_invoice(driver, calm.charger))
        await charges(driver, calm.charger)
        await stops(driver)
        offer = await driver.gets(driver.withdraw_url)
        invoices = [await driver.makes_invoice(500) for _ in range(CROWD)]

        async def claims(bolt11: str) -> dict[str, Any]:
            return await driver.gets(offer["callback"], k1=offer["k1"], pr=bolt11)

        answers = await asyncio.gather(*map(claims, invoices))

        won = [bolt11 for bolt11, said in zip(invoices, answers, strict=True) if _ok(said)]
        reasons = Counter(said["reason"] for said in answers if not _ok(said))
        says(f"{CROWD} claims, {len(won)} accepted; the others: {dict(reasons)}")
        assert len(won) == 1
        assert all(
            answer["status"] == "ERROR" and answer["reason"]
            for answer in answers
            if not _ok(answer)
        )
        await driver.sees(refund_state="paid")
        paid = [each for each in await driver.node.payments(driver.wallet) if _is_income(each)]
        assert [each.bolt11 for each in paid] == won
        again = await claims(won[0])
        assert _ok(again), "the same invoice again is the same answer"
        other = await claims(next(each for each in invoices if each not in won))
        assert not _ok(other)
        await leaves(calm.charger)
        await calm.holds(driver)


async def test_a_hundred_payments_for_one_connector(
    calm: Lane, says: Callable[[str], None]
) -> None:
    async with AsyncExitStack() as stack:
        payer = await stack.enter_async_context(calm.driver())
        await calm.node.fund(payer.wallet.id, CROWD)
        balance = await calm.node.balance_sats(payer.wallet)
        invoices = await asyncio.gather(
            *(asks_for_invoice(payer, calm.charger, 100) for _ in range(CROWD))
        )
        drivers = [_with_page(payer, invoice) for invoice in invoices]
        calm.charger.plugs_in()

        await asyncio.gather(
            *(payer.node.pay_bolt11(payer.wallet, each.bolt11) for each in invoices)
        )

        seen = await asyncio.gather(*map(_is_decided, drivers))
        charging = [view for view in seen if view["phase"] in ("starting", "charging")]
        refunded = [view for view in seen if view["refund_state"] == "offered"]
        says(f"{CROWD} payments: {len(charging)} charges, {len(refunded)} refundable in full")
        assert len(charging) == 1
        assert len(refunded) == CROWD - 1
        assert {view["refundable_msat"] for view in refunded} == {100_000}
        winner = next(each for each, view in zip(drivers, seen, strict=True) if view in charging)
        await charges(winner, calm.charger, 200)
        await patiently(lambda: _ended(winner), "the budget to end the charge")
        assert calm.charger.starts == 1
        assert await calm.node.balance_sats(payer.wallet) == balance - 100 * CROWD
        owner = await calm.node.balance_sats(calm.owner.wallet)
        assert owner == calm.owner.started_with + 100 * CROWD


async def _is_decided(driver: Driver) -> dict[str, Any]:
    """Paid, and either charging or refundable."""

    async def decided() -> dict[str, Any] | None:
        view = await driver.view()
        return view if view.get("phase") else None

    return await patiently(decided, "a payment to be seen", 120)


async def _ended(driver: Driver) -> bool:
    return (await driver.view()).get("phase") == "ended"


def _with_page(payer: Driver, invoice: Invoice) -> Driver:
    return Driver(payer.strom, payer.node, payer.wallet, payer.browser, invoice.page)


def _ok(answer: dict[str, Any]) -> bool:
    return answer == {"status": "OK"}


def _is_income(payment: Any) -> bool:
    return payment.is_paid and payment.amount_msat == 500_000
