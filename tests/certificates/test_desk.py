"""A charge point asks for a certificate, is given it, uses it, and has it taken away."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from app.charging.errors import Conflict, NotFound
from app.edge_messages import (
    Booted,
    Command,
    CommandOutcome,
    Kick,
    MessageResult,
    SigningRequest,
)
from app.operations import SendSignedCertificate
from app.records.certificates import ChargerCertificate
from tests.charge_points.world import CP, PATH, World, connected_world
from tests.flow.system import TENANT
from tests.support.charger_certificates import ec_key, request_pem, rsa_key

OTHER = "tenant000002"
BY_CERTIFICATE = {"tls": True, "password_sha256": None}


async def asks(world: World, common_name: str = PATH, **more: object) -> MessageResult:
    said = SigningRequest(request_pem(common_name, **more))  # type: ignore[arg-type]
    return await world.say(said)


async def given(world: World) -> Command:
    """The one command that came over the bus."""
    [command] = await world.commanded()
    return command


async def kept(world: World) -> list[ChargerCertificate]:
    return await world.desk.all(TENANT, CP)


async def signed_world() -> tuple[World, ChargerCertificate]:
    world = await connected_world()
    assert (await asks(world)).accepted
    command = await given(world)
    await world.say(CommandOutcome(command.id, 1, "accepted"))
    [certificate] = await kept(world)
    return world, certificate


async def test_what_it_asks_for_is_signed_kept_and_owed() -> None:
    world = await connected_world()
    result = await asks(world)
    assert (result.saved, result.accepted) == (True, True)
    command = await given(world)
    [certificate] = await kept(world)
    assert command.operation == SendSignedCertificate(certificate.chain_pem)
    leaf, authority = x509.load_pem_x509_certificates(certificate.chain_pem.encode())
    leaf.verify_directly_issued_by(authority)
    [name] = leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert name.value == PATH
    assert authority == (await world.authorities.of(TENANT)).certificate


async def test_it_waits_for_a_charge_point_that_is_away() -> None:
    world = await connected_world()
    await asks(world)
    await given(world)  # it was lost on the way
    world.clock.pass_s(86_400)
    connected = await world.connect()
    [command] = connected.commands
    assert isinstance(command.operation, SendSignedCertificate)
    await world.say(CommandOutcome(command.id, command.attempt, "accepted"))
    assert (await world.connect()).commands == ()


async def test_with_it_the_charge_point_comes_in() -> None:
    world, certificate = await signed_world()
    await world.connect(certificate_sha256=certificate.sha256, **BY_CERTIFICATE)
    [certificate] = await kept(world)
    assert certificate.state == "in_use"
    assert (await world.chargers.connection(TENANT, CP)).profile == 3


@pytest.mark.parametrize("name", ["SN-1234", "sn-1234", PATH])
async def test_its_name_is_its_identity_or_its_serial_number(name: str) -> None:
    world = await connected_world()
    await world.say(Booted("Maker", "Box", "SN-1234"))
    assert (await asks(world, name)).accepted
    assert not (await asks(world, "SN-1235")).accepted


async def test_what_must_not_be_signed_is_rejected_and_nothing_is_kept() -> None:
    world = await connected_world()
    assert not (await asks(world, "box2")).accepted
    assert not (await asks(world, key=rsa_key(1024))).accepted
    v2g = SigningRequest(request_pem(PATH), "V2GCertificate")
    assert not (await world.say(v2g)).accepted
    assert await kept(world) == []
    assert await world.commanded() == []


async def test_who_came_without_a_password_gets_none() -> None:
    """A certificate would make whoever knows the path its charge point for years."""
    world = await World().furnish()
    await world.allow_no_password()
    await world.connect(password_sha256=None)
    assert not (await asks(world)).accepted


async def test_asked_again_it_is_the_same_one_and_given_once() -> None:
    world = await connected_world()
    for _ in range(3):
        assert (await asks(world)).accepted
    await given(world)
    assert len(await kept(world)) == 1


async def test_one_that_asks_again_and_again_is_told_to_wait() -> None:
    world = await connected_world()
    accepted = []
    for _ in range(8):
        accepted.append((await asks(world)).accepted)
        for command in await world.commanded():
            await world.say(CommandOutcome(command.id, 1, "accepted"))
        world.clock.pass_s(10)
        await world.lease()
    assert accepted == [True] * 5 + [False] * 3
    world.clock.pass_s(3600)
    assert (await asks(world)).accepted
    assert len(await kept(world)) == 1


async def test_a_new_key_is_a_new_certificate_but_not_too_many() -> None:
    world = await connected_world()
    accepted = [(await asks(world, key=ec_key(n))).accepted for n in range(7)]
    assert accepted == [True] * 5 + [False] * 2
    world.clock.pass_s(86_401)
    assert (await asks(world, key=ec_key(7))).accepted


async def test_old_ones_make_room_those_first_that_open_nothing() -> None:
    world = await connected_world()
    for number in range(12):
        world.clock.pass_s(86_400)
        assert (await asks(world, key=ec_key(number))).accepted
        if number == 0:
            [first] = await kept(world)
        if number == 5:
            newest = (await kept(world))[0]
            await world.desk.revoke(TENANT, CP, newest.serial)
    left = await kept(world)
    assert len(left) == 10
    assert newest.serial not in {each.serial for each in left}
    assert first.serial not in {each.serial for each in left}


async def test_one_that_ends_soon_is_renewed_also_for_the_same_key() -> None:
    world, first = await signed_world()
    world.clock.pass_s((first.not_after - world.clock.now()).total_seconds() - 29 * 86_400)
    assert (await asks(world)).accepted
    newest, oldest = await kept(world)
    assert oldest.sha256 == first.sha256
    assert newest.not_after > first.not_after


async def test_a_certificate_that_the_charge_point_refuses_counts_no_more() -> None:
    world = await connected_world()
    await asks(world)
    command = await given(world)
    await world.say(CommandOutcome(command.id, 1, "rejected", "Rejected"))
    [certificate] = await kept(world)
    assert (certificate.state, certificate.detail) == ("refused", "Rejected")


async def test_a_revoked_one_opens_nothing_and_who_is_in_by_it_is_put_out() -> None:
    world, certificate = await signed_world()
    await world.connect(certificate_sha256=certificate.sha256, **BY_CERTIFICATE)
    await world.received()
    await world.desk.revoke(TENANT, CP, certificate.serial)
    assert await world.received() == [Kick(TENANT, CP, world.epoch + 1)]
    refused = await world.try_to_connect(certificate_sha256=certificate.sha256, **BY_CERTIFICATE)
    assert refused.status_code == 401
    with pytest.raises(Conflict):
        await world.desk.revoke(TENANT, CP, certificate.serial)


async def test_who_is_in_by_password_stays_when_a_certificate_is_revoked() -> None:
    world, certificate = await signed_world()
    await world.desk.revoke(TENANT, CP, certificate.serial)
    assert await world.received() == []


async def test_another_owner_cannot_revoke_or_see_it() -> None:
    world, certificate = await signed_world()
    await world.furnish(OTHER, "box2")
    assert await world.desk.all(OTHER, CP) == []
    with pytest.raises(NotFound):
        await world.desk.revoke(OTHER, CP, certificate.serial)


async def test_two_owners_chargers_of_one_name_are_signed_by_two_authorities() -> None:
    world, mine = await signed_world()
    await world.furnish(OTHER, "box2")
    await world.connect(path="box2")
    await world.desk.requested(OTHER, CP, SigningRequest(request_pem("box2")))
    [theirs] = await world.desk.all(OTHER, CP)
    one, other = (
        x509.load_pem_x509_certificates(each.chain_pem.encode())[1] for each in (mine, theirs)
    )
    assert one.public_key() != other.public_key()
    refused = await world.try_to_connect(certificate_sha256=theirs.sha256, **BY_CERTIFICATE)
    assert refused.status_code == 401
    assert timedelta(days=700) < theirs.not_after - world.clock.now()
