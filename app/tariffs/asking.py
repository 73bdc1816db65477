"""Asking a source over HTTP: one answer, of bounded size, whose numbers stay decimals.

Reasons never carry the URL or a header: there may be a token in them.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeVar

import httpx
import msgspec

from app.charging.errors import Unavailable

T = TypeVar("T")
MOST_BYTES = 2_000_000
"""Two days of quarter-hours are some 40 KB of XML; a rate is one line."""
_CLOSED = (401, 403)


async def ask(
    http: httpx.AsyncClient,
    source: str,
    url: str,
    *,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    body: object = None,
) -> bytes:
    """What a GET (with a body: a POST of JSON) is answered; raises ``Unavailable``."""
    try:
        request = http.build_request(
            "GET" if body is None else "POST",
            url,
            # httpx takes an empty mapping for "no query at all", also where the URL has one.
            params=dict(query) if query else None,
            headers=dict(headers or {}),
            json=body,
        )
        response = await http.send(request, stream=True)
        try:
            if response.status_code != httpx.codes.OK:
                hint = "; look at the token" if response.status_code in _CLOSED else ""
                raise Unavailable(f"{source} answered {response.status_code}{hint}")
            return await _read(response, source)
        finally:
            await response.aclose()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise Unavailable(f"{source} could not be asked") from error


async def ask_json(
    http: httpx.AsyncClient,
    source: str,
    url: str,
    *,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    body: object = None,
) -> Any:
    """The answer's JSON, numbers as ``int`` and ``Decimal``; raises ``Unavailable``.

    Only what is no number (``NaN``) comes as a float.
    """
    content = await ask(http, source, url, query=query, headers=headers, body=body)
    try:
        return json.loads(content, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise Unavailable(f"{source} answered in an unknown shape") from error


def shaped(source: str, answer: object, shape: type[T]) -> T:
    """The answer in the documented shape; raises ``Unavailable``."""
    try:
        return msgspec.convert(answer, shape)
    except msgspec.ValidationError as error:
        raise Unavailable(f"{source} answered in an unknown shape: {error}") from error


async def _read(response: httpx.Response, source: str) -> bytes:
    content = b""
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > MOST_BYTES:
            raise Unavailable(f"{source} answered far too much")
    return content
