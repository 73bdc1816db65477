"""Starts and stops that an owner gives: kept like any other command, before anything is done.

What is told to the charge point is owed by the session, as for every payer. So what came of the
command is what the charge point answered and what became of the session, read together: nothing
has to be concluded at the right moment, and nothing is lost with a process.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from app.charge_points.owner_commands import KEPT_FOR, OwnerCommands
from app.charging.session import End, Phase, Session
from app.edge_messages import CommandOutcome
from app.operations import Start, Stop
from app.records.commands import GivenCommand, given_command
from app.records.views import CommandState

Kind = Literal["start", "stop"]
BEGUN_WITHIN: Final = timedelta(seconds=60)
"""A command whose session knows nothing of it by then was cut off before it was done."""
CUT_OFF: Final = ("unknown", "cut off before it was kept; give it again")

Outcome = tuple[CommandState, str]


@dataclass(frozen=True, slots=True)
class ChargeCommands:
    """Keeps an owner's starts and stops, and tells what came of them."""

    commands: OwnerCommands

    async def start(
        self,
        tenant: str,
        charge_point: str,
        operation: Start,
        session_id: str,
        expires_at: datetime,
    ) -> GivenCommand:
        """Keep a start before its session begins."""
        return await self._keep(tenant, charge_point, operation, session_id, expires_at)

    async def stop(self, tenant: str, session: Session) -> GivenCommand:
        """Keep a stop before the session hears of it; one that still waits is the same again."""
        waiting = await self._of(tenant, session.charge_point, "stop", session.id)
        now = self.commands.clock.now()
        if waiting is not None and outcome_of(waiting, session, now)[0] == "waiting":
            return waiting
        operation = Stop(session.transaction_id or 0)
        return await self._keep(
            tenant, session.charge_point, operation, session.id, now + KEPT_FOR, session.connector
        )

    async def drop(self, tenant: str, charge_point: str, given: GivenCommand) -> None:
        """Refused after all: it was never given."""
        await self.commands.given.drop(tenant, charge_point, given)

    async def answered(
        self, tenant: str, charge_point: str, kind: Kind, session_id: str, said: CommandOutcome
    ) -> None:
        """Keep what the charge point said to the start or stop of a session, if an owner gave it.

        Told again, a start that is refused may have worked the first time; an answer that is
        missing is asked for again.
        """
        given = await self._of(tenant, charge_point, kind, session_id)
        if given is None or given.state == "accepted":
            return
        counts = said.outcome == "accepted" or (
            said.outcome == "rejected" and (kind == "stop" or said.attempt == 1)
        )
        changed = replace(given, detail=said.detail)
        if counts:
            now = self.commands.clock.now()
            changed = replace(changed, state=said.outcome, concluded_at=now)
        await self.commands.given.change(tenant, charge_point, changed)

    async def now(self, tenant: str, given: GivenCommand) -> GivenCommand:
        """The command with what came of it so far; others than starts and stops as they are."""
        if not given.session_id:
            return given
        stored = await self.commands.flow.sessions.find(tenant, given.session_id)
        session = None if stored is None else stored.session
        state, detail = outcome_of(given, session, self.commands.clock.now())
        said = given.detail if given.detail.casefold() != state else ""
        return replace(given, state=state, detail="; ".join(x for x in (said, detail) if x))

    async def _keep(
        self,
        tenant: str,
        charge_point: str,
        operation: Start | Stop,
        session_id: str,
        expires_at: datetime,
        connector: int | None = None,
    ) -> GivenCommand:
        now = self.commands.clock.now()
        command_id = self.commands.new_id(now)
        given = given_command(command_id, operation, "owner", now, expires_at)
        given = replace(given, session_id=session_id, connector=connector or given.connector)
        await self.commands.given.add(tenant, charge_point, given)
        return given

    async def _of(
        self, tenant: str, charge_point: str, kind: Kind, session_id: str
    ) -> GivenCommand | None:
        return await self.commands.given.of_session(tenant, charge_point, session_id, kind)


def outcome_of(given: GivenCommand, session: Session | None, now: datetime) -> Outcome:
    """State and words for what came of a start or a stop, from its row and its session."""
    told: Callable[[GivenCommand, Session], Outcome | None]
    told = _start if given.name == "start" else _stop
    found = None if session is None else told(given, session)
    if found is not None:
        return found
    return CUT_OFF if now >= given.at + BEGUN_WITHIN else ("waiting", "")


def _start(given: GivenCommand, session: Session) -> Outcome | None:
    accepted = session.start_accepted or given.state == "accepted"
    if session.started_at is not None:
        return "accepted", "the charge began"
    if session.phase is Phase.STARTING:
        return ("accepted", "not plugged in yet") if accepted else ("waiting", "")
    if session.end is End.START_REJECTED:
        return "rejected", ""
    if session.end is End.CONNECTOR_TAKEN:
        return "rejected", "this connector is in use"
    if session.end is End.START_TIMED_OUT:
        return ("expired", "nobody plugged in in time") if accepted else ("unknown", "no answer")
    why = "the connector failed" if session.end is End.FAULTED else "stopped"
    return ("accepted" if accepted else "unknown"), f"{why} before the charge began"


def _stop(given: GivenCommand, session: Session) -> Outcome | None:
    if session.phase in (Phase.ENDED, Phase.FINISHING):
        return _ended(given, session)
    if given.state == "accepted":
        return "accepted", ""
    if given.state == "rejected":
        return "rejected", "it is told again until the charge ends"
    return ("waiting", "") if session.stop_owed else None


def _ended(given: GivenCommand, session: Session) -> Outcome:
    if session.started_at is None:
        return "accepted", "before the charge began"
    if session.running:
        answer = given.state if given.state != "waiting" else "unknown"
        return answer, "the charge was settled without word from the charge point"
    return "accepted", "the charge has ended"
