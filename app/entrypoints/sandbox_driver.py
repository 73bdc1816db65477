"""A driver with a sandbox wallet, who speaks LNURL like any other wallet."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from app.charging.errors import BadInput, NotFound, Unavailable
from app.charging.money import MSAT_PER_SAT


@dataclass(frozen=True, slots=True)
class SandboxDriver:
    """Pays addresses of sandbox charge points and takes refunds."""

    http: httpx.AsyncClient

    async def pay(self, address: str, sats: int) -> str:
        """Pay a lightning address; returns the link of the session. Raises ``StromError``."""
        name, base = split_address(address)
        offer = await self._get(f"{base}/.well-known/lnurlp/{name}")
        join = "&" if "?" in offer["callback"] else "?"
        amount_msat = sats * MSAT_PER_SAT
        answer = await self._get(f"{offer['callback']}{join}amount={amount_msat}")
        await self._post(f"{base}/sandbox/{name}/pay", {"pr": answer["pr"]})
        return str(answer["successAction"]["url"])

    async def withdraw(self, address: str, lnurl_withdraw_url: str) -> int:
        """Take what a session's LNURL-withdraw offers; returns the amount in msat."""
        name, base = split_address(address)
        offer = await self._get(lnurl_withdraw_url)
        amount_msat = int(offer["maxWithdrawable"])
        made = await self._post(f"{base}/sandbox/{name}/invoice", {"amount_msat": amount_msat})
        join = "&" if "?" in offer["callback"] else "?"
        await self._get(f"{offer['callback']}{join}k1={offer['k1']}&pr={made['pr']}")
        return amount_msat

    async def _get(self, url: str) -> dict[str, Any]:
        return _read(await self._sent(self.http.build_request("GET", url)))

    async def _post(self, url: str, body: dict[str, object]) -> dict[str, Any]:
        return _read(await self._sent(self.http.build_request("POST", url, json=body)))

    async def _sent(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self.http.send(request)
        except httpx.HTTPError as error:
            raise Unavailable(f"{urlsplit(str(request.url)).netloc} does not answer") from error


def split_address(address: str) -> tuple[str, str]:
    """``name@host`` as name and base URL; plain http on this machine alone (LUD-16)."""
    name, at, host = address.strip().lower().partition("@")
    if not at or not name or not host:
        raise BadInput("a lightning address looks like name@host", field="address")
    local = host.split(":")[0] in ("127.0.0.1", "localhost")
    return name, f"{'http' if local else 'https'}://{host}"


def _read(response: httpx.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except ValueError:
        raise Unavailable(f"an unreadable answer ({response.status_code})") from None
    if not isinstance(answer, dict):
        raise Unavailable("an unexpected answer")
    if answer.get("status") == "ERROR":
        raise BadInput(str(answer.get("reason", "refused")))
    if response.status_code == httpx.codes.NOT_FOUND:
        raise NotFound(str(answer.get("detail", "not found")))
    if response.is_error:
        raise BadInput(str(answer.get("detail", f"refused ({response.status_code})")))
    return answer
