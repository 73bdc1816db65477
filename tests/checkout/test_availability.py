"""Every state of the table: what may be paid, and what a wallet shows."""

from __future__ import annotations

import pytest

from app.charging.errors import NotFound, StromError, Unavailable
from app.charging.ports import Delete, Key
from app.records import keys
from tests.checkout.world import OWNER, FakeWallet, Shop


@pytest.mark.parametrize(
    ("status", "code", "can_pay"),
    [
        ("Available", "available", True),
        ("Preparing", "preparing", True),
        ("Charging", "in_use", False),
        ("SuspendedEV", "in_use", False),
        ("SuspendedEVSE", "in_use", False),
        ("Finishing", "finishing", False),
        ("Reserved", "unavailable", False),
        ("Unavailable", "unavailable", False),
        ("Faulted", "faulted", False),
        ("SomethingNew", "unavailable", False),
    ],
)
async def test_a_status_decides_whether_it_can_be_paid(
    shop: Shop, status: str, code: str, can_pay: bool
) -> None:
    await shop.says(1, status)
    offer = await shop.offer()
    assert (offer.availability.code, offer.availability.can_pay) == (code, can_pay)
    assert 0 < len(offer.availability.message) <= 144
    assert offer.status == status
    if not can_pay:
        with pytest.raises(StromError, match=offer.availability.message.split(".")[0]):
            await shop.checkout.quote(offer)


async def test_an_offline_charge_point_sells_nothing(shop: Shop) -> None:
    await shop.goes_offline()
    assert (await shop.offer()).availability.code == "offline"


async def test_a_fault_of_the_whole_charge_point_counts_for_its_plugs(shop: Shop) -> None:
    await shop.says(0, "Faulted")
    assert (await shop.offer()).availability.code == "faulted"


async def test_a_plug_that_never_said_anything_is_not_sold(shop: Shop) -> None:
    said = Key(keys.charge_point_pk(OWNER, "cp1"), "C#1")
    await shop.tables.tenant(OWNER).write([Delete(said)])
    offer = await shop.offer()
    assert (offer.availability.code, offer.availability.can_pay) == ("not_ready", False)


async def test_a_charge_point_without_plugs_sells_nothing() -> None:
    shop = await Shop(plugs=0).opens()
    assert not (await shop.offer("garage")).availability.can_pay


async def test_a_connector_that_a_session_holds_is_in_use_whatever_it_says(shop: Shop) -> None:
    await shop.pays()
    assert (await shop.offer()).availability.code == "in_use"


@pytest.mark.parametrize("status", ["pending", "suspended"])
async def test_an_owner_who_may_not_sell_does_not(shop: Shop, status: str) -> None:
    await shop.change_tenant(status=status)
    offer = await shop.offer()
    assert offer.availability.code == "not_ready"
    with pytest.raises(Unavailable):
        await shop.checkout.quote(offer)


async def test_without_a_wallet_or_a_rate_nothing_is_sold(shop: Shop) -> None:
    shop.rates.known = False
    offer = await shop.offer()
    assert (offer.availability.code, offer.rate) == ("not_ready", None)
    shop.rates.known, shop.wallets.connection = True, None
    assert (await shop.offer()).availability.code == "not_ready"


async def test_an_unknown_address_is_not_found(shop: Shop) -> None:
    with pytest.raises(NotFound):
        await shop.offer("nobody")


async def test_an_address_is_found_in_any_case_and_behind_any_proxy(shop: Shop) -> None:
    found = await shop.checkout.find("GARAGE-1", "internal.proxy:8080")
    assert (found.tenant.id, found.address) == (OWNER, "garage-1@strom.example")


async def test_a_charge_points_address_means_the_plugged_in_connector() -> None:
    shop = await Shop(plugs=3).opens()
    await shop.says(2, "Preparing")
    offer = await shop.offer("garage")
    assert offer.connector is not None
    assert (offer.connector.number, offer.availability.can_pay) == (2, True)


async def test_a_charge_points_address_means_the_only_free_connector() -> None:
    shop = await Shop(plugs=2).opens()
    await shop.says(1, "Charging")
    offer = await shop.offer("garage")
    assert offer.connector is not None
    assert offer.connector.number == 2


@pytest.mark.parametrize("status", ["Available", "Preparing"])
async def test_a_charge_points_address_with_two_to_choose_from_sells_none(status: str) -> None:
    shop = await Shop(plugs=2).opens()
    for number in (1, 2):
        await shop.says(number, status)
    offer = await shop.offer("garage")
    assert offer.connector is None
    assert not offer.availability.can_pay
    assert "1, 2" in offer.availability.message


async def test_an_offer_asks_no_wallet(shop: Shop) -> None:
    shop.wallets.wallet = FakeWallet(spendable=None)
    assert (await shop.offer()).availability.can_pay
