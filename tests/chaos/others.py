"""Journeys beside the plain one: each may be killed anywhere, and comes to the same."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.chaos.journey import (
    PAID_SATS,
    USED_SATS,
    USED_WH,
    charges,
    leaves,
    pays,
    stops,
    takes_everything_back,
)
from tests.chaos.lane import Came, Lane, lane, lane_on_a_line
from tests.chaos.pace import Pace
from tests.chaos.waiting import PATIENCE_S, patiently
from tests.journeys.address import address_of
from tests.journeys.drivers import Driver
from tests.journeys.owners import STARTING_SATS

DOUBT_S = 1.5
EXPIRY_S = 2
BLOCKED_SATS = 700
BLOCKING: dict[str, Any] = {
    "name": "Not a car park",
    "elements": [
        {
            "price_components": [
                {"type": "FLAT", "price": "0.05"},
                {"type": "ENERGY", "price": "0.50"},
                {"type": "PARKING_TIME", "price": "360"},
            ]
        }
    ],
    "max_price": "0.70",
    "grace_s": 1,
}
"""What two and a half seconds of standing come to is all that it may cost: no clock decides."""


@dataclass(frozen=True)
class Journey:
    """``opens``: the lane it needs."""

    name: str
    play: Callable[[Lane, Driver], Awaitable[Came]]
    opens: Callable[..., AbstractAsyncContextManager[Lane]] = lane

    async def once(self, lane: Lane, *deadly: str) -> list[str]:
        """Killed at each of ``deadly``; returns the names that were passed."""
        return await lane.plays(partial(self.play, lane), *deadly)


async def refund_to_an_address(lane: Lane, driver: Driver) -> Came:
    """The address comes with the payment; what is left goes there by itself."""
    async with address_of(lane.node, driver.wallet) as address:
        lane.charger.plugs_in()
        await pays(driver, lane.charger, payerdata=address.payer_data)
        await charges(driver, lane.charger)
        await stops(driver)
        await patiently(lambda: _is_refunded(driver), "the refund to come by itself")
        await leaves(lane.charger)
    return Came()


async def owner_resolves(lane: Lane, driver: Driver) -> Came:
    """The wallet is gone while it pays the refund; its owner says what has become of it."""
    line = lane.line
    assert line is not None
    lane.charger.plugs_in()
    await pays(driver, lane.charger)
    await charges(driver, lane.charger)
    await stops(driver)
    leaves_still = lane.earned_sats // USED_SATS % 2  # in every second journey of a lane
    line.fails_from_payout = line.payouts_passed + leaves_still
    await patiently(partial(_claims, driver), "the claim to be taken")
    await patiently(partial(_resolves, lane, driver), "the owner to resolve it")
    line.fails_from_payout = None
    await takes_everything_back(driver)
    await leaves(lane.charger)
    return Came()


async def lost_link(lane: Lane, driver: Driver) -> Came:
    """Found again by the PIN; then the owner makes a new one, and the old one is dead."""
    pin = str(10_000_000 + secrets.randbelow(90_000_000))
    lane.charger.plugs_in()
    await pays(driver, lane.charger, comment=pin)
    driver.finds(await patiently(partial(_by_pin, lane, driver, pin), "the link by its PIN"))
    await charges(driver, lane.charger)
    old, session_id = driver.page, (await patiently(driver.view, "the page"))["id"]
    driver.finds(await patiently(lambda: lane.owner.new_link(session_id), "a new link"))
    await stops(driver)
    await patiently(partial(_is_dead, driver, old), "the old link to be dead")
    await takes_everything_back(driver)
    await leaves(lane.charger)
    return Came()


async def forfeit(lane: Lane, driver: Driver) -> Came:
    """Nobody claims what is left: it is the owner's when its time is up."""
    lane.charger.plugs_in()
    await pays(driver, lane.charger)
    await charges(driver, lane.charger)
    await stops(driver)

    async def forfeited() -> bool:
        return (await driver.view()).get("refund_state") == "forfeited"

    await patiently(forfeited, "the refund to run out")
    await leaves(lane.charger)
    return Came(forfeited_sats=PAID_SATS - USED_SATS)


async def wallet_replaced(lane: Lane, driver: Driver) -> Came:
    """The owner connects another wallet during the charge; the one that was paid pays back."""
    lane.charger.plugs_in()
    await pays(driver, lane.charger)
    await charges(driver, lane.charger)
    new = await lane.node.create_wallet("owner's next", sats=STARTING_SATS)
    lane.strom.secrets.add(new.adminkey)
    before = await patiently(partial(_active_wallet, lane), "the owner's wallets")

    async def connected() -> bool:
        if await _active_wallet(lane) == before:
            fields = {"url": lane.node.base_url, "admin_key": new.adminkey}
            await lane.owner.post("/wallets", kind="lnbits", fields=fields)
        return await _active_wallet(lane) != before

    await patiently(connected, "the new wallet to be the owner's")
    lane.earlier.append(lane.owner.wallet)
    lane.owner.wallet = new
    await stops(driver)
    await takes_everything_back(driver)
    await leaves(lane.charger)
    assert await lane.node.balance_sats(new) == STARTING_SATS, "the wrong wallet has paid"
    return Came()


async def own_use(lane: Lane, driver: Driver) -> Came:
    """The owner charges at home: nobody pays, nothing moves."""
    [found] = await patiently(lambda: lane.owner.lists("/charge-points"), "its id")
    commands = f"/charge-points/{found['charge_point']['id']}/commands"
    lane.charger.plugs_in()

    async def under_way() -> str:
        newest = await _open_session(lane)
        if newest is None:
            await lane.owner.post(commands, action="start", connector=1)
            newest = await _open_session(lane)
        return str(newest["id"]) if newest else ""

    session_id = await patiently(under_way, "the owner's charge")
    device = lane.charger.device
    await device.wait_for(status="Charging", transaction_known=True, timeout=PATIENCE_S)
    lane.charger.delivers(USED_WH)

    async def over() -> bool:
        session = (await lane.owner.session(session_id))["session"]
        if session["is_open"] and session["energy_wh"] == USED_WH and not session["ended_at"]:
            await lane.owner.post(commands, action="stop", connector=1)
        return session["ended_at"] is not None

    await patiently(over, "the owner's charge to end")
    await leaves(lane.charger)
    ended = (await patiently(lambda: lane.owner.session(session_id), "its end"))["session"]
    assert (ended["energy_wh"], ended["end_reason"]) == (USED_WH, "charged")
    return Came(paid_sats=0, used_sats=0, session_id=session_id)


async def blocking_fee(lane: Lane, driver: Driver) -> Came:
    """Full, and it stands there until the most a charge may cost; the rest goes back after that."""
    lane.charger.plugs_in()
    await pays(driver, lane.charger)
    await charges(driver, lane.charger)

    async def all_of_the_fee() -> bool:
        lane.charger.delivers(0)
        return (await driver.view()).get("cost_msat") == BLOCKED_SATS * 1000

    await patiently(all_of_the_fee, "the page to show the fee")

    async def stopped() -> bool:
        view = await driver.view()
        if view.get("phase") == "charging" and not view["stop_pending"]:
            await driver.stops()
        return view.get("phase") in ("finishing", "ended")

    await patiently(stopped, "the charge to stop")
    await leaves(lane.charger)
    await takes_everything_back(driver)
    return Came(used_sats=BLOCKED_SATS)


JOURNEYS = (
    Journey("refund to an address", refund_to_an_address),
    Journey("owner resolves", owner_resolves, partial(lane_on_a_line, pace=Pace(doubt_s=DOUBT_S))),
    Journey("lost link", lost_link),
    Journey("blocking fee", blocking_fee, partial(lane, price=BLOCKING)),
    Journey("forfeit", forfeit, partial(lane, pace=Pace(refund_expiry_s=EXPIRY_S))),
    Journey("wallet replaced", wallet_replaced),
    Journey("own use", own_use),
)


async def _is_refunded(driver: Driver) -> bool:
    return (await driver.view()).get("refund_state") == "paid"


async def _is_dead(driver: Driver, page: str) -> bool:
    return (await driver.browser.get(f"{page}.json")).status_code == 404


async def _claims(driver: Driver) -> bool:
    view = await driver.view()
    if view.get("refund_state") == "offered":
        await driver.node.redeem_withdraw(driver.wallet, driver.withdraw_url)
    return view.get("refund_state") in ("in_flight", "paid")


async def _resolves(lane: Lane, driver: Driver) -> bool:
    """As an owner does who looks into the wallet itself."""
    found = await lane.owner.lists("/refunds")
    for refund in (each for each in found if each["state"] == "stuck"):
        sent = await lane.node.payments(lane.owner.wallet)
        was_paid = any(p.payment_hash == refund["payment_hash"] and p.is_paid for p in sent)
        await lane.owner.post(
            f"/refunds/{refund['session_id']}/resolve",
            payment_hash=refund["payment_hash"],
            outcome="paid" if was_paid else "failed",
        )
    return (await driver.view()).get("refund_state") in ("paid", "offered")


async def _by_pin(lane: Lane, driver: Driver, pin: str) -> str:
    name = lane.charger.address.partition("@")[0]
    answer = await driver.browser.post(f"{lane.strom.url}/c/{name}/mine/pin", data={"pin": pin})
    place = answer.headers.get("location", "")
    return f"{lane.strom.url}{place}" if place.startswith("/s/") else ""


async def _active_wallet(lane: Lane) -> str:
    found = await lane.owner.lists("/wallets")
    return next(str(each["id"]) for each in found if each["status"] == "active")


async def _open_session(lane: Lane) -> dict[str, Any] | None:
    found = (await lane.owner.get("/sessions?limit=3"))["sessions"]
    return next((each for each in found if each["is_open"]), None)
