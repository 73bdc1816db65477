"""Answers what others ask about wallets (`app.wallets.remote`): the process that may open them."""

import logging
from dataclasses import dataclass

import msgspec

from app.charging.errors import StromError
from app.wallets.opening import Opens
from app.wallets.remote import (
    ERRORS,
    Answer,
    AskCapabilities,
    AskIncoming,
    AskInvoice,
    AskOutgoing,
    AskSpendable,
    Question,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WalletAnswers:
    """Opens the wallet, asks it, and says what it said."""

    wallets: Opens

    async def answer(self, question: bytes) -> bytes:
        """Never raises for what a wallet or the one who asks has done."""
        try:
            asked: Question = msgspec.json.decode(question, type=Question)
            value = await self._ask(asked)
            raw = msgspec.Raw(msgspec.json.encode(value))
            told = Answer(raw, type(value).__name__)
        except msgspec.DecodeError:
            told = Answer(error="BadInput", message="this question is not understood")
        except StromError as error:
            told = Answer(error=_name(error), message=error.message)
        return msgspec.json.encode(told)

    async def _ask(self, asked: Question) -> object:
        wallet = await self.wallets.open(asked.tenant, asked.wallet_id)
        match asked:
            case AskCapabilities():
                return wallet.capabilities
            case AskInvoice():
                return await wallet.create_invoice(asked.request)
            case AskIncoming():
                return await wallet.look_up_incoming(asked.payment_hash)
            case AskOutgoing():
                return await wallet.look_up_outgoing(asked.payment_hash)
            case AskSpendable():
                return await wallet.spendable_msat()


def _name(error: StromError) -> str:
    """The nearest kind that the other side knows."""
    for kind in type(error).__mro__:
        if kind.__name__ in ERRORS:
            return kind.__name__
    return "Unavailable"
