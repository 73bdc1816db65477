"""Secrets of the whole installation, in Secrets Manager."""

import hashlib

from app.aws.calls import SECRETS, Aws


async def secret_text(aws: Aws, name: str) -> str:
    """The present text of a secret; raises ``Unavailable``."""
    answer = await aws.call(SECRETS, "GetSecretValue", {"SecretId": name})
    return str(answer["SecretString"])


async def secret_key(aws: Aws, name: str) -> bytes:
    """32 bytes made of a secret's text, which was generated and is longer than they are."""
    text = await secret_text(aws, name)
    if len(text) < 43:  # 256 bits in letters and digits
        raise ValueError(f"the secret {name} is too short to be a key")
    return hashlib.sha256(b"strom server key" + text.encode()).digest()
