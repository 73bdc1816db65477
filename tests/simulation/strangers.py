"""Strangers: they know everything that is public, and links of their own; they want more."""

import asyncio
from collections.abc import Awaitable, Callable

from app.charging.errors import StorageError, StromError
from app.checkout.offers import IssuedInvoice
from app.checkout.service import Checkout
from tests.simulation.process import Lost, Process
from tests.simulation.town import AskCheckout, StrangerWon, Town

TRIES = 12


class Stranger:
    """Tries tokens that are not theirs at every session they hear of."""

    def __init__(self, name: str, process: Process, town: Town, ask: AskCheckout) -> None:
        self.name = name
        self.dice = process.dice
        self.town = town
        self._ask = ask
        town.lightning.open_account(name, 0)

    async def try_everything(self) -> None:
        """Some attempts, some time apart."""
        for _ in range(TRIES):
            await asyncio.sleep(self.dice.uniform(5, 120))
            if self.town.bought:
                await self._try(self.dice.choice(self.town.bought).issued)

    async def _try(self, victim: IssuedInvoice) -> None:
        token = self._forged(victim)
        k1 = self.dice.randbytes(32).hex()
        mine = self.town.lightning.make_invoice(self.name, 1000 * self.dice.randint(1, 500), 600)
        attempts: list[Callable[[Checkout], Awaitable[object]]] = [
            lambda checkout: checkout.stop(token),
            lambda checkout: checkout.withdraw_offer(token),
            lambda checkout: checkout.claim_refund(token, k1, mine.bolt11),
            lambda checkout: checkout.session(token),
            lambda checkout: checkout.webhook(token),
            lambda checkout: checkout.top_up(token, 150_000),
        ]
        try:
            await self._ask(self.dice.choice(attempts), 30.0)
        except (Lost, StromError, StorageError):
            return
        raise StrangerWon(f"{self.name} got in with {token}")

    def _forged(self, victim: IssuedInvoice) -> str:
        """Tokens a stranger could think of."""
        tenant, session, mac = victim.session_token.split(".")
        flipped = ("a" if mac[0] != "a" else "b") + mac[1:]
        other = self.dice.choice(self.town.bought).issued.session_token.split(".")[2]
        guesses = [
            f"{tenant}.{session}.{flipped}",
            f"{tenant}.{session}.",
            f"{tenant}.{session}",
            f"{tenant}.{session}.{victim.payment_hash}",
            f"{tenant}.{session}.{mac}.{mac}",
            "",
        ]
        if other != mac:
            guesses.append(f"{tenant}.{session}.{other}")
        return self.dice.choice(guesses)
