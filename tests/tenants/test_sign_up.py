from __future__ import annotations

from collections.abc import Sequence

import pytest

from app.charging.errors import BadInput, NotAllowed, NotSignedIn, StorageUncertain, TooMany
from app.charging.ports import Operation
from app.records import rows
from app.records.directory import LOGIN
from app.storage.memory import Faults
from tests.support.tenancy import PASSWORD, House, draft


async def test_a_newcomer_signs_up_and_in(house: House) -> None:
    await house.tenancy.sign_up.sign_up(draft("  Ada@Example.org "))
    actor = await house.tenancy.accounts.sign_in("ADA@example.org", PASSWORD, "192.0.2.1")
    assert (actor.user.email, actor.tenant.status) == ("ada@example.org", "active")
    assert not actor.user.confirmed
    assert house.letters.last("confirm_email").to == "ada@example.org"


async def test_a_taken_address_is_told_to_its_mailbox_alone(house: House) -> None:
    first = await house.owner()
    await house.tenancy.sign_up.sign_up(draft(password="another good secret"))
    assert house.letters.sent[-1].kind == "already_registered"
    again = await house.tenancy.accounts.sign_in("ada@example.org", PASSWORD, "192.0.2.1")
    assert again.tenant.id == first.tenant.id
    with pytest.raises(NotSignedIn):
        await house.tenancy.accounts.sign_in("ada@example.org", "another good secret", "192.0.2.1")


async def test_where_the_provider_looks_first_a_tenant_waits() -> None:
    house = House(policy="approved")
    actor = await house.owner()
    assert actor.tenant.status == "pending"
    await house.tenancy.provider.set_status(actor.tenant.id, "active")
    assert house.letters.last("approved").to == "ada@example.org"


async def test_by_invitation_only() -> None:
    house = House(policy="invited")
    with pytest.raises(NotAllowed):
        await house.tenancy.sign_up.sign_up(draft())
    await house.tenancy.provider.invite("ada@example.org")
    token = house.letters.last("invitation").token
    with pytest.raises(BadInput, match="this invitation is for"):
        await house.tenancy.sign_up.sign_up(draft("eve@example.org", invitation=token))
    await house.tenancy.sign_up.sign_up(draft(invitation=token))
    actor = await house.tenancy.accounts.sign_in("ada@example.org", PASSWORD, "192.0.2.1")
    assert actor.user.confirmed
    with pytest.raises(BadInput, match="expired, was used"):
        await house.tenancy.sign_up.sign_up(draft(invitation=token))


async def test_an_invitation_can_be_withdrawn() -> None:
    house = House(policy="invited")
    invitation = await house.tenancy.provider.invite("ada@example.org")
    await house.tenancy.provider.withdraw_invitation(invitation.id)
    with pytest.raises(BadInput):
        await house.tenancy.sign_up.invited_email(house.letters.last("invitation").token)


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("email", {"email": "ada"}),
        ("email", {"email": "ada@localhost"}),
        ("email", {"email": "a b@example.org"}),
        ("email", {"email": "ada@example.org\nBcc: x@example.org"}),
        ("password", {"password": "short"}),
        ("password", {"password": "aaaaaaaaaaaaaa"}),
        ("password", {"password": "Password123456"}),
        ("password", {"password": "ada@example.org"}),
        ("password", {"password": "x1y2" * 60}),
        ("name", {"name": "  "}),
        ("organisation", {"organisation": "a\u202eb"}),
        ("organisation", {"organisation": "x" * 81}),
    ],
)
async def test_what_cannot_be_used_is_named(
    house: House, field: str, change: dict[str, str]
) -> None:
    with pytest.raises(BadInput) as refusal:
        await house.tenancy.sign_up.sign_up(draft(**{"email": "ada@example.org", **change}))
    assert refusal.value.field == field
    assert all(str(row["pk"]).startswith("G#attempts#") for row in house.tables.rows())


async def test_the_address_is_free_again_when_sign_up_died_in_the_middle(house: House) -> None:
    def die(operations: Sequence[Operation]) -> None:
        if any(operation.key.sk.startswith("USER#") for operation in operations):
            raise StorageUncertain("killed")

    house.tables.faults = Faults(before_write=die)
    with pytest.raises(StorageUncertain):
        await house.tenancy.sign_up.sign_up(draft())
    house.tables.faults = Faults()
    assert await house.directory.find(LOGIN, "ada@example.org") is None
    await house.clock.sleep(3600)
    assert (await house.owner()).user.email == "ada@example.org"


async def test_sign_ups_from_one_place_are_limited(house: House) -> None:
    for number in range(20):
        await house.tenancy.sign_up.sign_up(draft(f"ada{number}@example.org"))
    with pytest.raises(TooMany) as refusal:
        await house.tenancy.sign_up.sign_up(draft("ada20@example.org"))
    assert 0 < refusal.value.retry_after_s <= 3600


async def test_nobody_floods_a_mailbox_by_signing_it_up(house: House) -> None:
    for number in range(4):
        await house.tenancy.sign_up.sign_up(draft(ip=f"192.0.2.{number}"))
    with pytest.raises(TooMany):
        await house.tenancy.sign_up.sign_up(draft(ip="192.0.2.9"))
    assert len(house.letters.sent) == 4


async def test_a_sandbox_tenant_is_ready_at_once(house: House) -> None:
    actor = await house.tenancy.sandboxes.create_sandbox_tenant("demo@example.org", "Demo", "demo")
    assert (actor.tenant.mode, actor.tenant.status) == ("sandbox", "active")
    assert actor.user.confirmed
    listed = await house.tenancy.provider.tenants()
    assert [tenant.id for tenant in listed] == [actor.tenant.id]


async def test_no_password_is_kept_as_it_is(house: House) -> None:
    actor = await house.owner()
    user = await rows.users(house.tables).get(actor.tenant.id, actor.user.id)
    assert user.password_hash.startswith("$argon2id$")
    assert PASSWORD not in repr(house.tables.rows())
