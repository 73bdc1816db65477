"""Wallets that tell: a charge starts when it is paid, not when we would next have asked."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.journeys.chargers import Charger
from tests.journeys.drivers import Driver
from tests.journeys.holding_wallets import SATS, Line, holding_wallet
from tests.journeys.owners import Owner
from tests.journeys.waiting import until

QUESTIONS = 4
"""After so many the next comes eight seconds later."""
NEXT_QUESTION_S = 8


@pytest.fixture(params=["nwc", "lnd"])
async def wallet(
    request: pytest.FixtureRequest, owner: Owner, tmp_path: Path
) -> AsyncIterator[Line]:
    async with holding_wallet(request.param, owner, tmp_path) as line:
        yield line


async def test_a_charge_starts_before_the_wallet_would_have_been_asked_again(
    owner: Owner, wallet: Line, charger: Charger, driver: Driver
) -> None:
    charger.plugs_in()
    invoice = await driver.asks_for_invoice(charger.address, SATS)

    async def asked() -> int:
        return wallet.asked()

    await until(asked, lambda times: times >= QUESTIONS, f"{QUESTIONS} questions")
    asked_at = time.monotonic()
    await wallet.pays(invoice.bolt11)
    await charger.was_told_to_start()

    assert time.monotonic() - asked_at < NEXT_QUESTION_S - 1
    await charger.charges()

    async def taken() -> bool:
        return wallet.is_taken()

    await until(taken, bool, "the held payment to be taken")
