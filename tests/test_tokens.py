"""Tokens carry what they say, for one purpose, under one key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.charging.errors import NotFound
from app.tokens import SESSION, WEBHOOK, Signer

signer = Signer(b"k" * 32)
parts = st.lists(st.text("abcxyz234567", min_size=1, max_size=20), min_size=1, max_size=4)


@given(parts)
def test_a_token_carries_its_parts(given_parts: list[str]) -> None:
    token = signer.token(SESSION, *given_parts)
    assert signer.parts(SESSION, token) == tuple(given_parts)


@given(parts)
def test_a_token_is_of_one_purpose_and_one_key(given_parts: list[str]) -> None:
    token = signer.token(SESSION, *given_parts)
    for other in (Signer(b"x" * 32), signer):
        purpose = WEBHOOK if other is signer else SESSION
        with pytest.raises(NotFound):
            other.parts(purpose, token)


@given(parts, st.text(max_size=60))
def test_what_was_not_minted_here_is_refused(given_parts: list[str], forged: str) -> None:
    genuine = signer.token(SESSION, *given_parts)
    for token in (forged, genuine[:-1], genuine + "a", ".".join((*given_parts, forged))):
        if token != genuine:
            with pytest.raises(NotFound):
                signer.parts(SESSION, token)


def test_parts_that_would_be_ambiguous_are_refused() -> None:
    for bad in ("", "a.b"):
        with pytest.raises(ValueError, match="part"):
            signer.token(SESSION, bad)


def test_a_k1_is_32_bytes_of_hex() -> None:
    assert len(bytes.fromhex(signer.k1("t", "s", "1"))) == 32
    assert signer.k1("t", "s", "1") != signer.k1("t", "s", "2")
