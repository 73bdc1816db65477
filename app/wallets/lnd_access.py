"""What an owner enters to connect an LND, brought into one spelling.

The macaroon comes as hex or base64 (a file's content, however it was copied), the certificate as
PEM, as base64 or as its SHA-256 fingerprint; or all three with the address as one
``lndconnect://host:port?cert=…&macaroon=…``, which most node boxes show. Kept of a certificate are
fingerprints only.
"""

import base64
import binascii
import re
import ssl
from collections.abc import Mapping
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

from app.charging.errors import BadInput

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)
_FINGERPRINT = re.compile(r"(?:sha256 fingerprint=)?((?:[0-9a-f]{2}:?){32})")
_MACAROON_V2 = b"\x02"
_LONGEST = 20_000
_GRPC_PORT = 10009
_YES, _NO = ("", "yes", "true", "1"), ("no", "false", "0")


def read_access(entered: Mapping[str, str]) -> dict[str, str]:
    """The fields of the credentials, or ``BadInput`` that names the field."""
    given = {name: text.strip() for name, text in entered.items()}
    if any(len(text) > _LONGEST for text in given.values()):
        raise BadInput("This is too long.", field="macaroon")
    if given.get("macaroon", "").lower().startswith("lndconnect:"):
        given = {**given, **_read_lndconnect(given["macaroon"])}
    url = _read_url(given.get("url", ""))
    certificate = _read_certificate(given.get("certificate", ""))
    if certificate and not url.startswith("https://"):
        raise BadInput("With a certificate the address starts with https://.", field="url")
    return {
        "url": url,
        "macaroon": _read_macaroon(given.get("macaroon", "")),
        "certificate": certificate,
        "private_hints": _read_choice(given.get("private_hints", "")),
    }


def _read_lndconnect(text: str) -> dict[str, str]:
    try:
        parts = urlsplit(text)
        query = parse_qs(parts.query)
    except ValueError as error:
        raise BadInput("This lndconnect address cannot be read.", field="macaroon") from error
    found = {"url": f"https://{parts.netloc}", "macaroon": query.get("macaroon", [""])[0]}
    if not parts.netloc or not found["macaroon"]:
        raise BadInput("This lndconnect address is not complete.", field="macaroon")
    if "cert" in query:
        found["certificate"] = query["cert"][0]
    return found


def _read_url(text: str) -> str:
    if not text:
        raise BadInput("Enter the address of your node's REST interface.", field="url")
    if "?" in text or "#" in text:
        raise BadInput("Leave out “?” or “#” and what follows it.", field="url")
    url = text if "://" in text else f"https://{text}"
    try:
        port = urlsplit(url).port
    except ValueError as error:
        raise BadInput("This is not a web address.", field="url") from error
    if port == _GRPC_PORT:
        raise BadInput(
            f"Port {_GRPC_PORT} speaks gRPC; enter the REST address, usually port 8080.",
            field="url",
        )
    return url.rstrip("/")


def _read_macaroon(text: str) -> str:
    compact = "".join(text.split())
    content = _from_hex(compact) or _from_base64(compact)
    if not content.startswith(_MACAROON_V2) or len(content) < 32:
        raise BadInput(
            "This is not a macaroon; enter the content of the file in hex or base64.",
            field="macaroon",
        )
    return content.hex()


def _read_certificate(text: str) -> str:
    """Fingerprints in hex with a space between, or nothing where none was entered."""
    if not text:
        return ""
    fingerprint = _FINGERPRINT.fullmatch(text.lower())
    if fingerprint:
        return fingerprint[1].replace(":", "")
    bodies = _PEM.findall(text) or [text]
    return " ".join(_fingerprint(_from_base64("".join(body.split()))) for body in bodies)


def _fingerprint(der: bytes) -> str:
    try:
        # Only to see that it is a certificate: what is compared is its fingerprint.
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=der)
    except (ssl.SSLError, ValueError) as error:
        raise BadInput(
            "This is not a certificate; enter the content of tls.cert or its SHA-256 fingerprint.",
            field="certificate",
        ) from error
    return sha256(der).hexdigest()


def _read_choice(text: str) -> str:
    if text.lower() in _YES:
        return "yes"
    if text.lower() in _NO:
        return "no"
    raise BadInput("Enter yes or no.", field="private_hints")


def _from_hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _from_base64(text: str) -> bytes:
    """Standard or URL-safe, with or without its padding."""
    standard = text.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""
