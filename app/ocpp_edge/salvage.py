"""Frames that are no JSON, read as far as they go.

Seen: `NaN` for a reading that is missing, half a surrogate or Latin-1 in a text, a frame cut off
where a buffer of the charge point's was full. The first kinds lose nothing by being read; of a
frame that is cut, or broken in some other way, only what is whole is taken.
"""

import contextlib
import json
import math
import re
from typing import Any, Final

import orjson

Payload = dict[str, Any]

DEEPEST: Final = 4
"""Levels below the payload; OCPP names nothing of a transaction further down."""
_NAME = r'"(\w{1,50})"\s*:\s*'
_TOKEN: Final = re.compile(
    rf'{_NAME}("(?:[^"\\]|\\.){{0,255}}"|-?\d{{1,18}}(?:\.\d{{1,9}})?(?=\s*[,}}]))'  # a whole value
    rf"|{_NAME}\{{"
    r'|"(?:[^"\\]|\\.)*(?:"|\\?\Z)'  # any other text: what looks like a bracket in it is none
    r"|[\[\]{}]"
)


def loosely(data: bytes) -> Any:
    """JSON as others write it: NaN and Infinity are null, what is no Unicode is a question mark.

    Raises ValueError for what is no JSON that way either.
    """
    try:
        value = json.loads(
            data.decode("utf-8", "replace"),
            parse_constant=lambda _: None,
            parse_float=_finite,
            strict=False,
        )
        return orjson.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    except RecursionError:
        raise ValueError("nested too deep") from None


def members(data: bytes) -> Payload:
    """What is whole in the payload of a broken call: texts, numbers, and objects of them.

    No lists: of readings that are cut off the last is missing, and an earlier one in its place
    would be a wrong register.
    """
    text = data.decode("utf-8", "replace")
    found: Payload = {}
    within: list[Payload | None] = []  # what is open; None: of no interest
    for token in _TOKEN.finditer(text, text.find("{") if "{" in text else len(text)):
        name, value, opened = token.groups()
        inner = within[-1] if within else None
        if value is not None:
            if inner is not None:
                _put(inner, name, value)
        elif opened is not None:
            within.append(_opened(inner, opened, len(within)))
        elif (sign := token.group()) in ("[", "{"):
            within.append(None if within or sign == "[" else found)
        elif sign in ("]", "}") and within:
            within.pop()
    return found


def _put(inner: Payload, name: str, value: str) -> None:
    with contextlib.suppress(orjson.JSONDecodeError):  # `007`, an escape that is none
        inner.setdefault(name, orjson.loads(value))


def _opened(inner: Payload | None, name: str, depth: int) -> Payload | None:
    if inner is None or depth > DEEPEST:
        return None
    made: Payload = {}
    kept = inner.setdefault(name, made)
    return kept if type(kept) is dict else None


def _finite(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None
