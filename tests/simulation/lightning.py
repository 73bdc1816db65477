"""The Lightning network of a run: who has how much, which invoices there are, what is on its way.

Money is never made and never lost: accounts and what is in flight always add up to the same.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from tests.simulation import bolt11_model
from tests.simulation.process import START

FEES = "routing nodes"
State = Literal["open", "held", "paid"]


@dataclass(slots=True)
class ModelInvoice:
    """An invoice, wherever it was made."""

    payee: str
    payment_hash: str
    bolt11: str
    amount_msat: int
    expires_s: float
    preimage: str = ""
    """For the payer alone, once it is paid."""
    is_held: bool = False
    """Whether its money waits to be taken once it has arrived."""
    state: State = "open"
    payer: str = ""
    paid_s: float = 0.0
    times_paid: int = 0
    arrived: Callable[[], None] | None = None
    """Called when the payee has, or holds, the money."""


class Lightning:
    """All accounts and invoices."""

    def __init__(self, loop: asyncio.AbstractEventLoop, dice: random.Random) -> None:
        self._loop = loop
        self._dice = dice
        self.accounts: dict[str, int] = {FEES: 0}
        self.in_flight_msat = 0
        self.invoices: dict[str, ModelInvoice] = {}
        self.wrongs: list[str] = []
        """What must never happen, and has."""
        self._total_msat = 0

    def open_account(self, name: str, amount_msat: int) -> None:
        """Somebody brings money."""
        self.accounts[name] = self.accounts.get(name, 0) + amount_msat
        self._total_msat += amount_msat

    @property
    def adds_up(self) -> bool:
        """Whether all the money is somewhere, and nobody has less than nothing."""
        there = sum(self.accounts.values()) + self.in_flight_msat
        return there == self._total_msat and min(self.accounts.values()) >= 0

    def make_invoice(
        self,
        payee: str,
        amount_msat: int,
        life_s: int,
        *,
        is_held: bool = False,
        described: str = "",
    ) -> ModelInvoice:
        """A new invoice of somebody."""
        now_s = self._loop.time()
        preimage = self._dice.randbytes(32)
        payment_hash = sha256(preimage).hexdigest()
        created_s = int(START.timestamp() + now_s)
        description_hash = sha256(described.encode()).hexdigest() if described else ""
        bolt11 = bolt11_model.write(amount_msat, payment_hash, created_s, life_s, description_hash)
        expires_s = int(now_s) + life_s
        invoice = ModelInvoice(
            payee, payment_hash, bolt11, amount_msat, expires_s, preimage.hex(), is_held
        )
        self.invoices[payment_hash] = invoice
        return invoice

    def by_bolt11(self, bolt11: str) -> ModelInvoice:
        """The invoice of that text."""
        return self.invoices[bolt11_model.decode(bolt11).payment_hash]

    def depart(self, payer: str, amount_msat: int) -> bool:
        """Money leaves an account; False when there is not enough."""
        if self.accounts[payer] < amount_msat:
            return False
        self.accounts[payer] -= amount_msat
        self.in_flight_msat += amount_msat
        return True

    def come_back(self, payer: str, amount_msat: int) -> None:
        """It did not get through."""
        self.in_flight_msat -= amount_msat
        self.accounts[payer] += amount_msat

    def arrive(self, payer: str, invoice: ModelInvoice, fee_msat: int = 0) -> None:
        """It got through. A payee takes whatever comes, also twice: some do."""
        self.in_flight_msat -= invoice.amount_msat + fee_msat
        self.accounts[invoice.payee] += invoice.amount_msat
        self.accounts[FEES] += fee_msat
        invoice.times_paid += 1
        if invoice.times_paid > 1:
            self.wrongs.append(f"{payer} paid {invoice.payment_hash[:8]} twice")
        invoice.state, invoice.payer, invoice.paid_s = "paid", payer, self._loop.time()
        self._tell(invoice)

    def pay(self, payer: str, bolt11: str) -> bool:
        """A driver's wallet pays at once, or cannot: used up, paid before, run out."""
        invoice = self.by_bolt11(bolt11)
        if invoice.state != "open" or self._loop.time() >= invoice.expires_s:
            return False
        if not self.depart(payer, invoice.amount_msat):
            return False
        if not invoice.is_held:
            self.arrive(payer, invoice)
            return True
        invoice.state, invoice.payer, invoice.paid_s = "held", payer, self._loop.time()
        self._tell(invoice)
        return True

    def take_held(self, invoice: ModelInvoice) -> None:
        """The payee takes what is held."""
        if invoice.state == "held":
            self.arrive(invoice.payer, invoice)

    def give_back_held(self, invoice: ModelInvoice) -> None:
        """The payer has it back; the invoice is over."""
        if invoice.state == "held":
            self.come_back(invoice.payer, invoice.amount_msat)
            invoice.state, invoice.expires_s = "open", self._loop.time()

    def _tell(self, invoice: ModelInvoice) -> None:
        if invoice.arrived is not None:
            invoice.arrived()
