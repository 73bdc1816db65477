"""What payers say of themselves with a payment: LUD-18, PINs in comments (LUD-12), zaps (NIP-57).

``identifier`` and ``auth`` are asked for, nothing is mandatory. ``name``, ``email`` and
``pubkey`` may come along: they are part of what is hashed, and are not kept.
"""

import re
from dataclasses import dataclass

import msgspec

from app.charging.errors import BadInput
from app.checkout.addresses import lightning_address

_PIN = re.compile(r"[0-9]{4,8}")
_KEY = re.compile(r"[0-9a-f]{64}")
UNREADABLE = "The payer data cannot be read."


class PayerAuth(msgspec.Struct, frozen=True):
    """A wallet's key and its signature over the challenge of the pay request."""

    key: str
    k1: str
    sig: str


@dataclass(frozen=True, slots=True)
class Zap:
    """A zap request for which an invoice is asked. Whoever passes it on has checked it: its
    signature, its ``p`` and ``amount``.

    The invoice is over the hash of ``request``, its JSON as it came, and of nothing else; so
    whoever pays it has agreed that the charge is controlled by the key that signed.
    """

    key: str
    """The public key, 32 bytes in lower-case hex."""
    request: str

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key):
            raise BadInput("This is not a Nostr public key.", field="nostr")


class _Sent(msgspec.Struct, frozen=True):
    identifier: str | None = None
    auth: PayerAuth | None = None


@dataclass(frozen=True, slots=True)
class PayerData:
    """What of it is used."""

    address: str = ""
    auth: PayerAuth | None = None


def read_payer_data(text: str | None, *, ours: str) -> PayerData:
    """What a wallet sent; raises ``BadInput`` rather than lose where a refund should go."""
    if not text:
        return PayerData()
    try:
        sent = msgspec.json.decode(text, type=_Sent)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise BadInput(UNREADABLE, field="payerdata") from error
    address = sent.identifier or ""
    if address:
        address = lightning_address(address, field="payerdata", ours=ours)
    return PayerData(address, sent.auth)


def pin_of(comment: str) -> str:
    """The PIN in a comment: 4 to 8 digits and nothing else; empty for any other comment."""
    text = comment.strip()
    return text if text.isascii() and _PIN.fullmatch(text) else ""
