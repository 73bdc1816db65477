"""A wallet that is down, slow, or fails after it has done what it was asked."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import pytest

from tests.chaos.journey import asks_for_invoice, charges, leaves, stops, takes_everything_back
from tests.chaos.lane import Lane, lane
from tests.chaos.others import refund_to_an_address
from tests.chaos.points import everything
from tests.chaos.waiting import patiently
from tests.journeys.drivers import Driver
from tests.journeys.wallet_line import State, WalletLine, wallet_line
from tests.support.lnbits import LnbitsNode

SEEDS = range(20 if everything() else 3)
ALREADY_PAID = b'{"detail": "Internal invoice already paid.", "status": "failed"}'
TROUBLE: tuple[State, ...] = ("down", "fails", "loses answers", "fails after", "slow")


@pytest.fixture
async def line(lnbits: LnbitsNode) -> AsyncIterator[WalletLine]:
    async with wallet_line(lnbits.base_url) as line:
        yield line


@pytest.fixture
async def at_home(
    tmp_path: Path, tables: str, lnbits: LnbitsNode, line: WalletLine
) -> AsyncIterator[Lane]:
    async with lane(tmp_path, tables, lnbits, wallet_url=line.url) as made:
        yield made


@pytest.mark.parametrize("state", ["down", "fails", "slow"])
async def test_in_trouble_when_the_payment_arrives(
    at_home: Lane, line: WalletLine, state: State
) -> None:
    async with at_home.driver() as driver:
        at_home.charger.plugs_in()
        invoice = await asks_for_invoice(driver, at_home.charger)
        line.state, line.slow_s = state, 10.0  # longer than a question may take
        await driver.pays_invoice(invoice)
        assert await driver.view() == {}, "nobody can know of the payment"
        line.comes_up()
        await charges(driver, at_home.charger)
        await stops(driver)
        await takes_everything_back(driver)
        await leaves(at_home.charger)
        await at_home.holds(driver)


@pytest.mark.parametrize("state", ["down", "fails", "slow"])
async def test_in_trouble_while_the_refund_is_claimed(
    at_home: Lane, line: WalletLine, state: State
) -> None:
    at_connecting = line.payouts_passed
    async with at_home.driver() as driver:
        await _charged(at_home, driver)
        line.state, line.slow_s = state, 5.0  # longer than a payout may take
        claimed = await driver.node.redeem_withdraw(driver.wallet, driver.withdraw_url)
        view = await driver.sees(refund_state="in_flight")
        assert view["refundable_msat"] == 0
        line.comes_up()
        await driver.node.wait_until_paid(driver.wallet, claimed.payment_hash, 60)
        await _ends_well(at_home, driver)
    assert line.payouts_passed == at_connecting + 1


@pytest.mark.parametrize(
    "failure",
    [(500, b'{"detail": "Something"}'), (502, b"<html>"), (503, b"{}"), (520, ALREADY_PAID)],
    ids=lambda failure: str(failure[0]),
)
async def test_5xx_after_having_paid(
    at_home: Lane, line: WalletLine, failure: tuple[int, bytes]
) -> None:
    at_connecting = line.payouts_passed
    async with at_home.driver() as driver:
        await _charged(at_home, driver)
        line.state, line.failure, line.fails_only_payouts = "fails after", failure, True
        await takes_everything_back(driver)
        await _ends_well(at_home, driver)
    assert line.payouts_passed == at_connecting + 1


async def test_5xx_to_everything_after_having_paid(at_home: Lane, line: WalletLine) -> None:
    at_connecting = line.payouts_passed
    async with at_home.driver() as driver:
        await _charged(at_home, driver)

        line.fails_from_payout = at_connecting + 1
        claimed = await driver.node.redeem_withdraw(driver.wallet, driver.withdraw_url)
        await driver.node.wait_until_paid(driver.wallet, claimed.payment_hash)
        await driver.sees(refund_state="in_flight")
        line.fails_from_payout = None
        await _ends_well(at_home, driver)
    assert line.payouts_passed == at_connecting + 1


async def test_5xx_after_having_paid_an_address(at_home: Lane, line: WalletLine) -> None:
    at_connecting = line.payouts_passed
    line.state, line.fails_only_payouts = "fails after", True
    await at_home.plays(partial(refund_to_an_address, at_home))
    assert line.payouts_passed == at_connecting + 1


async def test_slow_all_along(at_home: Lane, line: WalletLine) -> None:
    at_connecting = line.payouts_passed
    line.state, line.slow_s = "slow", 1.0
    await at_home.charges_once()
    assert line.payouts_passed == at_connecting + 1


@pytest.mark.parametrize("seed", SEEDS)
async def test_every_third_request_goes_wrong(
    at_home: Lane, line: WalletLine, seed: int, says: Callable[[str], None]
) -> None:
    chance = random.Random(seed)
    wrong = 0
    line.slow_s = 1.0

    def mood() -> State:
        nonlocal wrong
        if chance.randrange(3):
            return "up"
        wrong += 1
        return chance.choice(TROUBLE)

    line.mood = mood
    await at_home.charges_once()
    line.mood = None  # the audit at the end asks about everything
    says(f"seed {seed}: {wrong} requests went wrong, {line.payouts_passed} payouts sent")


async def _charged(lane: Lane, driver: Driver) -> None:
    """A charge that has ended; its refund is offered."""
    lane.charger.plugs_in()
    await driver.pays_invoice(await asks_for_invoice(driver, lane.charger))
    await charges(driver, lane.charger)
    await stops(driver)
    await driver.sees(refund_state="offered")


async def _ends_well(lane: Lane, driver: Driver) -> None:
    async def paid() -> bool:
        return (await driver.view()).get("refund_state") == "paid"

    await patiently(paid, "the refund to be known as paid")
    await leaves(lane.charger)
    await lane.holds(driver)
