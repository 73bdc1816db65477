"""LNURL strings: bech32 of a URL (LUD-01), schemes (LUD-17), the link of a printed code."""

from urllib.parse import urlsplit


def encode_lnurl(url: str) -> str:
    """``LNURL1…`` in upper case, which makes the smallest QR code (LUD-01)."""
    from bech32 import bech32_encode, convertbits

    data = convertbits(list(url.encode()), 8, 5)
    assert data is not None  # bytes always convert
    return str(bech32_encode("lnurl", data)).upper()


def with_scheme(url: str, scheme: str) -> str:
    """``lnurlp://host/path`` for https and onion, as LUD-17 has it."""
    parts = urlsplit(url)
    return parts._replace(scheme=scheme).geturl()


def printed_link(page_url: str, lnurl: str) -> str:
    """A page that a camera opens and whose code a wallet pays (LUD-01, fallback scheme)."""
    return f"{page_url}?lightning={lnurl}"
