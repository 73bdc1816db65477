"""``Checkout``: all that a driver's wallet or page can ask for."""

from app.checkout.offers import (
    IssuedInvoice,
    Offer,
    PaymentStatus,
    SignedQuote,
    TopUpOffer,
    WithdrawOffer,
)
from app.checkout.view import SessionView


class Checkout:
    """Errors are those of ``app.charging.errors``; their messages are for the driver."""

    async def find(self, name: str, host: str | None = None) -> Offer:
        """What an address stands for now; raises ``NotFound``."""
        raise NotImplementedError

    async def quote(self, offer: Offer) -> SignedQuote:
        """A price for the offer, nothing written; raises ``Conflict`` when it cannot be paid."""
        raise NotImplementedError

    async def invoice(
        self,
        quote_token: str,
        amount_msat: int,
        comment: str = "",
        payer_data: str | None = None,
    ) -> IssuedInvoice:
        """An invoice for a quote, after every check there is."""
        raise NotImplementedError

    async def session(self, session_token: str) -> SessionView:
        """The session as its payer sees it; raises ``NotYetPaid``."""
        raise NotImplementedError

    async def stop(self, session_token: str) -> SessionView:
        """End the charge, or the start; asking again changes nothing."""
        raise NotImplementedError

    async def top_up_offer(self, session_token: str) -> TopUpOffer:
        """How much may be added; raises ``Conflict`` once the charge stops."""
        raise NotImplementedError

    async def top_up(self, session_token: str, amount_msat: int) -> IssuedInvoice:
        """An invoice that adds to a running charge."""
        raise NotImplementedError

    async def withdraw_offer(self, session_token: str) -> WithdrawOffer:
        """Stop the charge, wait a little for its end, then offer what is left (LUD-03).

        Raises ``Conflict`` when it has not ended in time: ask again.
        """
        raise NotImplementedError

    async def claim_refund(self, session_token: str, k1: str, bolt11: str) -> None:
        """Bind the refund to this invoice; it is paid soon after."""
        raise NotImplementedError

    async def unlock(self, session_token: str) -> None:
        """Release the cable after the end."""
        raise NotImplementedError

    async def payment_seen(self, tenant: str, session_id: str, payment_hash: str) -> PaymentStatus:
        """Whether an invoice has been paid (LUD-21), asking the wallet if that is not known."""
        raise NotImplementedError

    async def hint(self, tenant: str, session_id: str, payment_hash: str | None = None) -> None:
        """Somebody says it was paid: ask the wallet now."""
        raise NotImplementedError

    async def webhook(self, token: str) -> None:
        """A wallet called the URL of an invoice; raises ``NotFound`` for a forged token."""
        raise NotImplementedError
