"""Secrets in a log line are blotted out, whoever wrote them there: the last guard, not the first.

Libraries put whole addresses into their errors; ours carry a token in the path, a ``k1`` in the
query, a wallet's key in a header.
"""

import re

HIDDEN = "•••"
_NAMES = (
    "k1", "preimage", "secret", "macaroon", "password", "apikey", "api_key", "api-key", "token",
    "sig", "rune", "authorization",
)  # fmt: skip
_SIGNS = (
    *_NAMES,
    "basic ",
    "bearer ",
    "nostr",
    "@",
    "/hooks/",
    "/confirm-",
    "/reset-",
    "lnbc",
    "lntb",
    "lnurl1",
)
"""A line with none of these has no secret but the end of a token; most lines have none."""
_TOKEN = re.compile(r"\.[a-z2-7]{26}(?![a-zA-Z0-9])")
"""What proves a token of ours (`app.tokens`)."""
_SECRET = re.compile(
    rf"""
      \b(?:{"|".join(map(re.escape, _NAMES))})
        \\?(?: ["']\s*, | ["']?\s*[=:] ) \s* \\?["']?
        (?: (?:Basic|Bearer|Nostr)\s+ )?
    | \b(?:Basic|Bearer|Nostr)\s+(?=[A-Za-z0-9+/=._-]{{16}})
    | nostr\+walletconnect:(?://)?
    | /(?:hooks/wallet|confirm-email|reset-password)/
    | (?<=://)(?=[^/\s:@"]+:[^/\s@"]+@)
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""What a secret stands behind."""
_WORD = re.compile(r"[^\s\"'\\&,;})\]]{4,}")
_CODED = re.compile(
    r"\b(?:ln(?:bcrt|bc|tbs|tb)[0-9]*[munp]?1[02-9ac-hj-np-z]{80,}|lnurl1[02-9ac-hj-np-z]{30,})",
    re.IGNORECASE,
)
"""Invoices and coded LNURLs."""


def without_secrets(text: str) -> str:
    """The text with dots in the place of what looks like a secret."""
    text = _TOKEN.sub("." + HIDDEN, text)
    lowered = text.lower()
    if not any(sign in lowered for sign in _SIGNS):
        return text
    text = _CODED.sub(HIDDEN, text)
    parts, end = list[str](), 0
    for found in _SECRET.finditer(text):
        secret = _WORD.match(text, found.end())
        if secret is None or found.start() < end:
            continue
        parts += (text[end : found.end()], HIDDEN)
        end = secret.end()
    return "".join((*parts, text[end:]))
