"""OCPP's security profiles: who is let in by which, and that nobody talks a charge point down."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from app.charge_points.access import ChargerAccess
from app.edge_messages import Disconnect
from app.records import rows
from app.records.certificates import CertificateState, ChargerCertificate
from app.records.charge_points import ChargePoint
from tests.charge_points.world import CP, PASSWORD, World, connect_request
from tests.flow.system import TENANT

OTHER = "tenant000002"
BLANK = hashlib.sha256(b"").hexdigest()
WAYS: dict[int, dict[str, object]] = {
    0: {"password_sha256": None},
    1: {},
    2: {"tls": True},
    3: {"tls": True, "password_sha256": None, "certificate_sha256": "c1" * 32},
}
"""How a charge point comes by each security profile."""


async def world_with(
    least: int | None = None, *, allows_no_password: bool = False, **more: object
) -> World:
    world = await World().furnish()
    tenants, boxes = rows.tenants(world.tables), rows.charge_points(world.tables)
    owner = await tenants.get(TENANT, TENANT)
    await tenants.replace(TENANT, owner, replace(owner, allows_no_password=allows_no_password))
    box = await boxes.get(TENANT, CP)
    changed = replace(box, least_profile=least, **more)  # type: ignore[arg-type]  # real fields
    await boxes.replace(TENANT, box, changed)
    await world.certificates.add(TENANT, CP, certificate(world))
    return world


def certificate(
    world: World, name: str = "c1", state: CertificateState = "sent"
) -> ChargerCertificate:
    now = world.clock.now()
    ends = now + timedelta(days=365)
    return ChargerCertificate(name * 32, name, "box1", "PEM", "key", now, ends, state)


async def is_let_in(world: World, profile: int, **changes: object) -> bool:
    values = WAYS[profile] | changes
    asked = msgspec.structs.replace(connect_request(), **values)
    response = await world.post("connect", asked)
    assert response.status_code in (200, 401)
    return response.status_code == 200


@pytest.mark.parametrize("least", [None, 0, 1, 2, 3])
@pytest.mark.parametrize("profile", [0, 1, 2, 3])
async def test_what_is_not_good_enough_is_refused(least: int | None, profile: int) -> None:
    world = await world_with(least)
    needed = 1 if least is None else least
    assert await is_let_in(world, profile) == (profile >= needed)
    connection = await world.chargers.connection(TENANT, CP)
    assert connection.connected == (profile >= needed)
    if connection.connected:
        assert connection.profile == profile


async def test_without_a_password_only_where_the_owner_allows_it() -> None:
    assert not await is_let_in(await world_with(), 0)
    assert await is_let_in(await world_with(allows_no_password=True), 0)
    assert not await is_let_in(await world_with(1, allows_no_password=True), 0)


@pytest.mark.parametrize("given", [None, "", BLANK])
async def test_a_blank_password_is_none(given: str | None) -> None:
    world = await world_with()
    assert not await is_let_in(world, 0, password_sha256=given)
    assert await is_let_in(await world_with(0), 0, password_sha256=given)


async def test_a_wrong_password_is_not_taken_for_none() -> None:
    world = await world_with(0, allows_no_password=True)
    assert not await is_let_in(world, 0, password_sha256="0" * 64)


@pytest.mark.parametrize("highest", [2, 3])
async def test_once_it_came_encrypted_it_is_not_let_in_plain_again(highest: int) -> None:
    world = await world_with()
    assert await is_let_in(world, 1)
    assert await is_let_in(world, highest)
    assert not await is_let_in(world, highest - 1)
    assert not await is_let_in(world, 1)
    assert await is_let_in(world, highest), "a refused one changes nothing"


async def test_unless_its_owner_lowers_it() -> None:
    world = await world_with()
    assert await is_let_in(world, 3)
    boxes = rows.charge_points(world.tables)
    box = await boxes.get(TENANT, CP)
    await boxes.replace(TENANT, box, replace(box, least_profile=1))
    assert await is_let_in(world, 2)
    assert await is_let_in(world, 1)
    assert not await is_let_in(world, 0)


async def test_a_refused_charge_point_does_not_push_the_one_that_is_there_out() -> None:
    world = await world_with(2)
    await world.connect(tls=True)
    assert not await is_let_in(world, 1)
    assert await world.received() == []
    assert await world.chargers.online(TENANT, CP)


async def test_its_owner_can_read_that_it_was_refused_and_why() -> None:
    world = await world_with(2)
    assert await is_let_in(world, 2)
    await world.post("disconnect", Disconnect(TENANT, CP, 1, "edge-1"))
    access = ChargerAccess(world.tables, world.chargers, world.passwords, world.clock)
    assert (await access.of(TENANT, await box_of(world))).refused_at is None
    first = world.clock.now()
    for _ in range(3):
        assert not await is_let_in(world, 1)
        world.clock.pass_s(60)
    view = await access.of(TENANT, await box_of(world))
    assert (view.refused_at, view.refused_profile) == (first, 1), "noted now and then"
    assert await is_let_in(world, 2)
    assert (await access.of(TENANT, await box_of(world))).refused_at is None


# --- certificates ------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["refused", "replaced", "revoked"])
async def test_a_certificate_that_counts_no_more_opens_nothing(state: CertificateState) -> None:
    world = await world_with()
    await world.certificates.add(TENANT, CP, certificate(world, "c2", state))
    assert not await is_let_in(world, 3, certificate_sha256="c2" * 32)
    with_password = {"certificate_sha256": "c2" * 32, "password_sha256": PASSWORD}
    assert not await is_let_in(world, 3, **with_password)


async def test_an_expired_certificate_opens_nothing() -> None:
    world = await world_with()
    world.clock.pass_s(366 * 86_400)
    assert not await is_let_in(world, 3)


async def test_another_charge_points_certificate_opens_nothing() -> None:
    world = await world_with()
    await world.certificates.add(TENANT, "CP2", certificate(world, "c2"))
    assert not await is_let_in(world, 3, certificate_sha256="c2" * 32)


async def test_another_owners_certificate_opens_nothing() -> None:
    """Its authority stands under the same root, so the handshake lets it through."""
    world = await world_with()
    await world.furnish(OTHER, "box2")
    await world.certificates.add(OTHER, CP, certificate(world, "c2"))
    assert not await is_let_in(world, 3, certificate_sha256="c2" * 32)
    assert await is_let_in(world, 3, certificate_sha256="c2" * 32, path="box2")
    assert not await is_let_in(world, 3, path="box2")


async def test_the_one_before_opens_until_the_new_one_is_used() -> None:
    world = await world_with()
    assert await is_let_in(world, 3)
    world.clock.pass_s(60)
    await world.certificates.add(TENANT, CP, certificate(world, "c2"))
    assert await is_let_in(world, 3), "it may not have stored the new one so far"
    assert await is_let_in(world, 3, certificate_sha256="c2" * 32)
    assert not await is_let_in(world, 3)
    states = {each.serial: each.state for each in await world.certificates.all(TENANT, CP)}
    assert states == {"c1": "replaced", "c2": "in_use"}


async def test_which_certificate_it_came_with_is_kept() -> None:
    world = await world_with()
    await is_let_in(world, 3)
    connection = await world.chargers.connection(TENANT, CP)
    assert (connection.profile, connection.certificate_sha256) == (3, "c1" * 32)
    assert await is_let_in(await world_with(), 2)


# --- passwords ---------------------------------------------------------------------------------


async def box_of(world: World) -> ChargePoint:
    return await rows.charge_points(world.tables).get(TENANT, CP)


async def test_just_accepted_it_is_let_in_without_a_password_for_a_while() -> None:
    world = await world_with(open_until=World().clock.now() + timedelta(hours=1))
    assert await is_let_in(world, 0)
    world.clock.pass_s(3601)
    assert not await is_let_in(world, 0)
