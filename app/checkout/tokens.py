"""Opening tokens that came from outside."""

from app.charging.errors import NotFound
from app.tokens import Signer

VERIFY = "verify"
"""``tenant.session.payment_hash.bolt11``: the LUD-21 URL of an invoice; nothing is stored."""

PAGE = "page"
"""The same, on a page of ours: whoever holds it learns the session's token once it is paid."""


def opened(signer: Signer, purpose: str, token: str, *, parts: int) -> tuple[str, ...]:
    """So many parts of a token of ours; raises ``NotFound`` for any other."""
    if not token.isascii():
        raise NotFound("this link is not valid")
    found = signer.parts(purpose, token)
    if len(found) != parts:
        raise NotFound("this link is not valid")
    return found
