"""Files fetched and sent, over HTTP as the address says."""

from urllib.parse import urlsplit

import httpx

TIMEOUT_S = 60.0


class TransferFailed(Exception):
    """The other side did not give or take the file."""


def is_http(url: str) -> bool:
    """Whether this simulator can really go there; FTP it only pretends."""
    return urlsplit(url).scheme in ("http", "https")


async def fetch(url: str) -> bytes:
    """The file at an address; empty where only HTTP would do. Raises ``TransferFailed``."""
    if not is_http(url):
        return b""
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client:
            answer = await client.get(url, follow_redirects=True)
            answer.raise_for_status()
            return answer.content
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise TransferFailed(str(error) or type(error).__name__) from error


async def send(url: str, name: str, content: bytes) -> None:
    """Put a file below an address. Raises ``TransferFailed``."""
    if not is_http(url):
        return
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client:
            answer = await client.put(f"{url.rstrip('/')}/{name}", content=content)
            answer.raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise TransferFailed(str(error) or type(error).__name__) from error
