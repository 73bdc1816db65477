"""Port 80: what was promised, or the way to https."""

from __future__ import annotations

import httpx
import pytest

from app.acme_client.door import Door


async def ask(path: str, method: str = "GET", host: str = "strom.example") -> httpx.Response:
    door = Door("https://strom.example:8443")
    door.answers["token-1"] = "token-1.thumbprint"
    transport = httpx.ASGITransport(app=door)
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as http:
        return await http.request(method, path)


async def test_what_was_promised_for_a_token() -> None:
    answer = await ask("/.well-known/acme-challenge/token-1", host="elsewhere.example")
    assert (answer.status_code, answer.text) == (200, "token-1.thumbprint")
    for path in ("token-2", "", "../token-1", "token-1/"):
        assert (await ask(f"/.well-known/acme-challenge/{path}")).status_code in (404, 308)
    assert (await ask("/.well-known/acme-challenge/token-2")).status_code == 404


@pytest.mark.parametrize("path", ["/", "/c/garage", "/.well-known/lnurlp/garage?nonce=1&x=%0d%0a"])
async def test_everything_else_goes_on_at_our_own_address(path: str) -> None:
    answer = await ask(path, host="evil.example")
    assert answer.status_code == 308
    assert answer.headers["location"] == f"https://strom.example:8443{path}"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_nothing_is_taken_in_without_tls(method: str) -> None:
    assert (await ask("/api/v1/wallets", method)).status_code == 405
