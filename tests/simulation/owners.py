"""Owners: they look after refunds in doubt, connect another wallet, charge their own car."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping

from app.bootstrap.composition import Strom
from app.charging.errors import BadInput, Conflict, StromError
from app.portal.ports.fleet import RemoteAction
from app.portal.ports.money import OwnersWord
from app.records import rows
from app.records.refunds import RefundLine
from app.records.views import CommandView
from tests.simulation import setup
from tests.simulation.asking import Asking
from tests.simulation.plug import Car
from tests.simulation.process import Process
from tests.simulation.scenario import OwnUse
from tests.simulation.town import AskStrom, GivenUp, Town
from tests.simulation.wallet import WalletService

LOOKS_EVERY_S = (300.0, 3600.0)


class Owner:
    """One owner. ``wallets`` are all that were ever theirs, by name."""

    def __init__(
        self,
        tenant: str,
        process: Process,
        town: Town,
        wallets: Mapping[str, WalletService],
        ask: AskStrom,
        note: Callable[[str], None],
    ) -> None:
        self.tenant = tenant
        self.dice = process.dice
        self.town = town
        self.wallets = wallets
        self.asking = Asking(process.dice, ask)
        self._note = note
        process.spawn(self._look_after_refunds())

    async def replace_wallet(self, name: str) -> None:
        """Another wallet takes the place of the one there is."""

        async def connect(strom: Strom) -> None:
            known = await rows.tenants(strom.foundation.tables).get(self.tenant, self.tenant)
            await strom.portal.wallets.connect(known, setup.KIND, {"of": name})

        with contextlib.suppress(GivenUp, Conflict, BadInput):
            await self.asking.strom(connect, tries=8)
            self.town.count("wallets replaced")
            self._note(f"{self.tenant} has another wallet now")

    async def charge(self, plan: OwnUse) -> None:
        """Their own car, for nothing."""
        charger = self.town.chargers[plan.place]
        if not charger.plug_in(plan.connector, Car(self.tenant, plan.car_wh)):
            return
        try:
            given = await self._command(plan, "start")
            self.town.count("own use")
            self._note(f"{self.tenant} charges at {charger.name}/{plan.connector}: {given.id}")
            await asyncio.sleep(plan.for_s)
            self.town.stopped_by_owner.add((charger.name, plan.connector))
            await self._command(plan, "stop")
        except (GivenUp, Conflict) as reason:
            self._note(f"{self.tenant} does not charge: {reason}")
        await asyncio.sleep(60)
        charger.unplug(plan.connector, self.tenant)

    async def _command(self, plan: OwnUse, action: RemoteAction) -> CommandView:
        async def send(strom: Strom) -> CommandView:
            name = setup.charge_point_id(plan.place)
            charge_point = await rows.charge_points(strom.foundation.tables).get(self.tenant, name)
            commands = strom.portal.commands
            return await commands.send(self.tenant, charge_point, action, plan.connector)

        return await self.asking.strom(send)

    async def _look_after_refunds(self) -> None:
        """Now and then: what Strom cannot tell, the owner reads in their wallet."""
        while True:
            await asyncio.sleep(self.dice.uniform(*LOOKS_EVERY_S))
            try:
                lines = await self.asking.strom(lambda s: s.portal.refunds.open(self.tenant))
                for line in lines:
                    if line.trouble:
                        await self._resolve(line)
            except (GivenUp, Conflict):
                continue

    async def _resolve(self, line: RefundLine) -> None:
        sent = [
            one
            for wallet in self.wallets.values()
            for one in wallet.sent.get(line.payment_hash, ())
            if one.state != "failed"
        ]
        if any(one.state == "pending" for one in sent):
            return
        word: OwnersWord = "paid" if sent else "failed"
        with contextlib.suppress(StromError):
            await self.asking.strom(
                lambda strom: strom.portal.refund_desk.resolve(
                    self.tenant, line.session_id, line.payment_hash, word, "ada@example.org"
                )
            )
            self.town.count(f"owner says {word}")
            self._note(f"{self.tenant} says of {line.session_id}'s refund: {word}")
