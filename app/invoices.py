"""BOLT11 invoices: read one, judge one that is to be paid, make one. Wraps ``bolt11`` here only.

The library is imported on first use: it takes 100 ms that most calls never need. Whatever it
raises on a malformed string (its own errors, ``ValueError``, reads past the end) becomes one
``BadInput`` that the sender can act on. What it lets pass and BOLT 11 forbids is refused here:
mixed case, amounts below one millisatoshi, sums beyond all bitcoin.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.charging.errors import BadInput

MAINNET = "bc"
REGTEST = "bcrt"

_LONGEST = 4096
"""Characters; a QR code holds 4,296, an invoice with twenty route hints about 2,000."""
_MOST_MSAT = 21_000_000 * 100_000_000 * 1000
_MOST_SIGNED_MSAT = 1000 * 100_000_000 * 1000
"""``bolt11`` 2.2 misspells multiples of 1,000 bitcoin (a division too many)."""
_LONGEST_LIFE_S = 10 * 366 * 24 * 3600
_START = re.compile(r"ln(bcrt|bc|tbs|tb)(\d*[munp]?)1")


@dataclass(frozen=True, slots=True)
class DecodedInvoice:
    """What an invoice says. ``bolt11`` is its one spelling: lower case, no ``lightning:``."""

    bolt11: str
    network: str
    payment_hash: str
    amount_msat: int | None
    """None where the payer may choose."""
    created_at: datetime
    expires_at: datetime
    payee: str
    """The node's public key, recovered from the signature."""
    description: str | None
    description_hash: str | None


@dataclass(frozen=True, slots=True)
class InvoiceDraft:
    """An invoice to be signed. Exactly one of ``memo`` and ``description_hash`` is given."""

    network: str
    amount_msat: int
    payment_hash: str
    payment_secret: str
    created_at: datetime
    expiry_s: int
    memo: str | None = None
    description_hash: str | None = None


def decode(bolt11: str) -> DecodedInvoice:
    """Read an invoice and verify its signature; raises ``BadInput`` for what is none."""
    import bolt11 as library

    text = _one_spelling(bolt11)
    try:
        found = library.decode(text)
        life_s = min(found.expiry, _LONGEST_LIFE_S)
        created_at = datetime.fromtimestamp(found.date, UTC)
        return DecodedInvoice(
            bolt11=text,
            network=found.currency,
            payment_hash=found.payment_hash,
            amount_msat=_amount_msat(text, found.amount_msat),
            created_at=created_at,
            expires_at=created_at + timedelta(seconds=life_s),
            payee=found.payee or "",
            description=found.description,
            description_hash=found.description_hash,
        )
    except BadInput:
        raise
    except Exception as error:  # bitstring and coincurve raise whatever they like
        raise BadInput("This is not a valid Lightning invoice (BOLT11).", field="pr") from error


def check_payable(
    bolt11: str,
    *,
    amount_msat: int,
    now: datetime,
    min_remaining_s: int,
    network: str,
) -> DecodedInvoice:
    """An invoice we are asked to pay, or ``BadInput`` that says what to send instead.

    The amount is exact (LUD-03 and LUD-16 leave no room, and an invoice without one would let
    the payee choose); it lives long enough to be paid in one attempt and looked up; it is of the
    network on which the money came in.
    """
    invoice = decode(bolt11)
    if invoice.network != network:
        raise BadInput(
            f"This invoice is for another network (ln{invoice.network}, not ln{network}).",
            field="pr",
        )
    if invoice.amount_msat is None:
        raise BadInput(
            f"This invoice names no amount; make one for exactly {_amount(amount_msat)}.",
            field="pr",
        )
    if invoice.amount_msat != amount_msat:
        raise BadInput(
            f"This invoice is for {_amount(invoice.amount_msat)}; "
            f"make one for exactly {_amount(amount_msat)}.",
            field="pr",
        )
    _check_life(invoice, now, min_remaining_s)
    return invoice


def network_of(bolt11: str) -> str:
    """The network of an invoice, read from its first letters alone."""
    start = _START.match(_one_spelling(bolt11))
    assert start is not None  # _one_spelling has looked
    return start[1]


def sign(draft: InvoiceDraft, node_key: bytes) -> str:
    """The draft as a BOLT11 string, signed with a node's private key."""
    if not 0 < draft.amount_msat < _MOST_SIGNED_MSAT:
        raise BadInput("The amount of the invoice is out of range.", field="amount")
    import bolt11 as library
    from bolt11 import Feature, Features, FeatureState, MilliSatoshi, TagChar, Tags

    tags = Tags()
    tags.add(TagChar.payment_hash, draft.payment_hash)
    tags.add(TagChar.payment_secret, draft.payment_secret)
    if draft.description_hash is not None:
        tags.add(TagChar.description_hash, draft.description_hash)
    else:
        tags.add(TagChar.description, draft.memo or "")
    tags.add(TagChar.expire_time, draft.expiry_s)
    tags.add(TagChar.min_final_cltv_expiry, 18)
    wanted = {
        Feature.var_onion_optin: FeatureState.required,
        Feature.payment_secret: FeatureState.required,
    }
    # The library's annotation asks for its two kinds of feature mixed; ours are all of one.
    tags.add(TagChar.features, Features.from_feature_list(wanted))  # type: ignore[arg-type]
    invoice = library.Bolt11(
        currency=draft.network,
        amount_msat=MilliSatoshi(draft.amount_msat),
        date=int(draft.created_at.timestamp()),
        tags=tags,
    )
    return library.encode(invoice, node_key.hex())


def _one_spelling(bolt11: str) -> str:
    text = bolt11.strip()
    if text[:10].lower() == "lightning:":
        text = text[10:]
    if len(text) > _LONGEST or not text.isascii() or text not in (text.lower(), text.upper()):
        raise BadInput("This is not a valid Lightning invoice (BOLT11).", field="pr")
    text = text.lower()
    if _START.match(text) is None:
        raise BadInput("This is not a Lightning invoice: those start with lnbc.", field="pr")
    return text


def _amount_msat(text: str, amount_msat: int | None) -> int | None:
    """The amount, unless it has a tenth of a millisatoshi, is nothing, or is beyond all bitcoin."""
    start = _START.match(text)
    if start is None or not start[2]:
        return None
    if start[2].endswith("p") and not start[2].endswith("0p"):
        raise BadInput("This invoice's amount is finer than a millisatoshi.", field="pr")
    if amount_msat is None or not 0 < amount_msat <= _MOST_MSAT:
        raise BadInput("This invoice's amount is out of range.", field="pr")
    return int(amount_msat)


def _check_life(invoice: DecodedInvoice, now: datetime, min_remaining_s: int) -> None:
    remaining = invoice.expires_at - now
    if remaining <= timedelta(0):
        raise BadInput("This invoice has expired; make a new one.", field="pr")
    if remaining < timedelta(seconds=min_remaining_s):
        raise BadInput(
            f"This invoice expires too soon; make one that lives {min_remaining_s} s or longer.",
            field="pr",
        )


def _amount(amount_msat: int) -> str:
    sats, rest = divmod(amount_msat, 1000)
    return f"{sats} sats" if not rest else f"{sats}.{rest:03} sats"
