"""Opaque ids and secrets: lower-case base32, safe in URLs, on shells and over the telephone."""

import base64

from app.charging.ports import Chance

BITS_PER_CHARACTER = 5
SECRET_LENGTH = 26
"""130 bits."""


def new_id(chance: Chance, length: int = 12) -> str:
    """An id of so many characters (5 bits each) from ``a-z2-7``."""
    count = -(-length * BITS_PER_CHARACTER // 8)
    return base64.b32encode(chance.token_bytes(count)).decode().lower()[:length]


def new_secret(chance: Chance) -> str:
    """A password or key secret of 130 bits: so much that its plain SHA-256 may be kept."""
    return new_id(chance, SECRET_LENGTH)


def new_charger_password(chance: Chance) -> str:
    """160 bits in 40 hexadecimal digits: some charge points take nothing else as AuthorizationKey
    (OCPP 1.6 security whitepaper §2.6), none refuses it (OCPP 2.0.1 BasicAuthPassword)."""
    return chance.token_bytes(20).hex()
