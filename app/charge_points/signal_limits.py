"""Limits of power that follow a signal while a charge runs: what the roof has left, and no more.

A tariff's signal may say how much current a charge may draw. That is looked at when readings come,
which for such a charge are wanted once in ``every``, and told to the charge point as a TxProfile,
which ends with its transaction (OCPP 1.6 §3.13.1, 2.0.1 K01). What it was told last lies beside the
session, so that any process can go on. Told again is a limit that nobody answered, one from before
a boot, which may have lost it, and one that was refused, after ever longer pauses. A silent signal
limits nothing.
"""

import asyncio
import logging
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from app.charge_points.owner_commands import OwnerCommands
from app.charging.errors import StromError
from app.charging.ports import Clock, Item, Key, Put, Tables
from app.charging.session import Phase, Session
from app.operations import (
    ChargingProfile,
    ChargingSchedule,
    ClearChargingProfile,
    SchedulePeriod,
    SetChargingProfile,
)
from app.records import keys
from app.records.commands import GivenCommand
from app.records.live import LiveChargers

log = logging.getLogger(__name__)
BY = "signal"
PROFILE = 7_400_000
"""Profiles of this number and the connector's are ours."""
_PATIENCE_S = 3
_LONGEST_PAUSE = timedelta(hours=1)
"""One that refuses limits is asked again no more rarely than this."""
_MOST_KNOWN = 20_000


class Wanted(Protocol):
    """What a tariff's signal allows."""

    async def limits(self, tenant: str, tariff_id: str, version: int) -> bool:
        """Whether a tariff's signal ever limits anything; hardly ever asks the table."""
        ...

    async def limit_a(self, tenant: str, tariff_id: str, version: int) -> int | None:
        """Ampere per phase now; None: no limit."""
        ...


@dataclass(frozen=True, slots=True)
class SignalLimits:
    """Follows the signal of each running charge."""

    tables: Tables
    live: LiveChargers
    commands: OwnerCommands
    wanted: Wanted
    clock: Clock
    every: timedelta = timedelta(seconds=60)
    looked_at: OrderedDict[str, datetime] = field(default_factory=OrderedDict)

    async def follow(self, tenant: str, session: Session) -> int | None:
        """Let the charge point know what its signal allows now; what fails is tried again later.

        Returns within how many seconds to hear of the charge again; None: no signal limits it.
        """
        if session.phase is not Phase.CHARGING:
            return None
        tariff = session.quote.tariff
        try:
            async with asyncio.timeout(_PATIENCE_S):
                if not await self.wanted.limits(tenant, tariff.id, tariff.version):
                    return None
            if self._is_due(session.id):
                await self._look(tenant, session)
        except (StromError, TimeoutError) as error:
            log.info("the limit of session %s is looked at again later: %r", session.id, error)
        return int(self.every.total_seconds())

    async def _look(self, tenant: str, session: Session) -> None:
        tariff = session.quote.tariff
        async with asyncio.timeout(_PATIENCE_S):
            limit_a = await self.wanted.limit_a(tenant, tariff.id, tariff.version)
        told = await self._told(tenant, session.id)
        given = await self._given(tenant, session, told)
        if await self._is_to_be_told(tenant, session, limit_a, told, given):
            refusals = told.refusals + 1 if _is_refused(told, given) else 0
            command = await self._tell(tenant, session, limit_a)
            await self._keep(tenant, session.id, _Told(limit_a, command, refusals))

    async def _is_to_be_told(
        self,
        tenant: str,
        session: Session,
        limit_a: int | None,
        told: "_Told",
        given: GivenCommand | None,
    ) -> bool:
        if given is not None and limit_a is not None and _is_refused(told, given):
            return self.clock.now() >= _heard_at(given) + self._pause(told.refusals)
        if limit_a != told.limit_a:
            return True
        if given is None or given.state == "rejected":
            return False
        if given.state != "accepted":  # a car may draw too much then, or too little
            return self.clock.now() >= given.expires_at
        return limit_a is not None and await self._has_booted_since(tenant, session, given)

    def _pause(self, refusals: int) -> timedelta:
        """From a refusal to the next try, when so many came right before it."""
        doubled: timedelta = self.every * 2.0 ** min(refusals, 20)
        return min(doubled, _LONGEST_PAUSE)

    async def _has_booted_since(self, tenant: str, session: Session, given: GivenCommand) -> bool:
        """Not every charge point that goes on with a transaction after a boot knows its limit."""
        booted_at = (await self.live.connection(tenant, session.charge_point)).booted_at
        return booted_at is not None and booted_at > _heard_at(given)

    def _is_due(self, session_id: str) -> bool:
        now, before = self.clock.now(), self.looked_at.get(session_id)
        if before is not None and now - before < self.every:
            return False
        self.looked_at[session_id] = now
        self.looked_at.move_to_end(session_id)
        while len(self.looked_at) > _MOST_KNOWN:
            self.looked_at.popitem(last=False)
        return True

    async def _tell(self, tenant: str, session: Session, limit_a: int | None) -> str:
        """Give the command; returns its id."""
        number = PROFILE + session.connector
        if limit_a is None:
            clear = ClearChargingProfile(profile_id=number)
            return await self._give(tenant, session, clear)
        profile = ChargingProfile(
            id=number,
            stack_level=0,
            purpose="TxProfile",
            kind="Relative",
            schedule=ChargingSchedule("A", (SchedulePeriod(0, Decimal(limit_a)),)),
            transaction_id=session.transaction_id,
            reference=await self._reference(tenant, session),
        )
        set_ = SetChargingProfile(session.connector, profile)
        return await self._give(tenant, session, set_)

    async def _give(
        self, tenant: str, session: Session, command: SetChargingProfile | ClearChargingProfile
    ) -> str:
        """At once: a limit of this charge that came later would be the next one's, or undo it."""
        place = session.charge_point
        return (await self.commands.give(tenant, place, command, by=BY, at_once=True)).id

    async def _reference(self, tenant: str, session: Session) -> str:
        """The charge point's own name for the transaction (OCPP 2.0.1)."""
        if session.transaction_id is None:
            return ""
        kept = await self.live.transaction(tenant, session.charge_point, session.transaction_id)
        return "" if kept is None else kept.reference

    async def _given(self, tenant: str, session: Session, told: "_Told") -> GivenCommand | None:
        """The last command, and what came of it."""
        if not told.command:
            return None
        return await self.commands.given.find(tenant, session.charge_point, told.command)

    async def _told(self, tenant: str, session_id: str) -> "_Told":
        row = await self.tables.tenant(tenant).get(_key(tenant, session_id)) or {}
        limit_a, command, refusals = row.get("limit_a"), row.get("command"), row.get("refusals")
        return _Told(
            limit_a if isinstance(limit_a, int) else None,
            command if isinstance(command, str) else "",
            refusals if isinstance(refusals, int) else 0,
        )

    async def _keep(self, tenant: str, session_id: str, told: "_Told") -> None:
        key = _key(tenant, session_id)
        row: Item = {"pk": key.pk, "sk": key.sk, "command": told.command}
        if told.limit_a is not None:
            row["limit_a"] = told.limit_a
        if told.refusals:
            row["refusals"] = told.refusals
        await self.tables.tenant(tenant).write([Put(row)])


@dataclass(frozen=True, slots=True)
class _Told:
    """What the charge point was told last, and by which command."""

    limit_a: int | None
    command: str = ""
    refusals: int = 0
    """How many limits right before this one were refused."""


def _is_refused(told: _Told, given: GivenCommand | None) -> bool:
    """Whether the last limit was; that there was none to take back is no refusal."""
    return given is not None and given.state == "rejected" and told.limit_a is not None


def _heard_at(given: GivenCommand) -> datetime:
    """When its answer was heard."""
    return given.concluded_at or given.at


def _key(tenant: str, session_id: str) -> Key:
    return Key(keys.session_pk(tenant, session_id), "LIMIT")
