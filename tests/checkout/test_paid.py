"""What the holder of a session's link may do."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from app.charging import effects as ef
from app.charging.errors import BadInput, Conflict, NotFound
from app.charging.events import MeterRead
from app.charging.session import End, Phase
from app.checkout.errors import NotYetPaid
from app.tokens import SESSION
from tests.checkout.world import OWNER, FakeWallet, Shop


async def test_the_link_is_inert_until_it_is_paid(shop: Shop) -> None:
    issued = await shop.asks()
    with pytest.raises(NotYetPaid):
        await shop.checkout.session(issued.session_token)
    with pytest.raises(NotYetPaid):
        await shop.checkout.stop(issued.session_token)
    with pytest.raises(NotYetPaid):
        await shop.checkout.withdraw_offer(issued.session_token)
    await shop.settles(issued)
    view = await shop.checkout.session(issued.session_token)
    assert (view.phase, view.paid_msat, view.budget_msat) == ("starting", 10_000_000, 10_000_000)
    assert isinstance(shop.commands[0], ef.StartCharging)


@pytest.mark.parametrize("token", ["", "x", "a.b", "a.b.c", "ü.b.c", "a.b.c.d"])
async def test_a_forged_link_is_not_found(shop: Shop, token: str) -> None:
    with pytest.raises(NotFound):
        await shop.checkout.session(token)


async def test_a_link_of_another_purpose_is_not_found(shop: Shop) -> None:
    issued = await shop.pays()
    other = shop.signer.token("webhook", OWNER, issued.session_id)
    assert other != shop.signer.token(SESSION, OWNER, issued.session_id)
    with pytest.raises(NotFound):
        await shop.checkout.session(other)


async def test_the_view_tells_energy_cost_and_time_left(shop: Shop) -> None:
    issued = await shop.pays()
    await shop.starts(issued.session_id)
    shop.clock.at += timedelta(minutes=10)
    read = MeterRead(shop.clock.now(), 77, 5000, 11_000, 55)
    await shop.flow.record(OWNER, issued.session_id, [read])
    view = await shop.checkout.session(issued.session_token)
    assert (view.phase, view.energy_wh, view.power_w, view.soc_percent) == (
        "charging",
        4000,
        11_000,
        55,
    )
    assert view.cost_msat == 2_000_000
    assert (view.affordable_wh, view.remaining_wh) == (20_000, 16_000)
    assert view.time_left_s == 16_000 * 3600 // 11_000
    assert (view.charge_point, view.connector, view.location) == ("Garage left", 1, "Home")
    assert (view.contact_email, view.contact_phone) == ("ada@example.org", "+49 30 123456")
    assert view.tariff == "0.50 EUR/kWh (1 EUR = 1000 sats)"
    assert view.connector_status == "Available"
    assert msgspec.json.encode(view)


async def test_the_sequence_grows_with_each_change(shop: Shop) -> None:
    issued = await shop.pays()
    before = (await shop.checkout.session(issued.session_token)).sequence
    await shop.starts(issued.session_id)
    assert (await shop.checkout.session(issued.session_token)).sequence > before


async def test_stopping_owes_one_stop(shop: Shop) -> None:
    issued = await shop.pays()
    await shop.starts(issued.session_id)
    for _ in range(3):
        view = await shop.checkout.stop(issued.session_token)
    assert (view.phase, view.stop_pending) == ("stopping", True)
    assert sum(isinstance(c, ef.StopCharging) for c in shop.commands) == 1


async def test_stopping_before_the_start_gives_everything_back(shop: Shop) -> None:
    issued = await shop.pays()
    view = await shop.checkout.stop(issued.session_token)
    assert (view.phase, view.end, view.refund_state) == ("ended", "cancelled", "offered")
    assert view.refundable_msat == 10_000_000


async def test_a_top_up_extends_the_budget(shop: Shop) -> None:
    issued = await shop.pays()
    await shop.starts(issued.session_id)
    offer = await shop.checkout.top_up_offer(issued.session_token)
    assert offer == await shop.checkout.top_up_offer(issued.session_token)
    more = await shop.checkout.top_up(issued.session_token, offer.min_msat)
    assert more.session_token == issued.session_token
    await shop.settles(more)
    view = await shop.checkout.session(issued.session_token)
    assert view.budget_msat == 10_000_000 + offer.min_msat


async def test_a_top_up_that_is_paid_too_late_goes_back(shop: Shop) -> None:
    issued = await shop.pays()
    await shop.starts(issued.session_id)
    more = await shop.checkout.top_up(issued.session_token, 2_000_000)
    await shop.stops(issued.session_id, 6000)
    await shop.settles(more)
    view = await shop.checkout.session(issued.session_token)
    assert view.refundable_msat == 10_000_000 + 2_000_000 - 3_000_000


async def test_nothing_is_added_to_a_charge_that_is_over(shop: Shop) -> None:
    issued = await shop.has_charged()
    with pytest.raises(Conflict, match="over"):
        await shop.checkout.top_up_offer(issued.session_token)
    with pytest.raises(Conflict, match="over"):
        await shop.checkout.top_up(issued.session_token, 5_000_000)


async def test_a_top_up_of_a_wrong_amount_or_to_a_dead_wallet_is_refused(shop: Shop) -> None:
    issued = await shop.pays()
    for amount_msat in (0, 999, 1_001, 300_001_000):
        with pytest.raises(BadInput):
            await shop.checkout.top_up(issued.session_token, amount_msat)
    shop.wallets.wallet = FakeWallet(spendable=None)
    with pytest.raises(Exception, match="cannot be reached"):
        await shop.checkout.top_up(issued.session_token, 5_000_000)


async def test_the_second_payer_of_a_connector_is_refunded(shop: Shop) -> None:
    first, second = await shop.asks(), await shop.asks(7_000_000)
    await shop.settles(first)
    await shop.settles(second)
    lost = await shop.session(second.session_id)
    assert (lost.phase, lost.end) == (Phase.ENDED, End.CONNECTOR_TAKEN)
    offer = await shop.checkout.withdraw_offer(second.session_token)
    assert (offer.state, offer.amount_msat) == ("offered", 7_000_000)


async def test_the_cable_is_released_after_the_end(shop: Shop) -> None:
    issued = await shop.pays()
    await shop.starts(issued.session_id)
    with pytest.raises(Conflict, match="Stop the charge first"):
        await shop.checkout.unlock(issued.session_token)
    await shop.stops(issued.session_id, 100)
    await shop.checkout.unlock(issued.session_token)
    assert shop.unlocker.unlocked == [(OWNER, "cp1", 1)]


async def test_nobody_releases_the_next_drivers_cable(shop: Shop) -> None:
    first = await shop.has_charged()
    await shop.pays()
    with pytest.raises(Conflict, match="Somebody else"):
        await shop.checkout.unlock(first.session_token)


async def test_an_old_link_releases_no_cable(shop: Shop) -> None:
    issued = await shop.has_charged()
    shop.clock.at += timedelta(seconds=3601)
    with pytest.raises(Conflict, match="too long ago"):
        await shop.checkout.unlock(issued.session_token)


async def test_a_payment_is_seen_by_asking_the_wallet(shop: Shop) -> None:
    issued = await shop.asks()
    asked = (OWNER, issued.session_id, issued.payment_hash)
    assert not (await shop.checkout.payment_seen(*asked)).seen
    await shop.payer.pay(OWNER, issued.bolt11)
    shop.clock.at += timedelta(seconds=2)
    status = await shop.checkout.payment_seen(*asked)
    assert (status.seen, status.settled) == (True, True)


async def test_polling_asks_the_wallet_once_in_a_while(shop: Shop) -> None:
    issued = await shop.asks()
    wallet = shop.wallets.wallet = FakeWallet()
    for _ in range(10):
        await shop.checkout.payment_seen(OWNER, issued.session_id, issued.payment_hash)
    assert wallet.look_ups == 1


async def test_a_lost_hint_only_delays(shop: Shop) -> None:
    issued = await shop.asks()
    await shop.payer.pay(OWNER, issued.bolt11)
    await shop.sweeps(after_s=3)
    assert (await shop.session(issued.session_id)).phase is Phase.STARTING


async def test_a_hint_is_followed_although_the_wallet_is_asked_a_lot(shop: Shop) -> None:
    issued = await shop.asks()
    asked_s = shop.clock.at
    while shop.clock.at == asked_s:  # the hint waits only once the wallet's budget is used up
        await shop.checkout.hint(OWNER, issued.session_id, issued.payment_hash)
    await shop.settles(issued)
    assert (await shop.session(issued.session_id)).balances.paid == issued.amount_msat
