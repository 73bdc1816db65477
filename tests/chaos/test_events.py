"""Events doubled, late, and in any order: webhooks of wallets, messages of charge points."""

from __future__ import annotations

import asyncio
import json
import random
import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.simulator.journal import SENT
from app.simulator.sockets import Offline
from tests.chaos.journey import asks_for_invoice, charges, leaves, stops, takes_everything_back
from tests.chaos.lane import Lane, lane
from tests.chaos.points import everything
from tests.support.lnbits import LnbitsNode

SEEDS = range(10 if everything() else 2)
TOLD = ("StartTransaction", "MeterValues", "StopTransaction")


@pytest.fixture
async def calm(tmp_path: Path, tables: str, lnbits: LnbitsNode) -> AsyncIterator[Lane]:
    async with lane(tmp_path, tables, lnbits) as made:
        yield made


async def test_webhooks_before_during_and_long_after_the_payment(calm: Lane) -> None:
    async with calm.driver() as driver:
        calm.charger.plugs_in()
        invoice = await asks_for_invoice(driver, calm.charger)
        hook = await _webhook(calm)
        await _calls(hook, times=10)  # too early: nothing is paid
        assert await driver.view() == {}
        _, _ = await asyncio.gather(_calls(hook, times=30), driver.pays_invoice(invoice))
        await _calls(hook, times=30)
        await charges(driver, calm.charger)
        await _calls(hook, times=10)
        await stops(driver)
        await takes_everything_back(driver)
        await _calls(hook, times=10)
        await leaves(calm.charger)
        await _calls(hook, times=10)
        await calm.holds(driver)
    assert calm.charger.starts == 1


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_charge_point_that_says_everything_again_in_any_order(
    calm: Lane, seed: int, says: Callable[[str], None]
) -> None:
    chance, said = random.Random(seed), 0
    async with calm.driver() as driver:
        calm.charger.plugs_in()
        await driver.pays_invoice(await asks_for_invoice(driver, calm.charger))
        await charges(driver, calm.charger)
        said += await _says_again(calm, chance)
        assert (await driver.view())["energy_wh"] == 1_000
        await stops(driver)
        said += await _says_again(calm, chance)
        await takes_everything_back(driver)
        said += await _says_again(calm, chance)
        await leaves(calm.charger)
        said += await _says_again(calm, chance)
        await calm.holds(driver)
    await calm.charges_once()  # and what it repeats does not touch the next charge
    said += await _says_again(calm, chance)
    await calm.charges_once()
    says(f"seed {seed}: {said} messages said again")


async def _webhook(lane: Lane) -> str:
    found = await lane.node.call("GET", "/api/v1/payments?limit=10", key=lane.owner.wallet.inkey)
    return str(next(payment["webhook"] for payment in found if payment.get("webhook")))


async def _calls(hook: str, times: int) -> None:
    """All at once, as a wallet that has lost its mind."""
    async with httpx.AsyncClient(timeout=30, trust_env=False) as wallet:
        answers = await asyncio.gather(*(wallet.post(hook, json="{}") for _ in range(times)))
    assert {answer.status_code for answer in answers} == {200}


async def _says_again(lane: Lane, chance: random.Random) -> int:
    """Every transaction message so far, some of them twice, shuffled; then all is heard."""
    device = lane.charger.device
    told = [(entry.action, entry.payload) for action in TOLD for entry in _sent(lane, action)]
    again = told + chance.sample(told, len(told) // 2)
    chance.shuffle(again)
    link = device._uplink.link
    assert link is not None
    for action, payload in again:
        try:
            await link.socket.send(json.dumps([2, secrets.token_hex(8), action, payload]))
        except Offline:
            break
        await asyncio.sleep(0.02)  # one at a time, as the standard wants it
    await asyncio.sleep(1)
    return len(again)


def _sent(lane: Lane, action: str) -> list[Any]:
    return [
        entry
        for entry in lane.charger.device.log
        if (entry.direction, entry.action) == (SENT, action)
    ]
