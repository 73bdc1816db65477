"""Drivers: they come, pay, plug in, stop, take their money back, or do something less sensible."""

import asyncio
import contextlib
import json
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from app.charging.errors import BadInput, Conflict
from app.checkout.errors import NotYetPaid
from app.checkout.offers import IssuedInvoice, SignedQuote
from app.checkout.service import Checkout
from app.checkout.view import SessionView
from tests.simulation import address_servers
from tests.simulation.asking import Asking
from tests.simulation.lost_links import OWNER, Finding
from tests.simulation.plug import Car
from tests.simulation.process import Process
from tests.simulation.scenario import Drive, Ways
from tests.simulation.town import AskStrom, Bought, GivenUp, Town
from tests.simulation.wallet_keys import sign

T = TypeVar("T")
WALLET_MSAT = 100_000_000
TOP_UP_SATS = 150


class Driver:
    """One person with a phone, a wallet and a car."""

    def __init__(
        self,
        name: str,
        process: Process,
        town: Town,
        ask: AskStrom,
        note: Callable[[str], None],
    ) -> None:
        self.name = name
        self.dice: random.Random = process.dice
        self.process = process
        self.town = town
        self.asking = Asking(process.dice, ask)
        self._note = note
        self.pin = f"{self.dice.randrange(10**8):08d}"
        self.secret = self.dice.randbytes(32)
        self.is_told = self.dice.random() < 0.7
        self.tokens: dict[str, str] = {}
        """By session, where the link is not the one that came with the invoice."""
        self.without_link: set[str] = set()
        """Sessions whose link was lost and has not been found again."""
        town.lightning.open_account(name, WALLET_MSAT)

    async def drive(self, plan: Drive) -> None:
        """From coming to leaving."""
        if plan.style == "never_claims" or plan.ways.is_careless:
            self.town.careless.add(self.name)
        try:
            await self._drive(plan)
        except (GivenUp, BadInput) as reason:
            self._note(f"{self.name} gives up: {reason}")
        self.town.chargers[plan.place].unplug(plan.connector, self.name)

    async def _drive(self, plan: Drive) -> None:
        car = Car(self.name, plan.car_wh)
        if plan.plugs_in_first:
            await self._plug_in(plan, car)
        paid = await self._pay(plan)
        if plan.style == "never_pays":
            return
        if not plan.plugs_in_first:
            await asyncio.sleep(self.dice.uniform(1, 40))
            await self._plug_in(plan, car)
        if plan.style == "leaves":
            await asyncio.sleep(self.dice.uniform(1, 200))
            self.town.chargers[plan.place].unplug(plan.connector, self.name)
        await self._until_known(self.token(paid), 0.3 if plan.style == "cancels" else 10.0)
        if plan.ways.loses_link:
            await self._find_link(plan, paid)
        if plan.ways.address and plan.ways.names_it_late:
            await self._name_address(paid)
        await self._charge(plan, paid)
        if self.dice.random() < 0.5:
            await asyncio.sleep(self.dice.uniform(0, 600))
        self.town.chargers[plan.place].unplug(plan.connector, self.name)
        if self.name not in self.town.careless:
            await self.take_back(paid, two=plan.style == "two_withdraws")

    # --- the steps -----------------------------------------------------------------------------

    async def _plug_in(self, plan: Drive, car: Car) -> None:
        for _ in range(10):
            if self.town.chargers[plan.place].plug_in(plan.connector, car):
                return
            await asyncio.sleep(30)
        raise GivenUp("the place is taken")

    async def _pay(self, plan: Drive) -> IssuedInvoice:
        name = f"{self.town.names[plan.place]}-{plan.connector}"
        issued = await self._invoice(name, plan.sats * 1000, plan.ways)
        if plan.style == "never_pays":
            return issued
        others: list[IssuedInvoice] = []
        if plan.style == "pays_twice":
            others = [await self._invoice(name, plan.sats * 1000, Ways())]
        late_s = 290.0 if plan.style == "pays_late" else 20.0
        await asyncio.sleep(self.dice.uniform(0.5, late_s))
        for one in (issued, *others):
            done = self.town.lightning.pay(self.name, one.bolt11)
            self._note(f"{self.name} pays {one.session_id}: {done}")
            if not done and one is issued:
                raise GivenUp("could not pay")
        for one in others:
            self.process.spawn(self._take_back_later(one))
        return issued

    async def _invoice(self, name: str, amount_msat: int, ways: Ways) -> IssuedInvoice:
        pin = self.pin if ways.has_pin else ""
        if ways.address:
            self.town.moods[self.address] = ways.address

        async def ask(checkout: Checkout) -> IssuedInvoice:
            quote = await checkout.quote(await checkout.find(name))
            amount = max(amount_msat, quote.min_msat)
            return await checkout.invoice(quote.token, amount, pin, self._payer_data(quote, ways))

        issued = await self.persist(ask, tries=8)
        self.town.bought.append(Bought(self.name, issued))
        return issued

    @property
    def address(self) -> str:
        """Where refunds may go."""
        return f"{self.name}@{address_servers.HOST}"

    def _payer_data(self, quote: SignedQuote, ways: Ways) -> str | None:
        """What the wallet says of its owner (LUD-18)."""
        data: dict[str, object] = {}
        if ways.address and not ways.names_it_late:
            data["identifier"] = self.address
        if ways.signs:
            key, signature = self.town.keys.add(self.secret), sign(self.secret, quote.auth_k1)
            data["auth"] = {"key": key, "k1": quote.auth_k1, "sig": signature}
        return json.dumps(data) if data else None

    async def _find_link(self, plan: Drive, paid: IssuedInvoice) -> None:
        lost = self.token(paid)
        self.without_link.add(paid.session_id)
        finding = Finding(self.town, self.asking, plan, paid, lost, self.pin, self.secret)
        self.tokens[paid.session_id] = await finding.again()
        self.without_link.discard(paid.session_id)

    async def _name_address(self, paid: IssuedInvoice) -> None:
        token = self.token(paid)
        with contextlib.suppress(Conflict, GivenUp):
            await self.persist(lambda checkout: checkout.refund_to(token, self.address))

    async def _until_known(self, token: str, every_s: float = 10.0) -> SessionView:
        for _ in range(int(2000 / every_s)):
            try:
                return await self.persist(lambda checkout: checkout.session(token))
            except NotYetPaid:
                await asyncio.sleep(every_s * self.dice.uniform(0.2, 1.8))
        raise GivenUp("the payment is never seen")

    async def _charge(self, plan: Drive, paid: IssuedInvoice) -> None:
        token = self.token(paid)
        stop_in_s = {
            "stops": (30.0, 600.0),
            "two_withdraws": (30.0, 300.0),
            "cancels": (0.0, 2.0),
            "hurries": (10.0, 200.0),
            "tops_up": (20.0, 120.0),
        }.get(plan.style)
        if stop_in_s is not None:
            await asyncio.sleep(self.dice.uniform(*stop_in_s))
        if plan.style == "tops_up":
            await self._top_up(paid)
        elif plan.style in ("stops", "cancels"):
            self.town.may_stop.add(paid.session_id)
            await self.persist(lambda checkout: checkout.stop(token))
        elif plan.style == "hurries":
            await self._everything_at_once(paid)
        elif plan.style == "two_withdraws":
            return
        for _ in range(120):
            view = await self.persist(lambda checkout: checkout.session(token))
            if view.phase == "ended":
                return
            if view.phase == "finishing" and self.dice.random() < 0.5:
                return  # and drives away at some time, or stays until nothing is left
            await asyncio.sleep(self.dice.uniform(5, 30))

    async def _top_up(self, paid: IssuedInvoice) -> None:
        amount_msat, token = TOP_UP_SATS * 1000, self.token(paid)
        try:
            more = await self.persist(lambda checkout: checkout.top_up(token, amount_msat))
        except (BadInput, GivenUp):
            return
        self.town.bought.append(Bought(self.name, more))
        await asyncio.sleep(self.dice.choice((0.0, 0.5, 10.0, 250.0)))
        done = self.town.lightning.pay(self.name, more.bolt11)
        self._note(f"{self.name} tops {paid.session_id} up: {done}")

    async def _everything_at_once(self, paid: IssuedInvoice) -> None:
        """All buttons, twice."""
        token = self.token(paid)
        self.town.may_stop.add(paid.session_id)
        asking = [
            self.persist(work, tries=2)
            for _ in range(2)
            for work in (
                lambda checkout: checkout.stop(token),
                lambda checkout: checkout.withdraw_offer(token),
                lambda checkout: checkout.session(token),
            )
        ]
        await asyncio.gather(self._top_up(paid), *asking, return_exceptions=True)

    async def _take_back_later(self, paid: IssuedInvoice) -> None:
        try:
            await self._until_known(self.token(paid))
            await asyncio.sleep(self.dice.uniform(1, 300))
            await self.take_back(paid)
        except (GivenUp, BadInput):
            self._note(f"{self.name} has not taken back what {paid.session_id} owes")

    async def ask_for_link(self, paid: IssuedInvoice) -> None:
        """Of the owner, where it is still lost: the new one may have been lost on its way, too."""
        if paid.session_id in self.without_link:
            self.tokens[paid.session_id] = await self.persist(
                lambda checkout: checkout.renew_link(paid.tenant, paid.session_id, OWNER)
            )
            self.without_link.discard(paid.session_id)

    async def take_back(self, paid: IssuedInvoice, *, two: bool = False) -> None:
        """Withdraw until nothing is left; a withdraw stops the charge."""
        token = self.token(paid)
        for _ in range(60):
            self.town.may_stop.add(paid.session_id)
            try:
                offer = await self.persist(lambda checkout: checkout.withdraw_offer(token))
                if offer.state in ("none", "paid", "forfeited"):
                    return
                if offer.state == "offered":
                    await self._claim(paid, offer.k1, offer.amount_msat, 2 if two else 1)
            except (Conflict, BadInput, GivenUp):
                pass
            await asyncio.sleep(self.dice.uniform(5, 60))

    async def _claim(self, paid: IssuedInvoice, k1: str, amount_msat: int, times: int) -> None:
        claims = []
        for _ in range(times):
            made = self.town.lightning.make_invoice(self.name, amount_msat, 3600)
            self.town.may_receive[made.payment_hash] = paid.session_id
            claims.append(self._claim_with(self.token(paid), k1, made.bolt11))
        await asyncio.gather(*claims, return_exceptions=True)

    async def _claim_with(self, token: str, k1: str, bolt11: str) -> None:
        """Some wallets want to be told of a later balance (LUD-15)."""
        url = f"https://{address_servers.HOST}/told/{self.name}" if self.is_told else ""
        await self.persist(lambda checkout: checkout.claim_refund(token, k1, bolt11, url), tries=2)

    async def persist(self, work: Callable[[Checkout], Awaitable[T]], *, tries: int = 5) -> T:
        """Ask until there is an answer; what the answer says is the asker's affair."""
        return await self.asking.checkout(work, tries=tries)

    def token(self, paid: IssuedInvoice) -> str:
        """The link of a charge, as it is known now."""
        return self.tokens.get(paid.session_id, paid.session_token)
