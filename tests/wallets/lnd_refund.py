"""A refund that a node owes, and what its wallet says became of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from app.charging.ports import Outgoing, OutgoingUnknown
from app.invoices import decode
from app.wallets.lnd_paying import Deadlines
from tests.support.lnd_descriptions import descriptions
from tests.support.lnd_service import LndService
from tests.wallets.lnd_world import connected, lnd

SEND, TRACK = "/v2/router/send", "/v2/router/track"


class Refund:
    """A node with a million sats and a refund of 300 to pay."""

    def __init__(self, service: LndService, bolt11: str) -> None:
        self.service = service
        self.network = service.network
        self.faults = service.faults
        self.wallet = connected(service)
        self.bolt11 = bolt11
        self.hash = decode(bolt11).payment_hash

    async def is_paid(self, fee_limit_msat: int = 3000) -> Outgoing:
        return await self.wallet.pay(
            self.bolt11, amount_msat=300_000, fee_limit_msat=fee_limit_msat
        )

    async def is_looked_up(self) -> Outgoing:
        return await self.wallet.look_up_outgoing(self.hash)

    def is_awaited(self, *, ask_s: float = 20, pay_s: float = 1.5) -> None:
        """For so long and no longer."""
        self.wallet = connected(self.service, Deadlines(ask_s, pay_s))

    @property
    def times_sent(self) -> int:
        return len(self.service.posted(SEND))


@asynccontextmanager
async def owed_refund(folder: Path) -> AsyncIterator[Refund]:
    async with lnd(folder) as service:
        service.network.balance_msat = 1_000_000_000
        service.network.fee_msat = 1500
        refund = Refund(service, await service.network.makes_invoice(300_000))
        yield refund
        await refund.wallet.close()


def is_unknown(outcome: Outgoing, *, known_to_wallet: bool) -> bool:
    return isinstance(outcome, OutgoingUnknown) and outcome.known_to_wallet is known_to_wallet


def answers(payment: dict[str, object]) -> tuple[int, object]:
    """What somebody in LND's place says."""
    return 200, {"result": descriptions().message("lnrpcPayment", **payment)}


def refuses(code: int, words: str) -> dict[str, object]:
    """An error on a streaming call."""
    return {"error": descriptions().message("rpcStatus", code=code, message=words)}
