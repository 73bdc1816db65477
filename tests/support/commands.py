"""A stand-in for the room that carries out an owner's commands.

It is held to what the room does by `tests.contracts.remote_control`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from app.charge_points.trusted_roots import trusted_roots
from app.charging.errors import Conflict, NotFound
from app.operations import AT_ONCE, OwnerOperation, SetChargingProfile, name_of
from app.portal.ports.fleet import RemoteAction
from app.records.charge_points import ChargePoint
from app.records.commands import GivenCommand, given_command, written_result
from app.records.views import CommandState, CommandView, TrustedRoot
from tests.support.tenancy import SetClock

TO_START = timedelta(seconds=180)
Answer = Literal["accepted", "rejected", "unknown"]


@dataclass
class Charge:
    """A charge that an owner has started. ``start``: the command that did."""

    session: str
    start: str
    until: datetime
    flows: bool = False


@dataclass
class StandInCommands:
    """Commands to charge points that are ``online`` once a test says so.

    ``charging``: what somebody else charges, at connector 1 of a charge point.
    """

    clock: SetClock
    online: set[str] = field(default_factory=set)
    charging: dict[str, str] = field(default_factory=dict)
    sent: dict[tuple[str, str], list[CommandView]] = field(default_factory=dict)
    operations: list[OwnerOperation] = field(default_factory=list)
    charges: dict[tuple[str, int], Charge] = field(default_factory=dict)
    kept: list[GivenCommand] = field(default_factory=list)
    """Operations as the room keeps them, the newest first, whosever they are."""

    async def send(
        self, tenant: str, charge_point: ChargePoint, action: RemoteAction, connector: int
    ) -> CommandView:
        if action == "stop":
            return self._stop(tenant, charge_point.id, connector)
        if action == "start" and charge_point.connector(connector) is None:
            raise Conflict("this charge point has no such connector")
        if charge_point.id not in self.online:
            raise Conflict("the charge point is offline")
        if action == "start":
            return self._start(tenant, charge_point.id, connector)
        return self._keep(tenant, charge_point.id, action, connector)

    async def operate(
        self, tenant: str, charge_point: ChargePoint, operation: OwnerOperation
    ) -> CommandView:
        at_once = isinstance(operation, AT_ONCE)
        if isinstance(operation, SetChargingProfile) and operation.profile.purpose == "TxProfile":
            at_once = True
            if not self._session(charge_point.id, operation.connector):
                raise Conflict("nothing charges at this connector")
        if at_once and charge_point.id not in self.online:
            raise Conflict("the charge point is offline")
        return await self.give(tenant, charge_point.id, operation, by="owner")

    async def give(
        self, tenant: str, charge_point: str, operation: OwnerOperation, *, by: str, order: int = 0
    ) -> CommandView:
        self.operations.append(operation)
        view = self._keep(tenant, charge_point, name_of(operation), 0)
        self.kept.insert(0, given_command(view.id, operation, by, view.at, view.at))
        return view

    async def roots(self, tenant: str, charge_point: ChargePoint) -> tuple[TrustedRoot, ...]:
        mine = {view.id for view in await self.latest(tenant, charge_point)}
        return trusted_roots(given for given in self.kept if given.id in mine)

    async def latest(self, tenant: str, charge_point: ChargePoint) -> tuple[CommandView, ...]:
        self._look_at_the_time()
        return tuple(self.sent.get((tenant, charge_point.id), ()))

    async def one(self, tenant: str, charge_point: ChargePoint, command_id: str) -> CommandView:
        for view in await self.latest(tenant, charge_point):
            if view.id == command_id:
                return view
        raise NotFound("there is no such command")

    # --- what a charge point does -----------------------------------------------------------

    def answer(
        self,
        command_id: str,
        state: Answer,
        detail: str,
        result: dict[str, object] | None = None,
    ) -> None:
        """The charge point has answered; ``unknown``: it has not."""
        told = written_result(result or {})
        self.kept = [
            replace(given, state=state, result=told) if given.id == command_id else given
            for given in self.kept
        ]
        if state == "unknown":
            return
        self._change(command_id, state, detail)
        if state == "rejected":
            self._forget_start(command_id)

    def begin(self, charge_point: str, connector: int) -> None:
        """Energy flows."""
        charge = self.charges[charge_point, connector]
        charge.flows = True
        self._change(charge.start, "accepted", "the charge began")

    def end(self, charge_point: str, connector: int) -> None:
        """It flows no more: that is the answer to every stop."""
        session = self.charges.pop((charge_point, connector)).session
        for view in [view for views in self.sent.values() for view in views]:
            if (view.kind, view.session_id) == ("stop", session):
                self._change(view.id, "accepted", "the charge has ended")

    # --- inside -----------------------------------------------------------------------------

    def _start(self, tenant: str, charge_point: str, connector: int) -> CommandView:
        if self._session(charge_point, connector):
            raise Conflict("this connector is in use")
        session = f"own{self._count()}"
        view = self._keep(tenant, charge_point, "start", connector, session)
        until = self.clock.now() + TO_START
        self.charges[charge_point, connector] = Charge(session, view.id, until)
        return view

    def _stop(self, tenant: str, charge_point: str, connector: int) -> CommandView:
        session = self._session(charge_point, connector)
        if not session:
            raise Conflict("nothing charges at this connector")
        for view in self.sent.get((tenant, charge_point), ()):
            if (view.kind, view.session_id, view.state) == ("stop", session, "waiting"):
                return view
        view = self._keep(tenant, charge_point, "stop", connector, session)
        charge = self.charges.get((charge_point, connector))
        if charge is None or charge.flows:
            return view
        if self._find(charge.start).state == "waiting":
            self._change(charge.start, "unknown", "stopped before the charge began")
        self.end(charge_point, connector)
        return self._find(view.id)

    def _session(self, charge_point: str, connector: int) -> str:
        charge = self.charges.get((charge_point, connector))
        if charge is not None:
            return charge.session
        return self.charging.get(charge_point, "") if connector == 1 else ""

    def _keep(
        self, tenant: str, charge_point: str, kind: str, connector: int, session: str = ""
    ) -> CommandView:
        now = self.clock.now()
        view = CommandView(f"c{self._count()}", kind, "waiting", now, connector, "", session)
        self.sent.setdefault((tenant, charge_point), []).insert(0, view)
        return view

    def _count(self) -> int:
        return sum(len(views) for views in self.sent.values())

    def _find(self, command_id: str) -> CommandView:
        return next(v for views in self.sent.values() for v in views if v.id == command_id)

    def _change(self, command_id: str, state: CommandState, detail: str) -> None:
        for views in self.sent.values():
            for place, view in enumerate(views):
                if view.id == command_id:
                    views[place] = replace(view, state=state, detail=detail)

    def _forget_start(self, command_id: str) -> None:
        left = {at: each for at, each in self.charges.items() if each.start != command_id}
        self.charges = left

    def _look_at_the_time(self) -> None:
        for charge in list(self.charges.values()):
            if not charge.flows and self.clock.now() >= charge.until:
                answered = self._find(charge.start).state == "accepted"
                state: CommandState = "expired" if answered else "unknown"
                self._change(charge.start, state, "not begun in time")
                self._forget_start(charge.start)
