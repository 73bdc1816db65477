"""Limits of power that follow a signal while a charge runs: what the roof has left, and no more.

A tariff's signal may say how much current a charge may draw. That is looked at when readings come,
at most once in ``every``, and told to the charge point as a TxProfile, which ends with its
transaction (OCPP 1.6 §3.13.1, 2.0.1 K01). What it was told last lies beside the session, so that
any process can go on; a command that nobody answered is given again. A silent signal limits
nothing.
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
from app.records.live import LiveChargers

log = logging.getLogger(__name__)
BY = "signal"
PROFILE = 7_400_000
"""Profiles of this number and the connector's are ours."""
_PATIENCE_S = 3
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

    async def follow(self, tenant: str, session: Session) -> None:
        """Let the charge point know what its signal allows now; what fails is tried again later."""
        if session.phase is not Phase.CHARGING or not self._is_due(session.id):
            return
        tariff = session.quote.tariff
        try:
            async with asyncio.timeout(_PATIENCE_S):
                if not await self.wanted.limits(tenant, tariff.id, tariff.version):
                    return
                limit_a = await self.wanted.limit_a(tenant, tariff.id, tariff.version)
            told = await self._told(tenant, session.id)
            if limit_a != told.limit_a or await self._is_unheard(tenant, session, told):
                command = await self._tell(tenant, session, limit_a)
                await self._keep(tenant, session.id, _Told(limit_a, command))
        except (StromError, TimeoutError) as error:
            log.info("the limit of session %s is looked at again later: %r", session.id, error)

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

    async def _is_unheard(self, tenant: str, session: Session, told: "_Told") -> bool:
        """Whether nobody answered the last command: a car may draw too much then, or too little."""
        if not told.command:
            return False
        given = await self.commands.given.find(tenant, session.charge_point, told.command)
        if given is None or given.state in ("accepted", "rejected"):
            return False
        return self.clock.now() >= given.expires_at

    async def _told(self, tenant: str, session_id: str) -> "_Told":
        row = await self.tables.tenant(tenant).get(_key(tenant, session_id)) or {}
        limit_a, command = row.get("limit_a"), row.get("command")
        return _Told(
            limit_a if isinstance(limit_a, int) else None,
            command if isinstance(command, str) else "",
        )

    async def _keep(self, tenant: str, session_id: str, told: "_Told") -> None:
        key = _key(tenant, session_id)
        row: Item = {"pk": key.pk, "sk": key.sk, "command": told.command}
        if told.limit_a is not None:
            row["limit_a"] = told.limit_a
        await self.tables.tenant(tenant).write([Put(row)])


@dataclass(frozen=True, slots=True)
class _Told:
    """What the charge point was told last, and by which command."""

    limit_a: int | None
    command: str = ""


def _key(tenant: str, session_id: str) -> Key:
    return Key(keys.session_pk(tenant, session_id), "LIMIT")
