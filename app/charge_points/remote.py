"""What owners see of their charge points, and what they make them do."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Literal

import msgspec
from msgspec import structs

from app.charge_points import own_use
from app.charge_points.charge_commands import ChargeCommands
from app.charge_points.owner_commands import OwnerCommands
from app.charge_points.settings import ChargePointSettings
from app.charge_points.trusted_roots import trusted_roots
from app.charging import events as ev
from app.charging.claims import Claim, ClaimKind, connector_key
from app.charging.errors import BadInput, Conflict, NotFound
from app.charging.session import End, Funding, Phase, Session
from app.flow import Flow
from app.operations import (
    ChargingProfile,
    OwnerOperation,
    Reset,
    SetChargingProfile,
    Start,
    Unlock,
)
from app.records.charge_points import ChargePoint, ConnectorState
from app.records.commands import GivenCommand
from app.records.diary import Diaries, DiaryEntry
from app.records.ids import new_id
from app.records.live import LiveChargers
from app.records.views import ChargerView, CommandView, ConnectorView, TrustedRoot

Action = Literal["start", "stop", "unlock", "soft_reset", "hard_reset"]
IN_USE: Final = "this connector is in use"
LONGEST_ID: Final = 64
LOOKED_THROUGH: Final = 50


@dataclass(frozen=True, slots=True)
class ChargerStatuses:
    """What charge points were last seen doing."""

    live: LiveChargers
    flow: Flow

    async def of(self, tenant: str, charge_point: ChargePoint) -> ChargerView:
        """Online or not, each connector's status, what became of the configuration."""
        connection = await self.live.connection(tenant, charge_point.id)
        states = await self.live.connector_states(tenant, charge_point.id)
        online = connection.connected and await self.live.edge_alive(connection.instance)
        return ChargerView(
            online=online,
            protocol=connection.protocol,
            vendor=connection.vendor,
            model=connection.model,
            serial=connection.serial,
            firmware=connection.firmware,
            seen_at=connection.changed_at,
            configured=tuple(sorted(connection.configured.items())),
            connectors=tuple(
                [
                    await self._connector(tenant, charge_point.id, c.number, states.get(c.number))
                    for c in charge_point.connectors
                ]
            ),
        )

    async def in_use(self, tenant: str, charge_point_id: str) -> bool:
        """Whether a session is open at the charge point."""
        sessions = await self.flow.sessions.open(tenant)
        return any(s.charge_point == charge_point_id for s in sessions if _holds_connector(s))

    async def _connector(
        self, tenant: str, charge_point: str, number: int, state: ConnectorState | None
    ) -> ConnectorView:
        holder = await session_at(self.flow, tenant, charge_point, number)
        session_id = "" if holder is None else holder.id
        if state is None:
            return ConnectorView(number, session_id=session_id)
        error = "" if state.error_code == "NoError" else state.error_code
        return ConnectorView(number, state.status, error, session_id, state.at)


@dataclass(frozen=True, slots=True)
class RemoteControl:
    """Commands that owners give."""

    commands: OwnerCommands
    flow: Flow
    settings: ChargePointSettings

    async def send(
        self, tenant: str, charge_point: ChargePoint, action: Action, connector: int
    ) -> CommandView:
        """Give one; raises ``Conflict`` where it makes no sense."""
        if action == "start":
            return await self._start(tenant, charge_point, connector)
        if action == "stop":
            return await self._stop(tenant, charge_point, connector)
        operation = _operation(action, connector)
        return _view(await self.commands.give(tenant, charge_point.id, operation, by="owner"))

    async def operate(
        self, tenant: str, charge_point: ChargePoint, operation: OwnerOperation
    ) -> CommandView:
        """Have any operation carried out; raises ``Conflict`` where it makes no sense.

        A limit for the charge under way finds it by itself; later it would be another's.
        """
        at_once = False
        if isinstance(operation, SetChargingProfile) and is_for_now(operation.profile):
            operation, at_once = await self._of_the_charge(tenant, charge_point, operation), True
        give = self.commands.give
        return _view(await give(tenant, charge_point.id, operation, by="owner", at_once=at_once))

    async def told(self, tenant: str, charge_point: ChargePoint) -> list[DiaryEntry]:
        """What the charge point told of itself, the newest first."""
        return await Diaries(self.commands.given.tables).newest(tenant, charge_point.id)

    async def latest(self, tenant: str, charge_point: ChargePoint) -> tuple[CommandView, ...]:
        """The last few and what came of them, the newest first."""
        kept, charges = await self.commands.newest(tenant, charge_point.id), self._charges
        return tuple(map(_view, await asyncio.gather(*(charges.now(tenant, g) for g in kept))))

    async def roots(self, tenant: str, charge_point: ChargePoint) -> tuple[TrustedRoot, ...]:
        """The roots that it has told it trusts, as far back as its last commands go."""
        return trusted_roots(await self.commands.newest(tenant, charge_point.id, LOOKED_THROUGH))

    async def one(self, tenant: str, charge_point: ChargePoint, command_id: str) -> CommandView:
        """One and what came of it so far; raises ``NotFound``."""
        usable = len(command_id) <= LONGEST_ID
        given = await self.commands.find(tenant, charge_point.id, command_id) if usable else None
        if given is None:
            raise NotFound("there is no such command; GET …/commands lists the last ones")
        return _view(await self._charges.now(tenant, given))

    async def _start(self, tenant: str, charge_point: ChargePoint, connector: int) -> CommandView:
        """The owner's own use: a session like any other, that costs nothing."""
        if charge_point.connector(connector) is None:
            raise Conflict("this charge point has no such connector")
        if not await self.commands.live.online(tenant, charge_point.id):
            raise Conflict("the charge point is offline; try again once it is connected")
        now = self.commands.clock.now()
        if await session_at(self.flow, tenant, charge_point.id, connector) is not None:
            raise Conflict(IN_USE)
        session_id = new_id(self.commands.chance, own_use.ID_LENGTH)
        at = (tenant, charge_point.id, connector)
        tables = self.commands.live.tables
        opening = await own_use.opening(tables, self.settings, at, now)
        expires_at = now + timedelta(seconds=opening.quote.limits.start_s)
        told = Start(connector, opening.session(session_id).id_tag)
        given = await self._charges.start(tenant, charge_point.id, told, session_id, expires_at)
        funded = ev.Funded(now, Funding.OWNER)
        session = await self.flow.record(tenant, session_id, [funded], opening=opening)
        if session.end is End.CONNECTOR_TAKEN:
            await self._charges.drop(tenant, charge_point.id, given)
            raise Conflict(IN_USE)
        return _view(await self._charges.now(tenant, given))

    async def _of_the_charge(
        self, tenant: str, charge_point: ChargePoint, operation: SetChargingProfile
    ) -> SetChargingProfile:
        """With the transaction's number and name (OCPP 2.0.1 K01.FR.03 asks for the name)."""
        session = await session_at(self.flow, tenant, charge_point.id, operation.connector)
        number = None if session is None else session.transaction_id
        if number is None:
            raise Conflict("nothing charges at this connector")
        kept = await self.commands.live.transaction(tenant, charge_point.id, number)
        reference = "" if kept is None else kept.reference
        profile = structs.replace(operation.profile, transaction_id=number, reference=reference)
        return structs.replace(operation, profile=profile)

    async def _stop(self, tenant: str, charge_point: ChargePoint, connector: int) -> CommandView:
        """A stop by the owner is a stop of the session: durable, and what is left goes back."""
        session = await session_at(self.flow, tenant, charge_point.id, connector)
        if session is None:
            raise Conflict("nothing charges at this connector")
        given = await self._charges.stop(tenant, session)
        asked = ev.StopRequested(self.commands.clock.now(), "owner")
        await self.flow.record(tenant, session.id, [asked])
        return _view(await self._charges.now(tenant, given))

    @property
    def _charges(self) -> ChargeCommands:
        return ChargeCommands(self.commands)


async def session_at(flow: Flow, tenant: str, charge_point: str, connector: int) -> Session | None:
    """The session that holds a connector, or None."""
    claim = Claim(ClaimKind.CONNECTOR, connector_key(charge_point, connector), "")
    holder = await flow.sessions.holder(tenant, claim)
    stored = None if holder is None else await flow.sessions.find(tenant, holder)
    return None if stored is None else stored.session


def is_for_now(profile: ChargingProfile) -> bool:
    """Whether it limits the charge under way, and does not say which that is."""
    unnamed = profile.transaction_id is None and not profile.reference
    return profile.purpose == "TxProfile" and unnamed


def _holds_connector(session: Session) -> bool:
    return session.running or session.phase not in (Phase.UNPAID, Phase.ENDED)


def _operation(action: Action, connector: int) -> OwnerOperation:
    if action == "unlock":
        if connector < 1:
            raise BadInput("which connector?", field="connector")
        return Unlock(connector)
    return Reset("Soft" if action == "soft_reset" else "Hard")


def _view(given: GivenCommand) -> CommandView:
    said = [f"{name} = {_written(value)}" for name, value in given.results.items()]
    detail = "\n".join([given.detail, *said] if given.detail else said)
    view = CommandView(given.id, given.name, given.state, given.at, given.connector, detail)
    return replace(view, session_id=given.session_id)


def _written(value: object) -> str:
    """A value as the charge point wrote it: a schedule is JSON."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
