"""The contract of an owner's commands, on the room and on the stand-in of the portal's tests."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from app import operations as op
from app.charge_points.charge_commands import BEGUN_WITHIN
from app.charge_points.remote import RemoteControl
from app.charging.errors import Unavailable
from app.charging.ports import Operation
from app.edge_messages import Command, CommandOutcome, Disconnect
from app.records import rows
from app.records.views import CommandView
from tests.charge_points.world import CP, World, started, stopped
from tests.contracts.remote_control import FOR_NOW, Answer, ControlLab, RemoteControlContract
from tests.flow.system import TENANT
from tests.support.portal import Fixture


class RoomLab(ControlLab):
    """A charge point on the bus, a table in memory."""

    def __init__(self, world: World) -> None:
        self.world, self.tenant = world, TENANT
        self.control = RemoteControl(world.commands, world.flow, world.settings)
        self.seen: dict[str, Command] = {}
        self.transactions: dict[int, int] = {}

    async def open(self) -> "RoomLab":
        await self.world.furnish()
        await self.world.connect()
        self.charge_point = await rows.charge_points(self.world.tables).get(TENANT, CP)
        self.other = replace(self.charge_point, id="CP2", path="p2")
        return self

    async def answers(
        self,
        given: CommandView,
        answer: Answer,
        detail: str = "",
        result: dict[str, object] | None = None,
    ) -> None:
        for command in await self.world.commanded():
            self.seen[command.id] = command
        mine = [
            command
            for command in self.seen.values()
            if command.id.startswith((given.id, f"{given.kind}.{given.session_id}"))
        ]
        [command] = mine
        await self.world.say(
            CommandOutcome(command.id, command.attempt, answer, detail, result or {})
        )

    async def begins(self, connector: int) -> None:
        tag = (await self._session_at(connector)).upper()
        begun = started(self.world.at(), tag, connector=connector)
        number = (await self.world.say(begun)).transaction_id
        assert number is not None
        self.transactions[connector] = number

    async def ends(self, connector: int) -> None:
        await self.world.say(stopped(self.transactions[connector], self.world.at(5), 2000))

    async def passes(self, seconds: float) -> None:
        await self.world.later(seconds)

    async def goes_away(self) -> None:
        await self.world.post("disconnect", Disconnect(TENANT, CP, self.world.epoch, "edge-1"))

    async def _session_at(self, connector: int) -> str:
        sessions = await self.world.flow.sessions.open(TENANT)
        [found] = [each.id for each in sessions if each.connector == connector]
        return found


class TestRoom(RemoteControlContract):
    @pytest.fixture
    async def lab(self) -> RoomLab:
        return await RoomLab(World()).open()

    async def test_the_start_names_its_session(self, lab: RoomLab) -> None:
        given = await lab.starts()
        assert (await lab.world.stored(given.session_id)).charge_point == CP

    async def test_a_refusal_of_a_start_told_again_says_nothing(self, lab: RoomLab) -> None:
        given = await lab.starts()
        said = CommandOutcome(f"start.{given.session_id}", 2, "rejected", "Rejected")
        await lab.world.say(said)
        assert await lab.state(given) == "waiting", "the first may have worked"

    async def test_a_payers_start_and_stop_are_not_the_owners(self, lab: RoomLab) -> None:
        session = await lab.world.pay()
        [command] = await lab.world.commanded()
        await lab.world.say(CommandOutcome(command.id, 1, "accepted"))
        assert await lab.control.latest(TENANT, lab.charge_point) == ()
        await lab.world.say(started(lab.world.at()))
        stop = await lab.stops()
        assert (stop.session_id, await lab.state(stop)) == (session.id, "waiting")

    async def test_what_was_cut_off_before_it_was_done_does_not_wait_for_ever(
        self, lab: RoomLab
    ) -> None:
        async def dies_at_the_session(operations: Sequence[Operation]) -> None:
            if any("#S#" in str(each) and "QUOTE" in str(each) for each in operations):
                raise Unavailable("the process is killed here")

        lab.world.faults.before_write = dies_at_the_session
        with pytest.raises(Unavailable):
            await lab.starts()
        lab.world.faults.before_write = None
        [given] = await lab.control.latest(TENANT, lab.charge_point)
        assert given.state == "waiting"
        lab.world.clock.pass_s(BEGUN_WITHIN.total_seconds())
        assert await lab.state(given) == "unknown"

    async def test_a_limit_for_the_charge_under_way_names_it(self, lab: RoomLab) -> None:
        await lab.charges()
        await lab.world.commanded()
        await lab.control.operate(TENANT, lab.charge_point, FOR_NOW)
        [command] = await lab.world.commanded()
        assert isinstance(command.operation, op.SetChargingProfile)
        assert command.operation.profile.transaction_id == lab.transactions[1]

    async def test_a_restart_forgets_nothing(self, lab: RoomLab) -> None:
        await lab.charges()
        given = await lab.stops()
        lab.world.restart()
        lab.control = RemoteControl(lab.world.commands, lab.world.flow, lab.world.settings)
        assert await lab.state(given) == "waiting"
        await lab.answers(given, "accepted")
        assert await lab.state(given) == "accepted"


class StandInLab(ControlLab):
    """What the portal's tests see."""

    def __init__(self, portal: Fixture) -> None:
        self.portal, self.control = portal, portal.chargers

    async def open(self) -> "StandInLab":
        ada = await self.portal.house.owner()
        self.tenant = ada.tenant.id
        issued = await self.portal.charger(self.tenant, connectors=2)
        self.charge_point = issued.charge_point
        self.other = replace(self.charge_point, id="CP2")
        self.portal.chargers.online.add(self.charge_point.id)
        return self

    async def answers(
        self,
        given: CommandView,
        answer: Answer,
        detail: str = "",
        result: dict[str, object] | None = None,
    ) -> None:
        self.portal.chargers.answer(given.id, answer, detail, result)

    async def begins(self, connector: int) -> None:
        self.portal.chargers.begin(self.charge_point.id, connector)

    async def ends(self, connector: int) -> None:
        self.portal.chargers.end(self.charge_point.id, connector)

    async def passes(self, seconds: float) -> None:
        await self.portal.house.clock.sleep(seconds)

    async def goes_away(self) -> None:
        self.portal.chargers.online.clear()


class TestStandIn(RemoteControlContract):
    @pytest.fixture
    async def lab(self) -> StandInLab:
        return await StandInLab(Fixture()).open()
