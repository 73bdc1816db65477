"""Which authorities there are, and that their keys lie sealed."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from app.certificates.authorities import PURPOSE, Authorities
from app.certificates.authority import AUTHORITY_LIFE
from app.charging.errors import NotFound, Unavailable
from app.envelope import KeyFileEnvelope
from app.records import rows
from app.records.certificates import authorities
from app.records.owners import PROVIDER, Tenant
from tests.support.tenancy import House

A, B = "aaaaaaaaaaaa", "bbbbbbbbbbbb"


class Office:
    """A provider with two owners."""

    def __init__(self, folder: Path) -> None:
        self.house = House()
        self.envelope = KeyFileEnvelope(folder / "master.key")
        self.authorities = self.again()

    def again(self) -> Authorities:
        house = self.house
        return Authorities(house.tables, self.envelope, house.clock, "strom.example")

    async def furnish(self) -> Office:
        for tenant, name in ((A, "Ada's chargers"), (B, "Bob's chargers")):
            owner = Tenant(tenant, name, "active", "live", "x@example.org", self.house.clock.now())
            await rows.tenants(self.house.tables).add(tenant, owner)
        return self


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    return await Office(tmp_path).furnish()


async def test_each_owner_has_an_authority_under_the_one_root(office: Office) -> None:
    ada, bob = await office.authorities.of(A), await office.authorities.of(B)
    assert ada.certificate_pem != bob.certificate_pem
    root = await authorities(office.house.tables).get(PROVIDER, "root")
    assert await office.authorities.roots_pem() == root.certificate_pem
    assert "Ada's chargers" in ada.certificate.subject.rfc4514_string()
    assert A in ada.certificate.subject.rfc4514_string()
    assert ada.certificate.issuer == bob.certificate.issuer


async def test_it_stays_the_same_also_for_another_process(office: Office) -> None:
    first = await office.authorities.of(A)
    again = office.again()
    assert (await again.of(A)).certificate_pem == first.certificate_pem
    assert await again.roots_pem() == await office.authorities.roots_pem()
    assert await again.certificate_pem(A) == first.certificate_pem
    assert await again.certificate_pem(B) == ""


async def test_two_processes_at_once_make_one(office: Office) -> None:
    made = await asyncio.gather(*(office.again().of(A) for _ in range(5)))
    assert len({each.certificate_pem for each in made}) == 1
    assert len({each.key_pem for each in made}) == 1


async def test_keys_lie_sealed_for_whom_they_sign(office: Office) -> None:
    authority = await office.authorities.of(A)
    lying = repr(office.house.tables.rows())
    secret = "".join(authority.key_pem.splitlines()[1:-1])
    assert secret[:40] not in lying
    assert "PRIVATE" not in lying
    [stored] = await authorities(office.house.tables).all(A)
    with pytest.raises(Unavailable):
        await office.envelope.open(B, PURPOSE, stored.sealed_key)


async def test_one_that_is_about_to_end_gets_a_successor(office: Office) -> None:
    first = await office.authorities.of(A)
    office.house.clock.at += AUTHORITY_LIFE - timedelta(days=100)
    second = await office.authorities.of(A)
    assert second.certificate_pem != first.certificate_pem
    assert (await office.authorities.of(A)).certificate_pem == second.certificate_pem


async def test_who_is_no_owner_has_none(office: Office) -> None:
    with pytest.raises(NotFound):
        await office.authorities.of("cccccccccccc")
