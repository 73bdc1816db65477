"""A configuration is read, changed, compared with what was set; and nobody is asked too often."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from app.charge_points.configuration import HIDDEN, ChargerConfiguration, ConfigurationBook
from app.charging.errors import BadInput, Conflict
from app.edge_messages import Booted, Command, CommandOutcome, ConfigurationReport
from app.operations import ChangeConfiguration, GetConfiguration
from app.records.views import ConfigurationView
from tests.charge_points.world import CP, World, connected_world
from tests.flow.system import TENANT

BASELINE = {"MeterValueSampleInterval": "Accepted", "LocalPreAuthorize": "NotSupported"}


def desk(world: World) -> ChargerConfiguration:
    return ChargerConfiguration(world.book, world.commands)


async def seen(world: World) -> ConfigurationView:
    return await desk(world).of(TENANT, CP)


async def answers(world: World, read_only: tuple[str, ...] = (), **told: str) -> Command:
    """The charge point answers the one command it was given."""
    [command] = await world.commanded()
    await world.say(CommandOutcome(command.id, 1, "accepted", "", dict(told), read_only=read_only))
    return command


async def boots(world: World, firmware: str = "1.0") -> list[object]:
    """It boots; what it is asked thereupon."""
    await world.say(Booted("V", "M", firmware=firmware))
    return [command.operation for command in await world.commanded()]


def drift(view: ConfigurationView) -> dict[str, tuple[str | None, str | None]]:
    return {setting.key: (setting.value, setting.wanted) for setting in view.drifted}


async def test_before_it_was_read_nothing_is_claimed() -> None:
    world = await connected_world()
    view = await seen(world)
    assert (view.read_at, view.settings) == (None, ())


async def test_everything_it_tells_shows() -> None:
    world = await connected_world()
    await desk(world).ask(TENANT, CP)
    command = await answers(world, ("NumberOfConnectors",), NumberOfConnectors="2", B="x")
    assert command.operation == GetConfiguration()
    view = await seen(world)
    assert view.read_at == world.at()
    assert [(s.key, s.value, s.is_read_only) for s in view.settings] == [
        ("B", "x", False),
        ("NumberOfConnectors", "2", True),
    ]
    assert view.drifted == ()


async def test_a_change_is_wanted_once_it_was_accepted_and_not_before() -> None:
    world = await connected_world()
    await desk(world).set(TENANT, CP, "HeartbeatInterval", "60")
    assert (await seen(world)).settings == ()
    command = await answers(world)
    assert command.operation == ChangeConfiguration("HeartbeatInterval", "60")
    [setting] = (await seen(world)).settings
    assert (setting.value, setting.wanted, setting.set_by) == (None, "60", "owner")


async def test_a_change_that_was_refused_is_not_wanted() -> None:
    world = await connected_world()
    await desk(world).set(TENANT, CP, "HeartbeatInterval", "60")
    [command] = await world.commanded()
    await world.say(CommandOutcome(command.id, 1, "rejected", "Rejected"))
    assert (await seen(world)).settings == ()


async def changed_behind_our_back(world: World) -> None:
    await desk(world).set(TENANT, CP, "HeartbeatInterval", "60")
    await answers(world)
    world.clock.pass_s(60)
    await desk(world).ask(TENANT, CP)
    await answers(world, HeartbeatInterval="900", Other="1")


async def test_what_differs_from_what_was_set_is_drift_and_can_be_set_again() -> None:
    world = await connected_world()
    await changed_behind_our_back(world)
    assert drift(await seen(world)) == {"HeartbeatInterval": ("900", "60")}
    await desk(world).set_again(TENANT, CP, "HeartbeatInterval")
    command = await answers(world)
    assert command.operation == ChangeConfiguration("HeartbeatInterval", "60")
    assert drift(await seen(world)) == {}


async def test_or_be_left_as_it_is() -> None:
    world = await connected_world()
    await changed_behind_our_back(world)
    await desk(world).accept(TENANT, CP, "HeartbeatInterval")
    assert drift(await seen(world)) == {}
    with pytest.raises(Conflict):
        await desk(world).accept(TENANT, CP, "NeverTold")
    with pytest.raises(Conflict):
        await desk(world).set_again(TENANT, CP, "NeverSet")


@pytest.mark.parametrize(("has", "wants"), [("True", "true"), ("a, b", "a,b"), (" 5", "5")])
async def test_the_same_in_other_writing_is_no_drift(has: str, wants: str) -> None:
    world = await connected_world()
    await desk(world).set(TENANT, CP, "Key", wants)
    await answers(world)
    await desk(world).ask(TENANT, CP)
    await answers(world, Key=has)
    assert drift(await seen(world)) == {}


async def test_our_baseline_is_wanted_where_it_was_taken() -> None:
    world = await connected_world()
    await world.say(ConfigurationReport(BASELINE))
    await desk(world).ask(TENANT, CP)
    await answers(world, MeterValueSampleInterval="900", LocalPreAuthorize="true")
    assert drift(await seen(world)) == {"MeterValueSampleInterval": ("900", "60")}


async def test_what_it_says_is_fixed_is_not_tried() -> None:
    world = await connected_world()
    await desk(world).ask(TENANT, CP)
    await answers(world, ("NumberOfConnectors",), NumberOfConnectors="2")
    with pytest.raises(BadInput):
        await desk(world).set(TENANT, CP, "NumberOfConnectors", "3")


async def test_secrets_are_neither_shown_nor_remembered() -> None:
    world = await connected_world()
    with pytest.raises(BadInput):
        await desk(world).set(TENANT, CP, "AuthorizationKey", "hunter2hunter2hunter2")
    await desk(world).ask(TENANT, CP)
    await answers(world, AuthorizationKey="hunter2hunter2hunter2")
    [setting] = (await seen(world)).settings
    assert (setting.value, setting.wanted) == (HIDDEN, None)


# --- asking again ---------------------------------------------------------------------------------


async def test_one_for_which_nothing_was_set_is_never_asked() -> None:
    world = await connected_world()
    assert await boots(world) == []


async def test_after_a_boot_only_what_was_set_is_asked_for_once_a_day() -> None:
    """However often it boots, and though it never answers: that may be why it boots."""
    world = await connected_world()
    await world.say(ConfigurationReport(BASELINE))
    assert await boots(world) == [GetConfiguration(("MeterValueSampleInterval",))]
    for _ in range(5):
        world.clock.pass_s(120)
        await world.connect()
        assert GetConfiguration(("MeterValueSampleInterval",)) not in await boots(world)
    world.clock.pass_s(86_400)
    await world.connect()
    assert await boots(world) == [GetConfiguration(("MeterValueSampleInterval",))]


async def test_after_new_firmware_it_is_asked_at_once() -> None:
    world = await connected_world()
    await world.say(ConfigurationReport(BASELINE))
    assert len(await boots(world, "1.0")) == 1
    assert await boots(world, "1.0") == []
    assert len(await boots(world, "2.0")) == 1


async def test_asking_for_a_part_keeps_what_else_is_known() -> None:
    world = await connected_world()
    await desk(world).ask(TENANT, CP)
    await answers(world, ("B",), A="1", B="2", MeterValueSampleInterval="60")
    await world.say(ConfigurationReport(BASELINE))
    await boots_and_tells(world, MeterValueSampleInterval="30")
    view = await seen(world)
    assert {s.key: s.value for s in view.settings} == {
        "A": "1",
        "B": "2",
        "MeterValueSampleInterval": "30",
    }
    assert [s.key for s in view.settings if s.is_read_only] == ["B"]
    assert drift(view) == {"MeterValueSampleInterval": ("30", "60")}


async def boots_and_tells(world: World, **told: str) -> None:
    await world.say(Booted("V", "M", firmware="9"))
    await answers(world, (), **told)


async def test_the_owner_is_told_once_of_what_has_changed_by_itself() -> None:
    world = await connected_world()
    told: list[list[str]] = []

    async def drifted(tenant: str, charge_point: str, keys: Sequence[str]) -> None:
        told.append([tenant, charge_point, *keys])

    world.book = ConfigurationBook(world.chargers, world.settings, drifted)
    world.commands.followers.update(world.book.followers)
    await world.say(ConfigurationReport(BASELINE))
    await boots_and_tells(world, MeterValueSampleInterval="30")
    assert told == [[TENANT, CP, "MeterValueSampleInterval"]]
    world.clock.pass_s(86_400)
    await world.connect()
    await boots_and_tells(world, MeterValueSampleInterval="30")
    assert len(told) == 1
