"""What a charge point's opening request says: its path, credentials, protocols (OCPP-J 1.6 §3).

Seen: percent-encoded ids, a trailing slash, an address in absolute form, the id appended to an
address that already ends with it, no subprotocol or one in capitals, no `Connection` header.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from typing import Literal, NamedTuple
from urllib.parse import unquote, urlsplit

from websockets.datastructures import Headers

Spoken = Literal["ocpp1.6", "ocpp2.0.1", "ocpp2.1"]
OCPP_16: Spoken = "ocpp1.6"
SPELLINGS: dict[str, Spoken] = {
    "ocpp2.1": "ocpp2.1",
    "ocpp21": "ocpp2.1",
    "ocpp2.0.1": "ocpp2.0.1",
    "ocpp201": "ocpp2.0.1",
    "ocpp1.6": OCPP_16,
    "ocpp1.6j": OCPP_16,
    "ocpp16": OCPP_16,
    "ocpp16j": OCPP_16,
}
NEWEST_FIRST: tuple[Spoken, ...] = ("ocpp2.1", "ocpp2.0.1", OCPP_16)
PREFIX = "ocpp"
KEY_BYTES = range(16, 21)
LINK = "Strom-Link"
"""The header of a link to an upstream: two of them must not feed each other."""
HEX_KEY = re.compile(rb"[0-9A-Fa-f]{32,40}")
PRINTABLE = re.compile(rb"[ -~]+")
MAX_PATH_LENGTH = 512
MAX_OFFERS = 20


class Credentials(NamedTuple):
    """Basic credentials (OCPP-J 1.6 §6.2); the password leaves this module as a hash alone."""

    username: str | None
    password_sha256: str | None


NO_CREDENTIALS = Credentials(None, None)


def segments(target: str) -> tuple[str, ...]:
    """The decoded segments of a request target, empty ones left out."""
    if len(target) > MAX_PATH_LENGTH:
        return ()
    try:
        path = urlsplit(target).path if "://" in target.split("?")[0] else target
    except ValueError:
        return ()
    path = path.split("?")[0].split("#")[0]
    decoded = (unquote(part).strip() for part in path.split("/"))
    return tuple(part for part in decoded if part)


def charger_paths(parts: tuple[str, ...]) -> tuple[str, ...]:
    """The paths a charge point may mean, the likeliest first; none when it names none.

    `/ocpp/X` and `/X` mean X. Of `/ocpp/X/X` the last part was appended by the charge point;
    of `/ocpp/X/Y` it may have been.
    """
    if parts and parts[0].lower() == PREFIX:
        parts = parts[1:]
    if not parts:
        return ()
    if len(parts) == 1:
        return parts
    without_last = "/".join(parts[:-1])
    if parts[-1] == parts[-2]:
        return (without_last,)
    return ("/".join(parts), without_last)


def credentials(headers: Headers) -> Credentials:
    """The Basic credentials; what is not understood counts as none."""
    scheme, _, value = _first(headers, "Authorization").strip().partition(" ")
    if scheme.lower() != "basic":
        return NO_CREDENTIALS
    value = value.strip()
    try:
        plain = base64.b64decode(value + "=" * (-len(value) % 4), validate=True)
    except (binascii.Error, ValueError):
        return NO_CREDENTIALS
    username, colon, password = plain.partition(b":")
    if not colon:
        return NO_CREDENTIALS
    written = hashlib.sha256(_as_text(password)).hexdigest()
    return Credentials(username.decode("utf-8", "replace"), written)


def _as_text(password: bytes) -> bytes:
    """A password of hexadecimal digits, whichever way it is written.

    An authorization key is set as 40 digits; some charge points send these, in capitals or not,
    others the 20 bytes they stand for (OCPP-J 1.6 §6.2).
    """
    if HEX_KEY.fullmatch(password):
        return password.lower()
    if len(password) in KEY_BYTES and not PRINTABLE.fullmatch(password):
        return password.hex().encode()
    return password


def offered_protocols(headers: Headers) -> tuple[str, ...]:
    """The subprotocols the client offers."""
    lines = ",".join(headers.get_all("Sec-WebSocket-Protocol"))
    return tuple(offer.strip() for offer in lines.split(",")[:MAX_OFFERS] if offer.strip())


def meant_by(offer: str) -> Spoken | None:
    """The protocol that an offered subprotocol means; None where we do not speak it."""
    return SPELLINGS.get(offer.strip().lower())


def chosen(offers: Iterable[str]) -> str | None:
    """The newest of what is offered and spoken here, as the charge point spells it."""
    known = {meant_by(offer): offer for offer in reversed(tuple(offers))}
    return next((known[spoken] for spoken in NEWEST_FIRST if spoken in known), None)


def wants_websocket(headers: Headers) -> bool:
    """Whether the request is meant to open a websocket."""
    return "websocket" in _first(headers, "Upgrade").lower()


def mend_headers(headers: Headers) -> None:
    """Add the `Connection` header that some charge points, and proxies before them, leave out; an
    offer of subprotocols that names none is no offer."""
    if "Sec-WebSocket-Protocol" in headers and not offered_protocols(headers):
        del headers["Sec-WebSocket-Protocol"]
    if not any("upgrade" in value.lower() for value in headers.get_all("Connection")):
        if "Connection" in headers:
            del headers["Connection"]
        headers["Connection"] = "Upgrade"


def _first(headers: Headers, name: str) -> str:
    values = headers.get_all(name)
    return values[0] if values else ""
