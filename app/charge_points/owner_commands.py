"""What owners, and drivers at the cable, have charge points do: kept, delivered, concluded.

The command's row is the truth; that it is owed is an effect like a session's, so it is rung again
until it is answered, and the connect answer carries it. What somebody waits for is refused while
the charge point is offline; the rest waits for it to come back.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from app.charging.effects import CarryOut
from app.charging.errors import BadInput, Conflict
from app.charging.ports import Chance, Clock
from app.edge_messages import CommandOutcome
from app.flow import Flow
from app.operations import (
    AT_ONCE,
    ONCE,
    ChangeConfiguration,
    ChargerOperation,
    GivenOperation,
    SendLocalList,
    names_a_secret,
)
from app.records import keys
from app.records.codec import to_ms
from app.records.commands import GivenCommand, GivenCommands, given_command, written_result
from app.records.effects import ref_of
from app.records.ids import new_id
from app.records.live import LiveChargers

WAITED_FOR = timedelta(seconds=60)
"""Not delivered later: nobody wants a reset that was asked for yesterday."""
KEPT_FOR = timedelta(days=7)
"""So long a configuration, a list or a certificate waits for a charge point to come back."""
RUNG_AGAIN_S = 20.0
REPLACED = "a newer one takes its place"

Follower = Callable[[str, str, GivenCommand], Awaitable[None]]
"""What follows when an operation is concluded: tenant, charge point, the command with its outcome.
May run twice; the command is concluded after it."""


@dataclass(frozen=True, slots=True)
class OwnerCommands:
    """Gives commands, and keeps what came of them. ``followers`` by operation."""

    given: GivenCommands
    live: LiveChargers
    flow: Flow
    clock: Clock
    chance: Chance
    followers: dict[type, Follower] = field(default_factory=dict)

    async def give(
        self,
        tenant: str,
        charge_point: str,
        operation: GivenOperation,
        *,
        by: str,
        at_once: bool = False,
        order: int = 0,
    ) -> GivenCommand:
        """Keep the command and ring the edge. ``at_once``: now or not at all, whatever it is.
        ``order``, 0 to 9: among several that are given at the same moment.

        Raises ``Conflict`` when it is offline and nobody would want it later, ``BadInput`` for a
        secret in a configuration: it would lie readable in the command's row.
        """
        if isinstance(operation, ChangeConfiguration) and names_a_secret(operation.key):
            raise BadInput(
                "secrets are not set like this; give the charge point a new password instead",
                field="key",
            )
        waited_for = at_once or isinstance(operation, AT_ONCE)
        if waited_for and not await self.live.online(tenant, charge_point):
            raise Conflict("the charge point is offline; try again once it is connected")
        now = self.clock.now()
        command_id = self.new_id(now, order)
        expires_at = now + (WAITED_FOR if waited_for else KEPT_FOR)
        await self._take_the_place_of_older(tenant, charge_point, operation)
        given = given_command(command_id, operation, by, now, expires_at)
        await self.given.add(tenant, charge_point, given)
        effect = CarryOut("", charge_point, command_id, expires_at)
        await self.flow.owe(tenant, effect, None, RUNG_AGAIN_S)
        await self.flow.perform(ref_of(tenant, effect))
        return given

    async def _take_the_place_of_older(
        self, tenant: str, charge_point: str, operation: GivenOperation
    ) -> None:
        """What says otherwise and was not answered so far is told no more: told again after this,
        it would undo it."""
        if not isinstance(operation, SendLocalList | ChangeConfiguration):
            return
        pk = keys.charge_point_pk(tenant, charge_point)
        for owed in await self.flow.sessions.owed(tenant, pk):
            if not isinstance(owed.effect, CarryOut):
                continue
            older = await self.given.find(tenant, charge_point, owed.effect.command_id)
            if older is not None and _says_otherwise(operation, older.carries):
                detail = "; ".join(part for part in (older.detail, REPLACED) if part)
                await self.given_up(tenant, charge_point, replace(older, detail=detail))

    def new_id(self, now: datetime, order: int = 0) -> str:
        """Ids sort by time: in that order a charge point that comes back is told."""
        return f"owner.{to_ms(now):015d}{order}{new_id(self.chance, 8)}"

    async def told(self, tenant: str, charge_point: str, said: CommandOutcome) -> None:
        """What the edge reports; one that is not known, or was answered, is passed over."""
        given = await self.given.find(tenant, charge_point, said.id)
        if given is None or given.state not in ("waiting", "unknown"):
            return
        if said.outcome == "unknown" and not isinstance(given.carries, ONCE):
            await self.given.change(tenant, charge_point, replace(given, detail=said.detail))
            return  # it is rung again
        done = replace(
            given,
            state=said.outcome,
            detail=said.detail,
            result=written_result(_without_secrets(said.result)),
            read_only=said.read_only,
        )
        await self._conclude(tenant, charge_point, done)

    async def given_up(self, tenant: str, charge_point: str, given: GivenCommand) -> None:
        """Nobody answered while it was wanted."""
        detail = given.detail or "no answer"
        await self._conclude(tenant, charge_point, replace(given, state="unknown", detail=detail))

    async def newest(self, tenant: str, charge_point: str, limit: int = 20) -> list[GivenCommand]:
        """The newest commands of a charge point."""
        return await self.given.newest(tenant, charge_point, limit)

    async def find(self, tenant: str, charge_point: str, command_id: str) -> GivenCommand | None:
        """One command of a charge point."""
        return await self.given.find(tenant, charge_point, command_id)

    async def _conclude(self, tenant: str, charge_point: str, done: GivenCommand) -> None:
        done = replace(done, concluded_at=self.clock.now())
        follower = self.followers.get(type(done.carries))
        if follower is not None:
            await follower(tenant, charge_point, done)
        effect = CarryOut("", charge_point, done.id, done.expires_at)
        await self.given.conclude(tenant, charge_point, done, ref_of(tenant, effect).key)


def _says_otherwise(operation: GivenOperation, older: ChargerOperation) -> bool:
    """Whether an operation makes an older one pointless, whatever came of that."""
    if isinstance(operation, SendLocalList):
        return isinstance(older, SendLocalList) and operation.update == "Full"
    if isinstance(operation, ChangeConfiguration):
        return isinstance(older, ChangeConfiguration) and older.key == operation.key
    return False


def _without_secrets(result: dict[str, object]) -> dict[str, object]:
    """Some charge points tell their own password when they are asked for their configuration."""
    return {
        name: "•••" if value and names_a_secret(name) else value for name, value in result.items()
    }
