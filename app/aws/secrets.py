"""Secrets of the whole installation, in Secrets Manager."""

import hashlib

from app.aws.calls import SECRETS, Aws, Refusal


async def secret_text(aws: Aws, name: str) -> str:
    """The present text of a secret; raises ``Unavailable``."""
    answer = await aws.call(SECRETS, "GetSecretValue", {"SecretId": name})
    return str(answer["SecretString"])


async def secret_key(aws: Aws, name: str) -> bytes:
    """32 bytes made of a secret's text, which was generated and is longer than they are."""
    return _key_of(name, await secret_text(aws, name))


async def previous_secret_keys(aws: Aws, name: str) -> tuple[bytes, ...]:
    """The key of the text before the present one: Secrets Manager keeps it as ``AWSPREVIOUS``."""
    asked = {"SecretId": name, "VersionStage": "AWSPREVIOUS"}
    try:
        answer = await aws.call(SECRETS, "GetSecretValue", asked)
    except Refusal as refusal:
        if refusal.code != "ResourceNotFoundException":
            raise
        return ()
    return (_key_of(name, str(answer["SecretString"])),)


def _key_of(name: str, text: str) -> bytes:
    if len(text) < 43:  # 256 bits in letters and digits
        raise ValueError(f"the secret {name} is too short to be a key")
    return hashlib.sha256(b"strom server key" + text.encode()).digest()
