from __future__ import annotations

import pytest

from app.charging.errors import BadInput, Conflict, NotFound, NotSignedIn, TooMany
from app.tenants.tokens import Tokens
from tests.support.tenancy import PASSWORD, House, draft

IP = "192.0.2.7"
NEW = "a new good secret"


async def reset_token(house: House) -> str:
    await house.tenancy.recovery.request_reset("Ada@example.org", IP)
    return house.letters.last("reset_password").token


async def test_a_confirmation_works_once(house: House) -> None:
    await house.tenancy.sign_up.sign_up(draft())
    token = house.letters.last("confirm_email").token
    assert (await house.tenancy.recovery.confirm_email(token)).confirmed
    with pytest.raises(Conflict):
        await house.tenancy.recovery.confirm_email(token)


async def test_a_reset_works_once_and_ends_sessions(house: House) -> None:
    actor = await house.owner()
    token = await reset_token(house)
    await house.tenancy.recovery.require_reset(token)
    await house.tenancy.recovery.reset_password(token, NEW)
    with pytest.raises(BadInput):
        await house.tenancy.recovery.reset_password(token, "yet another secret")
    assert (
        await house.tenancy.accounts.actor(
            actor.tenant.id, actor.user.id, actor.user.credentials_version
        )
        is None
    )
    await house.tenancy.accounts.sign_in("ada@example.org", NEW, IP)
    with pytest.raises(NotSignedIn):
        await house.tenancy.accounts.sign_in("ada@example.org", PASSWORD, IP)


async def test_every_open_reset_dies_with_the_first_used(house: House) -> None:
    await house.owner()
    first, second = await reset_token(house), await reset_token(house)
    await house.tenancy.recovery.reset_password(second, NEW)
    with pytest.raises(BadInput):
        await house.tenancy.recovery.reset_password(first, "yet another secret")


async def test_tokens_run_out(house: House) -> None:
    await house.owner()
    token = await reset_token(house)
    await house.clock.sleep(3600)
    with pytest.raises(BadInput):
        await house.tenancy.recovery.reset_password(token, NEW)


async def test_a_token_serves_one_purpose(house: House) -> None:
    await house.tenancy.sign_up.sign_up(draft())
    token = house.letters.last("confirm_email").token
    with pytest.raises(BadInput):
        await house.tenancy.recovery.reset_password(token, NEW)


@pytest.mark.parametrize("spoil", ["", ".", "a.b", "é.ü", "x" * 3000])
async def test_what_is_no_token(house: House, spoil: str) -> None:
    with pytest.raises(BadInput):
        await house.tenancy.recovery.confirm_email(spoil)


async def test_a_token_cannot_be_changed_or_made_elsewhere(house: House) -> None:
    actor = await house.owner()
    body, mac = (await reset_token(house)).split(".")
    other = Tokens(b"o" * 32, house.clock).sign(
        "reset",
        tenant=actor.tenant.id,
        ref=actor.user.id,
        lasts=house.tenancy.recovery.settings.reset_within,
    )
    for forged in (f"{body[:-2]}AA.{mac}", f"{body}.{mac[:-3]}AAA", other):
        with pytest.raises(BadInput):
            await house.tenancy.recovery.reset_password(forged, NEW)


async def test_a_reset_says_nothing_about_who_has_an_account(house: House) -> None:
    await house.tenancy.recovery.request_reset("eve@example.org", IP)
    assert house.letters.sent == []


async def test_nobody_floods_a_mailbox(house: House) -> None:
    await house.owner()
    for _ in range(3):
        await house.tenancy.recovery.request_reset("ada@example.org", IP)
    with pytest.raises(TooMany):
        await house.tenancy.recovery.request_reset("ada@example.org", IP)


async def test_the_provider_stands_apart_and_sees_tenants(house: House) -> None:
    await house.provider()
    with pytest.raises(Conflict):
        await house.provider()
    actor = await house.tenancy.accounts.sign_in("root@example.org", PASSWORD, IP)
    assert actor.user.role == "provider"
    ada, bob = await house.owner(), await house.owner("bob@example.org")
    listed = await house.tenancy.provider.tenants()
    assert {tenant.id for tenant in listed} == {ada.tenant.id, bob.tenant.id}
    with pytest.raises(NotFound):
        await house.tenancy.provider.set_status(actor.tenant.id, "suspended")
    with pytest.raises(Conflict):
        await house.tenancy.provider.invite("ada@example.org")
