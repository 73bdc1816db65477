"""Asking LND for an invoice, and the secret of a hold invoice.

A hold invoice is made with the hash of a preimage that LND does not know; who settles it must
have the preimage again, perhaps in another process. It is derived from the macaroon and a random
reference that LND keeps in the invoice's memo, so nothing about it is stored here, and nobody who
reads our rows, or sees the reference, can take the money.
"""

import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from app.charging.errors import BadInput, Unavailable
from app.charging.ports import InvoiceRequest

HOLD_BLOCKS = 80
"""How long before its deadline a held payment must arrive: the default of LND's own invoices.

LND gives a held payment back by itself ``invoices.holdexpirydelta`` blocks before that deadline
(12, since 0.20 18), so at least ``HOLD_BLOCKS - 18 = 62`` blocks, ten hours on average and never
less than hours, remain to take it. Strom decides within minutes.
"""

_DOMAIN = b"strom hold invoice 1 "
_REFERENCE = re.compile(r"\[strom ([0-9a-f]{32})\]$")


def request_body(request: InvoiceRequest, *, private_hints: bool) -> dict[str, object]:
    """The body of ``POST /v1/invoices``; 64-bit integers travel as strings."""
    if request.amount_msat <= 0 or request.amount_msat % 1000:
        raise BadInput("The amount must be whole sats.", field="amount")
    body: dict[str, object] = {
        "value_msat": str(request.amount_msat),
        "expiry": str(request.expiry_s),
        "private": private_hints,
    }
    if request.described is not None:
        body["description_hash"] = to_base64(sha256(request.described.encode()).digest())
    else:
        body["memo"] = request.memo or ""
    return body


def hold_body(
    request: InvoiceRequest, preimage: bytes, reference: bytes, *, private_hints: bool
) -> dict[str, object]:
    """The body of ``POST /v2/invoices/hodl``.

    Beside a description hash the memo is LND's own note; without one the payer sees it.
    """
    body = request_body(request, private_hints=private_hints)
    return body | {
        "hash": to_base64(sha256(preimage).digest()),
        "cltv_expiry": str(HOLD_BLOCKS),
        "memo": f"{request.memo or ''} [strom {reference.hex()}]".strip(),
    }


def hold_preimage(macaroon: str, reference: bytes) -> bytes:
    """The preimage of the hold invoice with this reference."""
    return hmac.digest(bytes.fromhex(macaroon), _DOMAIN + reference, "sha256")


def preimage_of(macaroon: str, invoice: Mapping[str, Any]) -> bytes:
    """The preimage that settles an invoice of LND's records; raises ``Unavailable``."""
    found = _REFERENCE.search(str(invoice.get("memo")))
    preimage = hold_preimage(macaroon, bytes.fromhex(found[1])) if found else b""
    if from_base64(invoice.get("r_hash")) != sha256(preimage).digest():
        raise Unavailable("This payment was not held by this wallet connection.")
    return preimage


def to_base64(content: bytes) -> str:
    """How bytes travel in LND's JSON."""
    return b64encode(content).decode()


def from_base64(text: object) -> bytes:
    """The inverse; nothing where it is none."""
    try:
        return b64decode(str(text), validate=True)
    except ValueError:
        return b""
