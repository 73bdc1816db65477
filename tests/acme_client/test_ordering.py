"""What an authority may answer that pebble does not on request."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from acme import messages
from cryptography.hazmat.primitives.asymmetric import ec

from app.acme_client import ordering
from app.acme_client.settings import AcmeSettings

NONCE = messages.Error.with_code("badNonce", detail="JWS has an invalid anti-replay nonce")
TOO_MANY = messages.Error.with_code("rateLimited", detail="too many certificates already issued")


def ordered(answers: Iterator[Any], monkeypatch: pytest.MonkeyPatch, folder: Path) -> bytes:
    """What comes of an order whose tries end so."""

    def once(*_: object) -> bytes:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return bytes(answer)

    monkeypatch.setattr(ordering, "_order", once)
    settings = AcmeSettings(("strom.example",), folder)
    return ordering.order(settings, ec.generate_private_key(ec.SECP256R1()), {})


def test_an_order_whose_nonces_were_not_taken_is_begun_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert ordered(iter((NONCE, NONCE, b"pem")), monkeypatch, tmp_path) == b"pem"
    with pytest.raises(ordering.NotIssued, match="invalid anti-replay nonce"):
        ordered(iter((NONCE,) * ordering.NONCES), monkeypatch, tmp_path)


def test_too_many_orders_are_told_from_other_refusals(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(ordering.NotIssued, match="too many certificates") as told:
        ordered(iter((TOO_MANY,)), monkeypatch, tmp_path)
    assert told.value.is_limited
