"""What is asked of ``make_invoice`` (NIP-47), and what it made held against it."""

import logging
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from app.charging.errors import BadInput, Unavailable
from app.charging.ports import Invoice, InvoiceRequest
from app.invoices import DecodedInvoice, decode

_log = logging.getLogger(__name__)


def invoice_params(request: InvoiceRequest) -> dict[str, object]:
    """The parameters; LUD-06 needs the description's hash, which not every service supports."""
    params: dict[str, object] = {"amount": request.amount_msat, "expiry": request.expiry_s}
    if request.described is not None:
        params["description_hash"] = sha256(request.described.encode()).hexdigest()
    else:
        params["description"] = request.memo or ""
    return params


def checked(
    result: Mapping[str, Any], request: InvoiceRequest, payment_hash: str | None = None
) -> Invoice:
    """The invoice the service made, if it is the one that was asked for."""
    try:
        invoice = decode(str(result.get("invoice") or ""))
    except BadInput as error:
        raise Unavailable("The wallet answered with something that is no invoice.") from error
    wrong = _difference(invoice, request, payment_hash or result.get("payment_hash"))
    if wrong:
        _log.error("a wallet service made an invoice with %s", wrong)
        raise Unavailable(f"The wallet made an invoice with {wrong}.")
    return Invoice(invoice.payment_hash, invoice.bolt11, request.amount_msat, invoice.expires_at)


def _difference(invoice: DecodedInvoice, request: InvoiceRequest, stated_hash: object) -> str:
    if invoice.amount_msat != request.amount_msat:
        return "another amount"
    if invoice.payment_hash != stated_hash:
        return "another payment hash"
    if request.described is not None:
        wanted = sha256(request.described.encode()).hexdigest()
        if invoice.description_hash != wanted:
            return "another description hash"
    return ""
