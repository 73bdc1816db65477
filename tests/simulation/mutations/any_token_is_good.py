"""Tokens are read, and their signature is not checked."""

from contextlib import AbstractContextManager
from unittest.mock import patch

from app.tokens import Signer


def injected() -> AbstractContextManager[object]:
    def parts(self: Signer, purpose: str, token: str) -> tuple[str, ...]:
        return tuple(token.split(".")[:-1])

    return patch.object(Signer, "parts", parts)
