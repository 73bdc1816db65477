"""Keys and signatures of wallets in the model: real ones cost a millisecond, and prove no more."""

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from unittest.mock import patch

from app.charging.errors import BadInput


def public_key(secret: bytes) -> str:
    """What a wallet shows of its key."""
    return "02" + sha256(secret).hexdigest()


def sign(secret: bytes, k1: str) -> str:
    """Only who has the secret can."""
    return hmac.digest(secret, k1.encode(), "sha256").hex()


@dataclass(slots=True)
class KeyRing:
    """Every wallet's secret, so that signatures can be verified."""

    secrets: dict[str, bytes] = field(default_factory=dict)

    def add(self, secret: bytes) -> str:
        """A wallet's key comes into the world."""
        key = public_key(secret)
        self.secrets[key] = secret
        return key

    def verify(self, k1: str, signature: str, key: str) -> str:
        """As ``app.linking.verify``."""
        if key not in self.secrets or sign(self.secrets[key], k1) != signature:
            raise BadInput("The signature does not fit.", field="sig")
        return key

    @contextmanager
    def in_place_of_the_library(self) -> Iterator[None]:
        """While this lasts, signatures are those of the model."""
        with patch("app.linking.wallet_keys.verify", self.verify):
            yield
