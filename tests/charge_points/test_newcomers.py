"""Charge points that nobody has set up: who may knock, what they get, and the owner's click."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from decimal import Decimal

import httpx
import msgspec
import pytest

from app.charge_points.locations import Locations
from app.charge_points.newcomers import Newcomers
from app.charge_points.registry import ChargerRegistry
from app.charging.errors import BadInput, Conflict, NotFound
from app.edge_messages import (
    Booted,
    ChargerMessage,
    CommandOutcome,
    Connected,
    ConnectorStatus,
    Kick,
    MessageResult,
    Said,
    TransactionStarted,
)
from app.operations import SetPassword
from app.records import rows
from app.records.charge_points import ChargePoint
from app.records.drafts import ChargePointDraft, TariffDraft
from app.records.newcomers import newcomers
from app.records.tariffs import Tariffs
from app.records.views import NewcomerView
from app.tariffs.owned import OwnedTariffs
from tests.charge_points.test_registry import PLACE
from tests.charge_points.world import World, connect_request
from tests.flow.system import TENANT

OTHER = "tenant000002"
GIVEN = hashlib.sha256(b"factory").hexdigest()
DRAFT = ChargePointDraft("Hof", "l1", "t1", connectors=2)


class Door:
    """An owner's door, and a charge point before it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.code = ""
        self.owner = owner_of(world)

    async def knock(self, identity: str = "SN1", **more: object) -> httpx.Response:
        asked = msgspec.structs.replace(
            connect_request(),
            path=f"{self.code}/{identity}",
            password_sha256=GIVEN,
            peer="192.0.2.7",
        )
        await self.world.lease()
        return await self.world.post("connect", msgspec.structs.replace(asked, **more))

    async def waits(self, identity: str = "SN1", **more: object) -> Connected:
        response = await self.knock(identity, **more)
        assert response.status_code == 200, response.text
        granted = msgspec.json.decode(response.content, type=Connected)
        assert granted.pending
        return granted

    async def says(self, granted: Connected, said: Said) -> MessageResult:
        message = ChargerMessage(granted.tenant, granted.charge_point, granted.epoch, said)
        [result] = await self.world.say_all(message)
        return result

    async def seen(self) -> NewcomerView:
        [view] = await self.owner.all(TENANT)
        return view

    async def accepted(self, **more: object) -> ChargePoint:
        view = await self.seen()
        return await self.owner.accept(TENANT, view.id, replace(DRAFT, **more))  # type: ignore[arg-type]


def owner_of(world: World) -> Newcomers:
    async def never(tenant: str, charge_point_id: str) -> bool:
        return False

    async def no_list(tenant: str, charge_point: ChargePoint) -> None:
        pass

    registry = ChargerRegistry(
        world.tables, world.directory, world.clock, world.chance, "strom.example", never, no_list
    )
    return Newcomers(
        world.tables,
        world.directory,
        world.chargers,
        registry,
        world.passwords,
        world.bus,
        world.clock,
        world.chance,
    )


async def place_and_price(world: World) -> None:
    location = await Locations(world.tables, world.chance).add(TENANT, PLACE)
    tariffs = OwnedTariffs(world.tables, world.clock, world.chance)
    tariff = await tariffs.add(TENANT, TariffDraft("day", "EUR", Decimal("0.45")))
    await rows.locations(world.tables).add(TENANT, replace(location, id="l1"))
    await Tariffs(world.tables).add(TENANT, replace(tariff.shown, id="t1"))


@pytest.fixture
async def door() -> Door:
    world = await World().furnish()
    await place_and_price(world)
    door = Door(world)
    door.code = await door.owner.open_door(TENANT)
    return door


# --- at the door ---------------------------------------------------------------------------------


async def test_an_unknown_charge_point_is_refused_unless_its_owner_opened_the_door() -> None:
    world = await World().furnish()
    door = Door(world)
    assert (await door.knock()).status_code == 401
    door.code = await door.owner.open_door(TENANT)
    assert (await door.waits()).tenant == TENANT
    await door.owner.shut_door(TENANT)
    assert (await door.knock("SN2")).status_code == 401


async def test_another_code_ends_the_one_before(door: Door) -> None:
    before = door.code
    door.code = await door.owner.open_door(TENANT)
    assert await door.owner.door(TENANT) == door.code != before
    await door.waits()
    door.code = before
    assert (await door.knock("SN2")).status_code == 401


@pytest.mark.parametrize("identity", ["", "a/b", "x" * 49, "ü", "a#b", "\x00"])
async def test_names_that_no_charge_point_has_are_refused(door: Door, identity: str) -> None:
    assert (await door.knock(identity)).status_code == 401
    assert await door.owner.all(TENANT) == []


async def test_a_suspended_owners_door_is_shut(door: Door) -> None:
    tenants = rows.tenants(door.world.tables)
    owner = await tenants.get(TENANT, TENANT)
    await tenants.replace(TENANT, owner, replace(owner, status="suspended"))
    assert (await door.knock()).status_code == 401


async def test_what_it_says_of_itself_is_shown_and_its_boot_is_pending(door: Door) -> None:
    granted = await door.waits(tls=True)
    result = await door.says(granted, Booted("Maker", "Box", "SN1", "1.0"))
    assert (result.saved, result.accepted, result.pending) == (True, False, True)
    view = await door.seen()
    assert (view.identity, view.peer, view.profile, view.online) == ("SN1", "192.0.2.7", 2, True)
    assert (view.vendor, view.model, view.serial, view.firmware) == ("Maker", "Box", "SN1", "1.0")


async def test_nothing_else_it_says_is_kept(door: Door) -> None:
    granted = await door.waits()
    before = len(door.world.tables.rows())
    now = door.world.clock.now()
    await door.says(granted, ConnectorStatus(1, "Available", "NoError", now))
    result = await door.says(granted, TransactionStarted(1, "TAG", 0, now))
    assert result.transaction_id is None
    assert len(door.world.tables.rows()) == before


async def test_no_commands_and_no_configuration_are_given_to_it(door: Door) -> None:
    granted = await door.waits()
    assert (granted.commands, granted.configuration, granted.deadlines) == ((), (), ())


async def test_so_many_wait_and_no_more(door: Door) -> None:
    answers = []
    for number in range(25):
        answers.append((await door.knock(f"SN{number}")).status_code)
        door.world.clock.pass_s(600)
    assert answers == [200] * 20 + [401] * 5
    assert len(await door.owner.all(TENANT)) == 20
    assert (await door.knock("SN0")).status_code == 200, "who waits already may come again"


async def test_so_many_new_ones_in_an_hour(door: Door) -> None:
    answers = [(await door.knock(f"SN{number}")).status_code for number in range(12)]
    assert answers == [200] * 10 + [429] * 2
    door.world.clock.pass_s(3601)
    assert (await door.knock("SN11")).status_code == 200


async def test_who_stays_away_is_forgotten(door: Door) -> None:
    granted = await door.waits()
    await door.says(granted, Booted("Maker", "Box"))
    before = [row for row in door.world.tables.rows() if "pending." in str(row["pk"])]
    assert before
    door.world.clock.pass_s(8 * 86_400)
    assert await door.owner.all(TENANT) == []
    assert not [row for row in door.world.tables.rows() if "pending." in str(row["pk"])]


async def test_knocking_again_and_again_writes_next_to_nothing(door: Door) -> None:
    await door.waits()
    [before] = await newcomers(door.world.tables).all(TENANT)
    door.world.clock.pass_s(60)
    await door.waits()
    assert await newcomers(door.world.tables).all(TENANT) == [before]


async def test_another_by_its_name_does_not_take_its_place_while_it_is_there(door: Door) -> None:
    await door.waits()
    assert (await door.knock(password_sha256="0" * 64)).status_code == 401
    assert (await door.knock(peer="198.51.100.1")).status_code == 401
    assert (await door.seen()).peer == "192.0.2.7"


async def test_the_newer_of_its_sockets_counts(door: Door) -> None:
    first, second = await door.waits(), await door.waits()
    kick = Kick(TENANT, first.charge_point, second.epoch)
    assert await door.world.received() == [kick]


# --- the owner's click ---------------------------------------------------------------------------


async def test_accepted_it_is_a_charge_point_and_is_given_a_password(door: Door) -> None:
    granted = await door.waits()
    box = await door.accepted()
    assert [plug.number for plug in box.connectors] == [1, 2]
    assert await door.owner.all(TENANT) == []
    kicked = await door.world.received()
    assert Kick(TENANT, granted.charge_point, granted.epoch + 1) in kicked
    response = await door.knock()
    connected = msgspec.json.decode(response.content, type=Connected)
    assert (connected.charge_point, connected.pending) == (box.id, False)
    [command] = connected.commands
    assert isinstance(command.operation, SetPassword)
    new = hashlib.sha256(command.operation.password.encode()).hexdigest()
    message = CommandOutcome(command.id, command.attempt, "accepted")
    await door.says(connected, message)
    door.world.clock.pass_s(86_401)
    assert (await door.knock()).status_code == 401, "the password it came with was the maker's"
    assert (await door.knock(password_sha256=new)).status_code == 200


async def test_its_next_boot_closes_a_socket_that_did_not_hear_of_it(door: Door) -> None:
    granted = await door.waits()
    await door.accepted()
    assert (await door.says(granted, Booted("Maker", "Box"))).fenced


async def test_without_a_password_it_is_let_in_for_an_hour_to_be_given_one(door: Door) -> None:
    await door.waits(password_sha256=None)
    box = await door.accepted()
    response = await door.knock(password_sha256=None)
    assert msgspec.json.decode(response.content, type=Connected).charge_point == box.id
    door.world.clock.pass_s(3601)
    assert (await door.knock(password_sha256=None)).status_code == 401


async def test_once_it_has_its_password_nobody_comes_in_without(door: Door) -> None:
    await door.waits(password_sha256=None)
    await door.accepted()
    connected = msgspec.json.decode(
        (await door.knock(password_sha256=None)).content, type=Connected
    )
    [command] = connected.commands
    await door.says(connected, CommandOutcome(command.id, command.attempt, "accepted"))
    assert (await door.knock(password_sha256=None)).status_code == 401


async def test_a_wrong_password_of_an_accepted_one_does_not_knock(door: Door) -> None:
    await door.waits()
    await door.accepted()
    assert (await door.knock(password_sha256="0" * 64)).status_code == 401
    assert await door.owner.all(TENANT) == []


async def test_a_draft_that_is_not_good_accepts_nothing(door: Door) -> None:
    await door.waits()
    with pytest.raises(BadInput):
        await door.accepted(location_id="elsewhere")
    assert (await door.seen()).state == "waiting"


async def test_refused_it_is_put_out_and_may_not_knock_until_it_is_forgotten(door: Door) -> None:
    granted = await door.waits()
    view = await door.seen()
    await door.owner.refuse(TENANT, view.id)
    assert Kick(TENANT, granted.charge_point, granted.epoch + 1) in await door.world.received()
    assert (await door.knock()).status_code == 401
    with pytest.raises(Conflict):
        await door.owner.accept(TENANT, view.id, DRAFT)
    await door.owner.forget(TENANT, view.id)
    await door.waits()


async def test_another_owner_neither_sees_nor_accepts_it(door: Door) -> None:
    await door.waits()
    view = await door.seen()
    await door.world.furnish(OTHER, "box2")
    assert await door.owner.all(OTHER) == []
    for attempt in (
        door.owner.accept(OTHER, view.id, DRAFT),
        door.owner.refuse(OTHER, view.id),
        door.owner.forget(OTHER, view.id),
    ):
        with pytest.raises(NotFound):
            await attempt
