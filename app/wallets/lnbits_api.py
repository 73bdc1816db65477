"""LNbits over HTTP: one request, one whole answer, a hard deadline, no secret anywhere but here.

The admin key travels in a header only: never in a URL, a log or an error. httpx logs URLs at
INFO (they hold payment hashes, with which anyone may ask LNbits for a preimage); that logger is
silenced where logging is set up. Redirects are not followed: they would carry the key elsewhere.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from app.charging.errors import Unavailable
from app.wallets.never_sent import NeverSent, unsent

if TYPE_CHECKING:
    import httpx

_CONNECT_S = 5.0
_MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer. ``body`` is None where it was not JSON."""

    status: int
    body: Any

    @property
    def detail(self) -> str:
        """What LNbits says went wrong, for logs and the owner; bounded."""
        detail = self.body.get("detail") if isinstance(self.body, dict) else None
        return str(detail)[:200] if detail else f"HTTP {self.status}"


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment of this wallet as LNbits keeps it; a negative amount went out."""

    payment_hash: str
    amount_msat: int
    fee_msat: int
    status: Literal["pending", "success", "failed"]
    preimage: str | None


class LnbitsApi:
    """Requests to one LNbits with one wallet's key."""

    def __init__(self, http: "httpx.AsyncClient", base_url: str, key: str) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._headers = {"X-Api-Key": key}

    def __repr__(self) -> str:
        return f"LnbitsApi({self._base_url})"

    async def get(
        self, path: str, *, params: Mapping[str, str] | None = None, deadline_s: float
    ) -> Answer:
        """GET; raises ``Unavailable`` when no whole answer comes in time."""
        return await self._send("GET", path, params=params, deadline_s=deadline_s)

    async def post(self, path: str, *, body: Mapping[str, object], deadline_s: float) -> Answer:
        """POST; raises ``NeverSent`` or, when it may have been seen, ``Unavailable``."""
        return await self._send("POST", path, body=body, deadline_s=deadline_s)

    async def _send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
        deadline_s: float,
    ) -> Answer:
        import httpx  # on first use: a surface that only answers pay requests needs none of it

        try:
            async with (
                asyncio.timeout(deadline_s),
                self._http.stream(
                    method,
                    self._base_url + path,
                    params=params,
                    json=body,
                    headers=self._headers,
                    timeout=httpx.Timeout(deadline_s, connect=min(_CONNECT_S, deadline_s)),
                    follow_redirects=False,
                ) as response,
            ):
                return Answer(response.status_code, await _read_json(response))
        except unsent() as error:
            raise NeverSent("The wallet cannot be reached.") from error
        except (httpx.HTTPError, httpx.StreamError, TimeoutError) as error:
            raise Unavailable("The wallet did not answer in time.") from error


def read_payment(value: object) -> PaymentRow | None:
    """A payment out of an answer, or None where LNbits sent something else."""
    if not isinstance(value, dict):
        return None
    payment_hash, amount, fee = (value.get(name) for name in ("payment_hash", "amount", "fee"))
    if not isinstance(payment_hash, str) or type(amount) is not int or type(fee) is not int:
        return None
    status, preimage = value.get("status"), value.get("preimage")
    return PaymentRow(
        payment_hash=payment_hash,
        amount_msat=amount,
        # Its sign differs between internal and routed payments; LNbits' balances use abs, too.
        fee_msat=abs(fee),
        status=status if status in ("success", "failed") else "pending",
        preimage=preimage if isinstance(preimage, str) else None,
    )


async def _read_json(response: "httpx.Response") -> Any:
    content = b""
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > _MOST_BYTES:
            raise Unavailable("The wallet's answer is too long.")
    try:
        return json.loads(content)
    except ValueError:
        return None
