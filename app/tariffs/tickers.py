"""What the tickers of exchanges have in common: one GET, one JSON answer, one exact decimal."""

import json
from decimal import Decimal, InvalidOperation
from typing import Any

import httpx

from app.charging.errors import Unavailable


async def get_json(http: httpx.AsyncClient, source: str, url: str, **query: str) -> Any:
    """The JSON of an answer, numbers as ``Decimal``; raises ``Unavailable``."""
    try:
        answer = await http.get(url, params=query or None)
        answer.raise_for_status()
        return json.loads(answer.content, parse_float=Decimal)
    except httpx.HTTPStatusError as error:
        raise Unavailable(f"{source} answered {error.response.status_code}") from error
    except (httpx.HTTPError, ValueError) as error:
        raise Unavailable(f"{source} could not be asked") from error


def as_price(source: str, value: object) -> Decimal:
    """A price as exchanges write it, a decimal in a string; raises ``Unavailable``."""
    if not isinstance(value, str):
        raise Unavailable(f"{source} gave no price")
    try:
        return Decimal(value)
    except InvalidOperation as error:
        raise Unavailable(f"{source} gave no price") from error
