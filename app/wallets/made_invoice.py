"""An invoice that a wallet made, held against what it was asked for."""

import logging
from hashlib import sha256

from app.charging.errors import BadInput, Unavailable
from app.charging.ports import Invoice, InvoiceRequest
from app.invoices import DecodedInvoice, decode

_log = logging.getLogger(__name__)


def made_invoice(
    bolt11: object, request: InvoiceRequest, stated_hash: object, *, service: str
) -> Invoice:
    """The invoice, if it is the one that was asked for; raises ``Unavailable``.

    ``stated_hash`` is the payment hash that the wallet named, or that we gave it.
    """
    try:
        invoice = decode(str(bolt11 or ""))
    except BadInput as error:
        raise Unavailable("The wallet answered with something that is no invoice.") from error
    wrong = _difference(invoice, request, stated_hash)
    if wrong:
        _log.error("%s made an invoice with %s", service, wrong)
        raise Unavailable(f"The wallet made an invoice with {wrong}.")
    return Invoice(invoice.payment_hash, invoice.bolt11, request.amount_msat, invoice.expires_at)


def _difference(invoice: DecodedInvoice, request: InvoiceRequest, stated_hash: object) -> str:
    if invoice.amount_msat != request.amount_msat:
        return "another amount"
    if invoice.payment_hash != stated_hash:
        return "another payment hash than it says"
    described = request.described
    if described is None or invoice.description_hash == sha256(described.encode()).hexdigest():
        return ""
    return "another description hash"
