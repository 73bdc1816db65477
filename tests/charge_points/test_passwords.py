"""A new password by command: at no moment is the charge point locked out, and the old one ends."""

from __future__ import annotations

import hashlib
import re

import pytest

from app.charge_points.passwords import PURPOSE
from app.charge_points.registry import ChargerRegistry
from app.charging.errors import Conflict, NotFound, Unavailable
from app.edge_messages import Command, CommandOutcome
from app.operations import SetPassword
from app.records import rows
from app.records.charge_points import ChargePoint
from tests.charge_points.world import CP, PASSWORD, World, connected_world
from tests.flow.system import TENANT

OVERLAP_S = 24 * 3600


async def rotating() -> tuple[World, Command, str]:
    """A new password is on its way; and its SHA-256."""
    world = await connected_world()
    await world.passwords.rotate(TENANT, CP, by="owner")
    [command] = await world.commanded()
    assert isinstance(command.operation, SetPassword)
    return world, command, hashlib.sha256(command.operation.password.encode()).hexdigest()


async def opens(world: World, password_sha256: str) -> bool:
    return (await world.try_to_connect(password_sha256=password_sha256)).status_code == 200


async def answers(world: World, command: Command, outcome: str, detail: str = "") -> None:
    said = CommandOutcome(command.id, command.attempt, outcome, detail)  # type: ignore[arg-type]
    assert (await world.say(said)).saved


async def box(world: World) -> ChargePoint:
    return await rows.charge_points(world.tables).get(TENANT, CP)


async def test_it_is_160_bits_in_40_digits_and_lies_nowhere_as_it_is() -> None:
    world, command, _ = await rotating()
    assert isinstance(command.operation, SetPassword)
    password = command.operation.password
    assert re.fullmatch(r"[0-9a-f]{40}", password)
    lying = repr(world.tables.rows())
    assert password not in lying
    assert bytes.fromhex(password).hex() not in lying.lower()


async def test_while_it_is_on_its_way_both_open() -> None:
    world, _, new = await rotating()
    assert await opens(world, PASSWORD)
    world.clock.pass_s(6 * 86_400)
    assert await opens(world, PASSWORD)
    assert await opens(world, new)


@pytest.mark.parametrize("detail", ["Accepted", "RebootRequired"])
async def test_once_accepted_the_old_one_opens_for_a_while(detail: str) -> None:
    world, command, new = await rotating()
    await answers(world, command, "accepted", detail)
    assert await opens(world, new)
    assert await opens(world, PASSWORD)
    world.clock.pass_s(OVERLAP_S + 1)
    assert not await opens(world, PASSWORD)
    assert await opens(world, new)


async def test_its_first_use_counts_as_acceptance() -> None:
    """The answer was lost: the charge point reconnects by the new one at once."""
    world, command, new = await rotating()
    await world.connect(password_sha256=new)
    assert (await box(world)).password_sha256 == new
    world.clock.pass_s(OVERLAP_S + 1)
    assert not await opens(world, PASSWORD)
    await answers(world, command, "accepted")  # and then the answer comes after all
    assert (await box(world)).password_sha256 == new
    assert await opens(world, new)


async def test_refused_the_old_one_stays_and_the_new_one_opens_nothing() -> None:
    world, command, new = await rotating()
    await answers(world, command, "rejected", "NotSupported")
    assert await opens(world, PASSWORD)
    assert not await opens(world, new)
    world.clock.pass_s(OVERLAP_S + 1)
    assert await opens(world, PASSWORD)


async def test_without_an_answer_what_it_uses_decides() -> None:
    world, command, new = await rotating()
    await answers(world, command, "unknown")
    world.clock.pass_s(8 * 86_400)
    await world.lease()
    await world.later(60)  # given up
    assert await opens(world, PASSWORD)
    assert await opens(world, new)
    assert (await box(world)).password_sha256 == new


async def test_it_is_told_again_until_it_has_answered_also_after_coming_back() -> None:
    world, command, _ = await rotating()
    connected = await world.connect()
    [again] = connected.commands
    assert (again.id, again.operation) == (command.id, command.operation)
    assert again.attempt > command.attempt


async def test_a_charge_point_that_is_away_gets_it_when_it_comes_back() -> None:
    world = await World().furnish()
    await world.passwords.rotate(TENANT, CP, by="owner")
    [command] = (await world.connect()).commands
    assert isinstance(command.operation, SetPassword)
    assert len(command.operation.password) == 40


async def test_a_second_one_waits_for_the_first() -> None:
    """Two on their way, and the charge point might end with the one we have forgotten."""
    world, command, new = await rotating()
    with pytest.raises(Conflict):
        await world.passwords.rotate(TENANT, CP, by="owner")
    await answers(world, command, "accepted")
    await world.passwords.rotate(TENANT, CP, by="owner")
    assert await opens(world, new)


async def test_one_that_was_made_by_hand_meanwhile_wins_and_is_the_only_one() -> None:
    world, command, new = await rotating()
    registry = ChargerRegistry(
        world.tables, world.directory, world.clock, world.chance, "h", _never_in_use, _no_list
    )
    issued = await registry.renew_password(TENANT, CP)
    assert not await opens(world, new)
    assert not await opens(world, PASSWORD)
    by_hand = hashlib.sha256(issued.password.encode()).hexdigest()
    assert (await world.connect(password_sha256=by_hand)).commands == ()
    await answers(world, command, "accepted")
    assert await opens(world, by_hand)
    assert not await opens(world, new)


async def test_it_does_not_open_for_another_owner() -> None:
    world, command, _ = await rotating()
    given = await world.commands.given.find(TENANT, CP, command.id)
    assert given is not None
    assert isinstance(given.carries, SetPassword)
    sealed = bytes.fromhex(given.carries.sealed)
    await world.furnish("tenant000002", "box2")
    with pytest.raises(Unavailable):
        await world.passwords.reveal("tenant000002", CP, given.carries)
    assert await world.envelope.open(TENANT, PURPOSE, sealed)
    with pytest.raises(NotFound):
        await world.passwords.rotate("tenant000002", "CP9", by="owner")


async def _never_in_use(tenant: str, charge_point_id: str) -> bool:
    return False


async def _no_list(tenant: str, charge_point: ChargePoint) -> None:
    pass
