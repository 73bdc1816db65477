"""A reserved connector is sold to whoever has the reservation's link, once, and to nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.charging.errors import Conflict
from app.records.reservations import Reservation, Reservations
from tests.checkout.world import OWNER, Shop

CODE = "abcd2345efgh"
SESSION = "resv2345resv2345"
LINK = f"garage-1+{CODE}"


async def keeps(shop: Shop, *, code: str = CODE, session_id: str = SESSION) -> None:
    until = shop.clock.now() + timedelta(hours=1)
    kept = Reservation(5, 1, until, "TAG", "o1", session_id=session_id, code=code, state="accepted")
    await Reservations(shop.tables).put(OWNER, "cp1", kept)


@pytest.mark.parametrize("status", ["Available", "Reserved", "Preparing"])
async def test_only_the_link_can_pay(shop: Shop, status: str) -> None:
    await keeps(shop)
    await shop.says(1, status)
    public = await shop.offer()
    assert (public.availability.code, public.availability.can_pay) == ("unavailable", False)
    with pytest.raises(Conflict, match="Reserved for somebody else"):
        await shop.asks()
    assert (await shop.offer(LINK)).availability.can_pay
    issued = await shop.pays(name=LINK)
    assert issued.session_id == SESSION, "whose idTag the charge point was given"
    assert (await shop.starts(SESSION)).running


@pytest.mark.parametrize("wrong", ["", "x", "abcd2345efgg", "ä"])
async def test_a_wrong_code_opens_nothing(shop: Shop, wrong: str) -> None:
    await keeps(shop)
    assert not (await shop.offer(f"garage-1+{wrong}")).availability.can_pay


async def test_a_cards_reservation_has_no_link(shop: Shop) -> None:
    await keeps(shop, code="", session_id="")
    for name in ("garage-1", "garage-1+", "garage-1+TAG"):
        assert not (await shop.offer(name)).availability.can_pay


async def test_after_its_time_the_connector_is_everybodys_and_the_link_nobodys(shop: Shop) -> None:
    await keeps(shop)
    quote = await shop.checkout.quote(await shop.offer(LINK))
    shop.clock.at += timedelta(hours=1)
    assert (await shop.offer()).availability.can_pay
    over = (await shop.offer(LINK)).availability
    assert (over.code, over.can_pay) == ("unavailable", False)
    with pytest.raises(Conflict):
        await shop.checkout.invoice(quote.token, 10_000_000)


async def test_the_link_is_good_for_one_charge(shop: Shop) -> None:
    await keeps(shop)
    await shop.has_charged(name=LINK)
    assert not (await shop.offer(LINK)).availability.can_pay
    assert (await shop.offer()).availability.can_pay, "its time is not over, but it was used"


async def test_two_payments_over_the_link_are_one_budget(shop: Shop) -> None:
    await keeps(shop)
    first, second = await shop.asks(name=LINK), await shop.asks(name=LINK)
    await shop.settles(first)
    await shop.settles(second)
    session = await shop.session(SESSION)
    assert session.balances.paid == 20_000_000
    assert (await shop.offer(LINK)).availability.code == "in_use"
