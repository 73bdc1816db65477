"""Invoices from lightning addresses (LUD-16, LUD-06), for refunds: we are the wallet here.

Everything that comes back is somebody else's word: it is bounded, and checked as a wallet checks
it. ``AddressRefuses`` is definite, ``Unavailable`` may pass.
"""

import asyncio
import json
import logging
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, TypeVar

import httpx
import msgspec

from app.charging.errors import BadInput, StromError, Unavailable
from app.checkout.addresses import pay_request_url
from app.invoices import DecodedInvoice, check_payable

log = logging.getLogger(__name__)
_LARGEST = 512 * 1024
"""A pay request may carry a picture of 136,536 characters (LUD-06)."""
_PATIENCE_S = 20
_MOST_MOVES = 3


class AddressRefuses(StromError):
    """The address will not take this refund; asking again would not help."""


class _PayRequest(msgspec.Struct, rename="camel"):
    """LUD-06, the parts that bind."""

    callback: str
    min_sendable: int
    max_sendable: int
    metadata: str
    tag: str
    payer_data: dict[str, Any] = {}


class _Answer(msgspec.Struct):
    pr: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """The invoice that is needed."""

    amount_msat: int
    network: str
    now: datetime
    min_remaining_s: int


@dataclass(frozen=True, slots=True)
class AddressInvoices:
    """Asks addresses; ``http`` is the guarded client, so no address reaches into our network."""

    http: httpx.AsyncClient

    async def invoice(self, address: str, wanted: Wanted) -> DecodedInvoice:
        """An invoice of the address over exactly this amount."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                request = await self._pay_request(address)
                _check_request(request, wanted.amount_msat)
                answer = await self._get(_with_amount(request.callback, wanted.amount_msat))
        except TimeoutError as error:
            raise Unavailable("The lightning address did not answer in time.") from error
        return _checked(_read(answer, _Answer).pr, request, wanted)

    async def tell(self, url: str) -> None:
        """A blank POST to a wallet that wants to be told of a balance (LUD-15)."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self.http.post(url)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise Unavailable("The wallet could not be told.") from error

    async def _pay_request(self, address: str) -> _PayRequest:
        """Its pay request; a domain may send us on to the wallet that serves it."""
        return _read(await self._get(pay_request_url(address), moves=_MOST_MOVES), _PayRequest)

    async def _get(self, url: str, moves: int = 0) -> bytes:
        try:
            _require_secure(url)
            async with self.http.stream("GET", url, headers={"accept": "application/json"}) as got:
                if got.next_request is not None and moves > 0:
                    return await self._get(str(got.next_request.url), moves - 1)
                if got.status_code == 429 or got.status_code >= 500:
                    raise Unavailable(f"The lightning address answers {got.status_code}.")
                return await _limited(got)
        except httpx.HTTPError as error:
            raise Unavailable("The lightning address cannot be reached.") from error
        except httpx.InvalidURL as error:
            raise AddressRefuses("The lightning address names no usable URL.") from error


async def _limited(got: httpx.Response) -> bytes:
    body = b""
    async for chunk in got.aiter_bytes():
        body += chunk
        if len(body) > _LARGEST:
            raise AddressRefuses("The lightning address answers with too much.")
    return body


def _require_secure(url: str) -> None:
    """Https, or this machine; the guard of the client decides whom it may reach."""
    parts = httpx.URL(url)
    if parts.scheme != "https" and parts.host not in ("localhost", "127.0.0.1"):
        raise AddressRefuses("The lightning address does not use https.")


T = TypeVar("T")


def _read(body: bytes, kind: type[T]) -> T:
    """What is in an answer; LNURL's error and anything unreadable are refusals (LUD-01)."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise AddressRefuses("The lightning address answers with something unreadable.") from error
    if isinstance(found, dict) and found.get("status") == "ERROR":
        raise AddressRefuses(f"The lightning address says: {str(found.get('reason'))[:100]}")
    try:
        return msgspec.convert(found, kind)
    except msgspec.ValidationError as error:
        raise AddressRefuses("The lightning address answers with something else.") from error


def _check_request(request: _PayRequest, amount_msat: int) -> None:
    if request.tag != "payRequest" or not _is_metadata(request.metadata):
        raise AddressRefuses("The lightning address cannot be paid.")
    if not request.min_sendable <= amount_msat <= request.max_sendable:
        raise AddressRefuses("The lightning address does not take this amount.")
    for entry in request.payer_data.values():
        if isinstance(entry, dict) and entry.get("mandatory") is True:
            raise AddressRefuses("The lightning address wants to know who pays.")


def _is_metadata(text: str) -> bool:
    """A JSON array of arrays with one ``text/plain`` entry."""
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError):
        return False
    if not isinstance(entries, list) or not all(isinstance(e, list) and e for e in entries):
        return False
    return [entry[0] for entry in entries].count("text/plain") == 1


def _with_amount(callback: str, amount_msat: int) -> str:
    """The callback may have a query of its own (LUD-06)."""
    return str(httpx.URL(callback).copy_merge_params({"amount": str(amount_msat)}))


def _checked(bolt11: str, request: _PayRequest, wanted: Wanted) -> DecodedInvoice:
    """The invoice, if it is for exactly what was asked and commits to what was shown."""
    try:
        invoice = check_payable(
            bolt11,
            amount_msat=wanted.amount_msat,
            now=wanted.now,
            min_remaining_s=wanted.min_remaining_s,
            network=wanted.network,
        )
    except BadInput as error:
        raise AddressRefuses(f"The lightning address gave a wrong invoice. {error}") from error
    if invoice.description_hash != sha256(request.metadata.encode()).hexdigest():
        raise AddressRefuses("The lightning address gave an invoice for something else.")
    return invoice
