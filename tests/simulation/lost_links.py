"""Drivers who have lost their link, and the ways back to it."""

import contextlib
from dataclasses import dataclass

from app.bootstrap.composition import Strom
from app.charging.errors import BadInput, Conflict, NotFound, StorageError, Unavailable
from app.checkout.offers import IssuedInvoice
from app.linking import Challenge
from tests.simulation.asking import PATIENCE_S, Asking
from tests.simulation.process import Lost
from tests.simulation.scenario import Drive
from tests.simulation.town import GivenUp, StrangerWon, Town
from tests.simulation.wallet_keys import sign

OWNER = "ada@example.org"


@dataclass(frozen=True, slots=True)
class Finding:
    """Finds the link of one charge again. ``lost`` is the token that was lost."""

    town: Town
    asking: Asking
    drive: Drive
    paid: IssuedInvoice
    lost: str
    pin: str
    secret: bytes

    async def again(self) -> str:
        """A token that opens the charge: by the driver's own means, else from the owner."""
        way = self.drive.ways.loses_link
        try:
            token = await self._by(way)
        except (GivenUp, BadInput, Conflict):
            way = "owner"
            token = await self._by(way)
        self.town.count(f"link found by {way}")
        if way in ("owner", "preimage"):
            await self._require_replaced()
        return token

    async def _by(self, way: str) -> str:
        paid, ask = self.paid, self.asking.checkout
        name = f"{self.town.names[self.drive.place]}-{self.drive.connector}"
        match way:
            case "pin":
                return await ask(lambda checkout: checkout.link_by_pin(name, None, self.pin))
            case "preimage":
                preimage = self.town.lightning.invoices[paid.payment_hash].preimage
                return await ask(lambda checkout: checkout.link_by_preimage(name, None, preimage))
            case "wallet":
                return await self._by_wallet()
        return await ask(lambda checkout: checkout.renew_link(paid.tenant, paid.session_id, OWNER))

    async def _by_wallet(self) -> str:
        """The wallet signs a challenge of the page, which then shows the charges of its key."""
        asked = await self.asking.strom(_challenge)
        key, signature = self.town.keys.add(self.secret), sign(self.secret, asked.k1)
        with contextlib.suppress(GivenUp):  # the answer may have been kept all the same
            await self.asking.strom(
                lambda strom: strom.lnurl.wallet_keys.answer("auth", asked.k1, signature, key)
            )
        found = await self.asking.checkout(
            lambda checkout: checkout.charges_of_wallet(asked.k1, asked.secret)
        )
        for charge in found or ():
            if charge.session.id == self.paid.session_id:
                return charge.token
        raise GivenUp("the wallet's key finds no charge")

    async def _require_replaced(self) -> None:
        """Whoever has found the lost link gets nowhere with it."""
        try:
            await self.asking.once(lambda strom: strom.checkout.session(self.lost), PATIENCE_S)
        except (NotFound, Lost, StorageError, Unavailable):
            return
        raise StrangerWon(f"the replaced link of {self.paid.session_id} still opens it")


async def _challenge(strom: Strom) -> Challenge:
    return strom.checkout.ask_wallet()
