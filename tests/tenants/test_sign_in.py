from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from app.charging.errors import BadInput, NotAllowed, NotFound, NotSignedIn, TooMany
from app.records.drafts import SettingsDraft
from app.tenants.passwords import Passwords
from tests.support.tenancy import PASSWORD, House

IP = "192.0.2.7"


async def test_unknown_address_and_wrong_password_get_the_same_answer(house: House) -> None:
    await house.owner()
    answers = []
    for email, password in [
        ("ada@example.org", "not the password"),
        ("eve@example.org", PASSWORD),
        ("no address", PASSWORD),
    ]:
        with pytest.raises(NotSignedIn) as refusal:
            await house.tenancy.accounts.sign_in(email, password, IP)
        answers.append(refusal.value.message)
    assert len(set(answers)) == 1


async def test_an_unknown_address_costs_a_hash_too() -> None:
    class CountingHasher(PasswordHasher):
        hashed = 0

        def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
            self.hashed += 1
            return super().hash(password, salt=salt)

    hasher = CountingHasher(time_cost=1, memory_cost=64, parallelism=1)
    assert not await Passwords(hasher).matches(None, "whatever it is")
    assert hasher.hashed == 1


async def test_hashes_have_the_strength_we_promise() -> None:
    stored = await Passwords().hash("a good password")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await Passwords().matches(stored, "a good password")


async def test_guessing_is_stopped_and_the_clock_lets_go(house: House) -> None:
    await house.owner()
    for _ in range(10):
        with pytest.raises(NotSignedIn):
            await house.tenancy.accounts.sign_in("ada@example.org", "not the password", IP)
    with pytest.raises(TooMany):
        await house.tenancy.accounts.sign_in("ada@example.org", PASSWORD, IP)
    await house.tenancy.accounts.sign_in("ada@example.org", PASSWORD, "192.0.2.8")
    await house.clock.sleep(15 * 60)
    await house.tenancy.accounts.sign_in("ada@example.org", PASSWORD, IP)


async def test_who_gets_it_right_starts_afresh(house: House) -> None:
    await house.owner()
    for _ in range(3):
        for _ in range(9):
            with pytest.raises(NotSignedIn):
                await house.tenancy.accounts.sign_in("ada@example.org", "not the password", IP)
        await house.tenancy.accounts.sign_in("ada@example.org", PASSWORD, IP)


async def test_a_new_password_ends_every_session(house: House) -> None:
    actor = await house.owner()
    before = (actor.tenant.id, actor.user.id, actor.user.credentials_version)
    assert await house.tenancy.accounts.actor(*before) == actor
    with pytest.raises(BadInput) as refusal:
        await house.tenancy.accounts.change_password(actor, "wrong", "a new good secret", IP)
    assert refusal.value.field == "old_password"
    await house.tenancy.accounts.change_password(actor, PASSWORD, "a new good secret", IP)
    assert await house.tenancy.accounts.actor(*before) is None
    await house.tenancy.accounts.sign_in("ada@example.org", "a new good secret", IP)


async def test_an_api_key_opens_its_tenant_until_it_is_withdrawn(house: House) -> None:
    actor = await house.owner()
    issued = await house.tenancy.api_keys.issue(actor, "home assistant")
    assert issued.secret.startswith(f"strom_{actor.tenant.id}_{issued.key.id}_")
    assert (await house.tenancy.api_keys.check(issued.secret)).tenant == actor.tenant
    assert issued.secret.rpartition("_")[2] not in repr(house.tables.rows())
    await house.tenancy.api_keys.withdraw(actor.tenant.id, issued.key.id)
    with pytest.raises(NotSignedIn):
        await house.tenancy.api_keys.check(issued.secret)


async def test_a_key_does_not_open_another_tenant(house: House) -> None:
    ada, bob = await house.owner(), await house.owner("bob@example.org")
    issued = await house.tenancy.api_keys.issue(ada, "mine")
    forged = issued.secret.replace(ada.tenant.id, bob.tenant.id)
    for presented in (forged, issued.secret[:-1] + "x", "", "strom_", "strom_T#x_a_b"):
        with pytest.raises(NotSignedIn):
            await house.tenancy.api_keys.check(presented)
    with pytest.raises(NotFound):
        await house.tenancy.api_keys.withdraw(bob.tenant.id, issued.key.id)


async def test_keys_wait_for_the_confirmed_address_and_stop_with_suspension(house: House) -> None:
    newcomer = await house.owner("eve@example.org", confirmed=False)
    with pytest.raises(NotAllowed):
        await house.tenancy.api_keys.issue(newcomer, "too soon")
    actor = await house.owner()
    issued = await house.tenancy.api_keys.issue(actor, "mine")
    await house.tenancy.provider.set_status(actor.tenant.id, "suspended")
    with pytest.raises(NotAllowed):
        await house.tenancy.api_keys.check(issued.secret)


async def test_settings_are_checked_and_kept(house: House) -> None:
    actor = await house.owner()
    draft = SettingsDraft(" Ada's  garage ", "HELP@example.org", "+49 30 123456", "eur", "de")
    kept = await house.tenancy.settings.change(actor.tenant.id, draft)
    assert (kept.name, kept.contact_email, kept.currency) == (
        "Ada's garage",
        "help@example.org",
        "EUR",
    )
    assert await house.tenancy.settings.get(actor.tenant.id) == kept


@pytest.mark.parametrize(
    ("field", "draft"),
    [
        ("contact_email", SettingsDraft("a", "no address")),
        ("contact_phone", SettingsDraft("a", "a@example.org", "call me")),
        ("currency", SettingsDraft("a", "a@example.org", currency="EURO")),
        ("language", SettingsDraft("a", "a@example.org", language="tlh")),
        ("refund_expiry_days", SettingsDraft("a", "a@example.org", refund_expiry_days=1)),
        ("silent_limit_hours", SettingsDraft("a", "a@example.org", silent_limit_hours=0)),
    ],
)
async def test_settings_that_cannot_be(house: House, field: str, draft: SettingsDraft) -> None:
    actor = await house.owner()
    with pytest.raises(BadInput) as refusal:
        await house.tenancy.settings.change(actor.tenant.id, draft)
    assert refusal.value.field == field
