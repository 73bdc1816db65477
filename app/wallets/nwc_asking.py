"""Questions to a wallet service that move nothing: look-ups, evidence, balance and budget."""

import asyncio
import contextlib
from datetime import timedelta

from app.charging.errors import Unavailable
from app.charging.ports import Clock
from app.wallets.nwc_errors import is_not_found, require
from app.wallets.nwc_link import NwcLink
from app.wallets.nwc_transactions import NwcTransaction, OutgoingVerdict, Side, read_transaction

ASK_S = 8.0
"""The hard time-out of a question, of all its requests together."""
_PAGE = 20
"""NIP-47: more in one page may not pass a relay."""
_MOST_PAGES = 5
_MOST_SIGHTED = 1000
_LISTED_AFTER_S = 60


class _NotListed(Unavailable):
    """The list cannot be had, or not to its end."""


class NwcAsker:
    """Asks through one link."""

    def __init__(self, link: NwcLink, clock: Clock) -> None:
        self._link = link
        self._clock = clock
        self._sighted: dict[str, None] = {}

    async def find(
        self, payment_hash: str, side: Side, *, lenient: bool = False
    ) -> NwcTransaction | None:
        """The transaction of this side, or None if the service does not know it.

        ``lenient``: an error that is no "not found" is taken as one too (never a missing answer).
        One hash may have both sides, where an owner pays from the wallet that receives; then
        ``lookup_invoice`` gives either, and the list is searched for the other.
        """
        until = _now() + ASK_S
        answer = await self._link.ask(
            "lookup_invoice", {"payment_hash": payment_hash}, deadline_s=ASK_S
        )
        if is_not_found(answer) or (lenient and answer.code):
            return None
        found = read_transaction(require(answer, "look up invoices"))
        if found is None or found.payment_hash != payment_hash:
            raise Unavailable("The wallet answered with something that is no transaction.")
        if found.side == side:
            return found
        with contextlib.suppress(_NotListed):
            return await self._listed(found, side, unpaid=True, until=until)
        return None

    async def is_shown_settled(self, found: NwcTransaction) -> bool | None:
        """Whether more speaks for it than the word of a service that gives no state.

        Either the preimage fits and it was seen so in time, or it is among the settled. None
        when neither can be said.
        """
        payment_hash = found.payment_hash
        if found.preimage is not None and not found.is_over(self._clock.now()):
            self._sighted[payment_hash] = None
            while len(self._sighted) > _MOST_SIGHTED:
                self._sighted.pop(next(iter(self._sighted)))
        if found.preimage is not None and payment_hash in self._sighted:
            return True
        return await self._is_among_settled(found, "incoming")

    async def weigh_payment(self, found: NwcTransaction) -> OutgoingVerdict:
        """A payment said to have ended, without a state or proof: ``nwcprovider`` says so of
        paid and failed ones alike, and lists the paid only. A list may lag at first."""
        is_settled = await self._is_among_settled(found, "outgoing")
        if is_settled:
            return "paid"
        age_s = self._clock.now().timestamp() - found.created_at
        return "failed" if is_settled is False and age_s > _LISTED_AFTER_S else "doubtful"

    async def is_ambiguous(self, payment_hash: str) -> bool:
        """Whether a hold invoice is past its time and looks held and given back alike."""
        found = await self.find(payment_hash, "incoming")
        return found is not None and found.state == "expired" and found.has_settle_deadline

    async def spendable_msat(self) -> int:
        """The balance, or what is left of the budget if that is less."""
        balance_msat = await self._balance_msat()
        if "get_budget" not in (await self._link.info()).methods:
            return balance_msat
        budget_msat = await self.budget_left_msat()
        return balance_msat if budget_msat is None else min(balance_msat, budget_msat)

    async def budget_left_msat(self) -> int | None:
        """What this connection may still pay in its period (Alby Hub); None without a limit."""
        answer = await self._link.ask("get_budget", {}, deadline_s=ASK_S)
        budget = require(answer, "read its budget")
        total, used = budget.get("total_budget"), budget.get("used_budget")
        if type(total) is not int or type(used) is not int:
            return None
        return max(total - used, 0)

    async def _balance_msat(self) -> int:
        answer = await self._link.ask("get_balance", {}, deadline_s=ASK_S)
        balance = require(answer, "read its balance").get("balance")
        if type(balance) is not int:
            raise Unavailable("The wallet does not tell its balance.")
        return max(balance, 0)

    async def _is_among_settled(self, found: NwcTransaction, side: Side) -> bool | None:
        """Whether the list without ``unpaid`` has it; None when the list cannot be had."""
        try:
            until = _now() + ASK_S
            return await self._listed(found, side, unpaid=False, until=until) is not None
        except _NotListed:
            return None

    async def _listed(
        self, like: NwcTransaction, side: Side, *, unpaid: bool, until: float
    ) -> NwcTransaction | None:
        """The transaction of this side in ``list_transactions``, None if it is not there."""
        if "list_transactions" not in (await self._link.info()).methods:
            raise _NotListed("The wallet lists no transactions.")
        params: dict[str, object] = {
            "type": side,
            "unpaid": unpaid,
            "from": max(like.created_at - 1, 0),
            "limit": _PAGE,
        }
        if like.expires_at is not None:
            params["until"] = int((like.expires_at + timedelta(hours=1)).timestamp())
        for page in range(_MOST_PAGES):
            params["offset"] = page * _PAGE
            answer = await self._link.ask(
                "list_transactions", params, deadline_s=max(until - _now(), 0.1)
            )
            rows = answer.result.get("transactions") if answer.result else None
            if not isinstance(rows, list):
                break
            for row in map(read_transaction, rows):
                if row and (row.payment_hash, row.side) == (like.payment_hash, side):
                    return row
            if not rows:
                return None
        raise _NotListed("The wallet does not list all transactions.")


def _now() -> float:
    return asyncio.get_running_loop().time()
