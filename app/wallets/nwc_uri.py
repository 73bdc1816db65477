"""The connection string of Nostr Wallet Connect: read, and written in its one spelling.

NIP-47, "Nostr Wallet Connect URI": ``nostr+walletconnect://<wallet's public key>`` with
``relay`` (one or more), ``secret`` and, optionally, ``lud16``. Older wallets write
``nostrwalletconnect:``, and some leave out the slashes. A deep link's callback carries the
string in ``value``; a ``nostrnwc://connect`` link only asks a wallet for one.
"""

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs, quote, urlsplit

from app.charging.errors import BadInput

MOST_RELAYS = 5
_LONGEST = 4096
_SCHEME = re.compile(r"(?:nostr\+walletconnect|nostrwalletconnect):(?://)?", re.IGNORECASE)
_KEY = re.compile(r"[0-9a-f]{64}")
_ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141
"""Of secp256k1: a secret key lies between 0 and this, both excluded."""


@dataclass(frozen=True, slots=True)
class NwcConnection:
    """One connection to a wallet service. ``repr`` does not show the secret."""

    wallet_pubkey: str
    relays: tuple[str, ...]
    secret: str = field(repr=False)
    lud16: str = ""

    def to_uri(self) -> str:
        """The one spelling that is stored."""
        relays = "&".join(f"relay={quote(relay, safe='')}" for relay in self.relays)
        lud16 = f"&lud16={quote(self.lud16, safe='@')}" if self.lud16 else ""
        return f"nostr+walletconnect://{self.wallet_pubkey}?{relays}&secret={self.secret}{lud16}"


def parse_connection(text: str) -> NwcConnection:
    """Read what an owner pasted; ``BadInput`` says what is wrong and never repeats it."""
    uri = _find_uri(text.strip())
    pubkey, _, query = uri[_scheme_length(uri) :].partition("?")
    fields = parse_qs(query.partition("#")[0])
    wallet_pubkey = pubkey.strip("/").lower()
    if not _KEY.fullmatch(wallet_pubkey):
        raise _bad("The connection string does not name the wallet's public key.")
    return NwcConnection(
        wallet_pubkey=wallet_pubkey,
        relays=_relays(fields.get("relay", [])),
        secret=_secret(fields.get("secret", [])),
        lud16=_lud16(fields.get("lud16", [])),
    )


def _find_uri(text: str) -> str:
    if len(text) > _LONGEST:
        raise _bad("This is too long for a connection string.")
    if _scheme_length(text):
        return text
    try:
        scheme, query = urlsplit(text).scheme, parse_qs(urlsplit(text).query)
    except ValueError:
        scheme, query = "", {}
    value = query.get("value", [""])[0]
    if _scheme_length(value):
        return value
    if scheme.startswith("nostrnwc"):
        raise _bad("This link asks a wallet for a connection; enter what the wallet answers.")
    raise _bad("A connection string starts with nostr+walletconnect://")


def _scheme_length(text: str) -> int:
    found = _SCHEME.match(text)
    return found.end() if found else 0


def _relays(given: list[str]) -> tuple[str, ...]:
    relays = tuple(dict.fromkeys(relay.strip() for relay in given))
    if not relays:
        raise _bad("The connection string names no relay.")
    if len(relays) > MOST_RELAYS:
        raise _bad(f"The connection string names more than {MOST_RELAYS} relays.")
    for relay in relays:
        _check_relay(relay)
    return relays


def _check_relay(relay: str) -> None:
    try:
        parts = urlsplit(relay)
        is_relay = parts.scheme in ("wss", "ws") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_relay = False
    if not is_relay or not relay.isprintable() or "@" in relay:
        raise _bad("A relay's address starts with wss:// and names a host.")


def _secret(given: list[str]) -> str:
    if not given:
        raise _bad("The connection string has no secret, so it cannot be used from here.")
    secret = given[0].strip().lower()
    if len(given) > 1 or not _KEY.fullmatch(secret) or not 0 < int(secret, 16) < _ORDER:
        raise _bad("The secret of the connection string is no private key.")
    return secret


def _lud16(given: list[str]) -> str:
    lud16 = given[0].strip() if given else ""
    return lud16 if len(lud16) <= 100 and lud16.isprintable() and lud16.count("@") == 1 else ""


def _bad(message: str) -> BadInput:
    return BadInput(message, field="connection")
