"""BOLT11: the specification's examples, what is refused, and what we make ourselves."""

import contextlib
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from bech32 import bech32_decode, bech32_encode
from bitstring import BitArray
from bolt11 import Signature
from bolt11.bit_utils import bitarray_to_u5, u5_to_bitarray
from hypothesis import given, settings
from hypothesis import strategies as st

from app.charging.errors import BadInput
from app.invoices import InvoiceDraft, check_payable, decode, network_of, sign

# BOLT 11, "Examples": https://github.com/lightning/bolts/blob/master/11-payment-encoding.md
DONATION = (
    "lnbc1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqqqsyq"
    "cyq5rqwzqfqqqsyqcyq5rqwzqfqypqdpl2pkx2ctnv5sxxmmwwd5kgetjypeh2ursdae8g6twvus8g6rfwvs8qun0df"
    "jkxaq9qrsgq357wnc5r2ueh7ck6q93dj32dlqnls087fxdwk8qakdyafkq3yap9us6v52vjjsrvywa6rt52cm9r9zqt"
    "8r2t7mlcwspyetp5h2tztugp9lfyql"
)
COFFEE = (
    "lnbc2500u1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqq"
    "qsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdq5xysxxatsyp3k7enxv4jsxqzpu9qrsgquk0rl77nj30yxdy8j9vdx85"
    "fkpmdla2087ne0xh8nhedh8w27kyke0lp53ut353s06fv3qfegext0eh0ymjpf39tuven09sam30g4vgpfna3rh"
)
HASHED = (
    "lnbc20m1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqqqs"
    "yqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqhp58yjmdan79s6qqdhdzgynm4zwqd5d7xmw5fk98klysy043l2ahrqs9qrs"
    "gq7ea976txfraylvgzuxs8kgcw23ezlrszfnh8r6qtfpr6cxga50aj6txm9rxrydzd06dfeawfk6swupvz4erwnyutn"
    "jq7x39ymw6j38gp7ynn44"
)
PAYEE = "03e7156ae33b0a208d0744199163177e909e80176e55d97a2f221ede0f934dd9ad"
SPEC_HASH = "0001020304050607080900010203040506070809000102030405060708090102"
NODE_KEY = bytes.fromhex("e126f68f7eafcc8b74f54d269fe206be715000f94dac067d1c04a8ca3b2db734")

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def draft(amount_msat: int = 300_000, expiry_s: int = 3600, network: str = "bc") -> InvoiceDraft:
    return InvoiceDraft(
        network=network,
        amount_msat=amount_msat,
        payment_hash="ab" * 32,
        payment_secret="cd" * 32,
        created_at=NOW,
        expiry_s=expiry_s,
        memo="refund",
    )


def checked(bolt11: str, *, amount_msat: int = 300_000, now: datetime = NOW) -> str:
    return check_payable(
        bolt11, amount_msat=amount_msat, now=now, min_remaining_s=120, network="bc"
    ).bolt11


# --- reading ---


def test_the_donation_of_the_specification_names_no_amount() -> None:
    found = decode(DONATION)

    assert found.amount_msat is None
    assert found.payment_hash == SPEC_HASH
    assert found.payee == PAYEE
    assert found.description == "Please consider supporting this project"
    assert found.created_at == datetime.fromtimestamp(1496314658, UTC)
    assert found.expires_at == found.created_at + timedelta(hours=1)


def test_the_coffee_of_the_specification() -> None:
    found = decode(COFFEE)

    assert found.amount_msat == 250_000_000
    assert found.description == "1 cup coffee"
    assert found.expires_at == found.created_at + timedelta(seconds=60)
    assert found.payee == PAYEE


def test_the_hashed_description_of_the_specification() -> None:
    found = decode(HASHED)

    text = (
        "One piece of chocolate cake, one icecream cone, one pickle, one slice of swiss cheese, "
        "one slice of salami, one lollypop, one piece of cherry pie, one sausage, one cupcake, "
        "and one slice of watermelon"
    )
    assert found.amount_msat == 2_000_000_000
    assert found.description is None
    assert found.description_hash == sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    "spelling",
    [COFFEE.upper(), f"lightning:{COFFEE}", f"LIGHTNING:{COFFEE.upper()}", f" {COFFEE}\n"],
)
def test_every_spelling_becomes_one(spelling: str) -> None:
    assert decode(spelling).bolt11 == COFFEE


@pytest.mark.parametrize(
    "nonsense",
    [
        "",
        "lnbc",
        "hello",
        "lnurl1dp68gurn8ghj7",
        COFFEE[:-1],
        COFFEE[:-1] + "q",
        COFFEE.replace("2500u", "2501u"),
        COFFEE[:20] + COFFEE[20:].upper(),
        COFFEE.replace("lnbc", "lnxy"),
        "lnbc1" + "q" * 5000,
        "lnbc2500u1é",
        "lnbc2500x1pvjluez",
    ],
)
def test_what_is_no_invoice_is_refused(nonsense: str) -> None:
    with pytest.raises(BadInput) as caught:
        decode(nonsense)

    assert caught.value.field == "pr"


@given(st.text(max_size=200) | st.from_regex(r"\Alnbc\d{0,6}[munp]?1[a-z0-9]{0,300}\Z"))
@settings(max_examples=300, deadline=None)
def test_whatever_is_sent_raises_nothing_else(text: str) -> None:
    with contextlib.suppress(BadInput):
        decode(text)


@pytest.mark.parametrize("amount", ["lnbc0n1", "lnbc25000000001p1", "lnbc22000000000000m1"])
def test_an_amount_that_cannot_be_is_refused(amount: str) -> None:
    """Well signed all the same: only the human-readable part is one nobody should write."""
    signed = _signed_with(amount.removesuffix("1"))

    assert signed.startswith(amount)
    with pytest.raises(BadInput, match="amount"):
        decode(signed)


def _signed_with(human_readable_part: str) -> str:
    """An invoice with a beginning that the library itself would not write."""
    _, data = bech32_decode(sign(draft(), NODE_KEY))
    assert data is not None
    unsigned = u5_to_bitarray(data)[: -65 * 8]
    signature = Signature.from_private_key(human_readable_part, NODE_KEY.hex(), unsigned.tobytes())
    signed = unsigned + BitArray(signature.signature_data)
    # The library leaves this one function without types.
    fives = bitarray_to_u5(signed)  # type: ignore[no-untyped-call]
    return str(bech32_encode(human_readable_part, fives))


# --- judging an invoice we are to pay ---


def test_an_invoice_for_the_exact_amount_is_payable() -> None:
    bolt11 = sign(draft(), NODE_KEY)

    assert checked(bolt11.upper()) == bolt11


@pytest.mark.parametrize(
    ("bolt11", "now", "message"),
    [
        (sign(draft(299_000), NODE_KEY), NOW, "for 299 sats; make one for exactly 300 sats"),
        (sign(draft(300_001), NODE_KEY), NOW, "for 300.001 sats"),
        (DONATION, NOW, "names no amount"),
        (sign(draft(), NODE_KEY), NOW + timedelta(seconds=3600), "has expired"),
        (sign(draft(), NODE_KEY), NOW + timedelta(seconds=3481), "expires too soon"),
        (sign(draft(network="bcrt"), NODE_KEY), NOW, "another network"),
    ],
    ids=["too little", "too much", "amountless", "expired", "nearly expired", "regtest"],
)
def test_an_invoice_that_is_not_payable_says_what_to_send(
    bolt11: str, now: datetime, message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        checked(bolt11, now=now)


def test_an_invoice_with_just_enough_life_is_payable() -> None:
    checked(sign(draft(), NODE_KEY), now=NOW + timedelta(seconds=3480))


def test_a_life_beyond_all_calendars_is_cut() -> None:
    endless = decode(sign(draft(expiry_s=2**40), NODE_KEY))

    assert endless.expires_at > NOW + timedelta(days=3650)


# --- making ---


@given(
    amount_msat=st.integers(1, 10**14 - 1),
    network=st.sampled_from(["bc", "tb", "tbs", "bcrt"]),
    expiry_s=st.integers(1, 10**7),
    memo=st.text(max_size=100).filter(lambda text: text.isprintable()),
)
@settings(max_examples=60, deadline=None)
def test_what_we_sign_reads_back(amount_msat: int, network: str, expiry_s: int, memo: str) -> None:
    made = InvoiceDraft(network, amount_msat, "ab" * 32, "cd" * 32, NOW, expiry_s, memo=memo)

    bolt11 = sign(made, NODE_KEY)
    found = decode(bolt11)

    assert (found.amount_msat, found.network, found.description) == (amount_msat, network, memo)
    assert found.expires_at == NOW + timedelta(seconds=expiry_s)
    assert found.payee == PAYEE
    assert network_of(bolt11) == network


@pytest.mark.parametrize("amount_msat", [-1, 0, 10**14])
def test_an_amount_out_of_range_is_not_signed(amount_msat: int) -> None:
    with pytest.raises(BadInput):
        sign(draft(amount_msat), NODE_KEY)
