"""What wallets read: LUD-03, 06, 09, 11, 12 and 21 as JSON. Nulls are left out (a null
``successAction`` crashes Phoenix on iOS)."""

from app.checkout.offers import IssuedInvoice, RefundState, SignedQuote, TopUpOffer, WithdrawOffer

Answer = dict[str, object]

NO_REFUND: dict[RefundState, str] = {
    "none": "Everything that was paid has been used; there is nothing to refund.",
    "in_flight": "The refund is on its way.",
    "paid": "The refund has been paid.",
    "forfeited": "The time to claim this refund is over. Please ask the owner.",
}


def pay_request(callback: str, quote: SignedQuote | TopUpOffer) -> Answer:
    """LUD-06, with LUD-12 where a comment may come along, and LUD-18.

    ``identifier`` gets the refund, ``auth`` finds the charge again; what is not used is not asked.
    """
    answer: Answer = {
        "tag": "payRequest",
        "callback": callback,
        "minSendable": quote.min_msat,
        "maxSendable": quote.max_msat,
        "metadata": quote.metadata,
    }
    if isinstance(quote, SignedQuote):
        if quote.comment_chars > 0:
            answer["commentAllowed"] = quote.comment_chars
        answer["payerData"] = {
            "identifier": {"mandatory": False},
            "auth": {"mandatory": False, "k1": quote.auth_k1},
        }
    return answer


def invoice(issued: IssuedInvoice, verify_url: str, action: Answer | None) -> Answer:
    """LUD-06, with the session's link (LUD-09), for keeps (LUD-11), to be verified (LUD-21)."""
    answer: Answer = {"pr": issued.bolt11, "routes": [], "disposable": False, "verify": verify_url}
    if action is not None:
        answer["successAction"] = action
    return answer


def withdraw_request(callback: str, offer: WithdrawOffer, balance_check: str) -> Answer:
    """LUD-03: exactly what is left, in one piece; LUD-14 for what may come later."""
    return {
        "tag": "withdrawRequest",
        "callback": callback,
        "k1": offer.k1,
        "defaultDescription": "What is left of your charge",
        "minWithdrawable": offer.amount_msat,
        "maxWithdrawable": offer.amount_msat,
        "balanceCheck": balance_check,
    }
