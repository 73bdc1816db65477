"""Signing in with a wallet: linked first, bound to the person, ended with their credentials."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.charging.errors import Conflict, NotAllowed, NotSignedIn, TooMany
from app.linking import Challenge
from app.records.views import Actor
from app.tenants.wallet_login import WalletLogin
from tests.support.tenancy import PASSWORD, House
from tests.support.wallet_key import LinkingKey

IP = "192.0.2.7"
WALLET = LinkingKey()


async def signed(login: WalletLogin, asked: Challenge, action: str, wallet: LinkingKey) -> None:
    await login.keys.answer(action, asked.k1, wallet.signs(asked.k1), wallet.key)  # type: ignore[arg-type]  # login or link


async def links(house: House, actor: Actor, wallet: LinkingKey = WALLET) -> None:
    login = house.tenancy.wallet_login
    asked = login.ask_to_link()
    await signed(login, asked, "link", wallet)
    assert await login.link(actor, asked.k1, asked.secret) is not None


async def signs_in(house: House, wallet: LinkingKey = WALLET) -> Actor | None:
    login = house.tenancy.wallet_login
    asked = login.ask_to_sign_in()
    await signed(login, asked, "login", wallet)
    return await login.sign_in(asked.k1, asked.secret, IP)


async def test_a_linked_wallet_signs_its_owner_in(house: House) -> None:
    ada = await house.owner()
    await links(house, ada)
    actor = await signs_in(house)
    assert actor is not None
    assert (actor.tenant.id, actor.user.id) == (ada.tenant.id, ada.user.id)
    assert [each.id for each in await house.tenancy.wallet_login.linked(ada)] == [WALLET.key]


async def test_before_the_wallet_has_signed_nothing_happens(house: House) -> None:
    ada = await house.owner()
    login = house.tenancy.wallet_login
    asked, link = login.ask_to_sign_in(), login.ask_to_link()
    assert await login.sign_in(asked.k1, asked.secret, IP) is None
    assert await login.link(ada, link.k1, link.secret) is None


async def test_a_wallet_that_is_not_linked_signs_nobody_in(house: House) -> None:
    await links(house, await house.owner())
    with pytest.raises(NotSignedIn):
        await signs_in(house, LinkingKey(8))


async def test_a_challenge_signs_in_once_and_only_the_browser_that_asked(house: House) -> None:
    await links(house, await house.owner())
    login = house.tenancy.wallet_login
    asked, mine = login.ask_to_sign_in(), login.ask_to_sign_in()
    await signed(login, asked, "login", WALLET)
    with pytest.raises(NotAllowed):
        await login.sign_in(asked.k1, mine.secret, IP)
    assert await login.sign_in(asked.k1, asked.secret, IP) is not None
    assert await login.sign_in(asked.k1, asked.secret, IP) is None


async def test_a_login_challenge_links_nothing(house: House) -> None:
    ada = await house.owner()
    login = house.tenancy.wallet_login
    asked = login.ask_to_sign_in()
    await signed(login, asked, "login", WALLET)
    with pytest.raises(NotAllowed):
        await login.link(ada, asked.k1, asked.secret)


async def test_a_new_password_cuts_off_every_wallet(house: House) -> None:
    ada = await house.owner()
    await links(house, ada)
    user = await house.tenancy.accounts.change_password(ada, PASSWORD, "another good one 7", IP)
    with pytest.raises(NotSignedIn, match="link the wallet again"):
        await signs_in(house)
    await links(house, replace(ada, user=user))
    assert await signs_in(house) is not None


async def test_anothers_wallet_cannot_be_linked_or_unlinked(house: House) -> None:
    ada, bob = await house.owner(), await house.owner("bob@example.org")
    await links(house, ada)
    with pytest.raises(Conflict):
        await links(house, bob)
    await house.tenancy.wallet_login.unlink(bob, WALLET.key)
    actor = await signs_in(house)
    assert actor is not None
    assert actor.user.id == ada.user.id


async def test_an_unlinked_wallet_is_free_again(house: House) -> None:
    ada, bob = await house.owner(), await house.owner("bob@example.org")
    await links(house, ada)
    await house.tenancy.wallet_login.unlink(ada, WALLET.key)
    with pytest.raises(NotSignedIn):
        await signs_in(house)
    await links(house, bob)


async def test_five_wallets_are_the_most(house: House) -> None:
    ada = await house.owner()
    for secret in range(1, 6):
        await links(house, ada, LinkingKey(secret))
    await links(house, ada, LinkingKey(5))
    with pytest.raises(Conflict, match="the most"):
        await links(house, ada, LinkingKey(6))


async def test_tries_from_one_place_are_limited(house: House) -> None:
    await links(house, await house.owner())
    for _ in range(60):
        await signs_in(house)
    with pytest.raises(TooMany):
        await signs_in(house)
