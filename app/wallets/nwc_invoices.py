"""What is asked of ``make_invoice`` (NIP-47), and what it made held against it."""

import logging
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from app.charging.ports import Invoice, InvoiceRequest
from app.wallets.made_invoice import made_invoice

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
    stated_hash = payment_hash or result.get("payment_hash")
    return made_invoice(result.get("invoice"), request, stated_hash, service="an NWC service")
