"""From what is written somewhere to a setting's value, or to the line that says what it must be.

msgspec does it: nothing more is loaded, at each start of a function, for the sake of its settings.
"""

import contextlib
import math
import types
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from app.settings.secret import Secret

_BOOLEANS = {
    **dict.fromkeys(("1", "true", "t", "yes", "y", "on"), True),
    **dict.fromkeys(("0", "false", "f", "no", "n", "off"), False),
}
_MUST_BE = {
    bool: "true or false",
    int: "an integer",
    float: "a number",
    Decimal: "a number",
    dict: 'JSON such as {"EUR": 1000000}',
    Path: "a path",
}


def kept_in_file() -> dict[str, str]:
    """What is in ``.env`` where Strom was started, be it a setting or not."""
    file = Path(".env")
    if not file.is_file():
        return {}
    from dotenv import dotenv_values  # functions have no such file

    return {name: text for name, text in dotenv_values(file).items() if text is not None}


def value_of(kind: Any, given: object) -> object:
    """``given`` as this kind of setting; raises ``ValueError`` with what it must be."""
    kind, may_be_empty = _without_none(kind)
    if may_be_empty and given in (None, ""):
        return None
    try:
        return _converted(kind, given)
    except ValueError:
        also = ", or empty" if may_be_empty else ""
        raise ValueError(f"must be {' '.join(_words(kind))}{also}") from None


def _without_none(kind: Any) -> tuple[Any, bool]:
    if get_origin(kind) not in (Union, types.UnionType):
        return kind, False
    (only,) = (each for each in get_args(kind) if each is not types.NoneType)
    return only, True


def _apart(kind: Any) -> tuple[Any, msgspec.Meta]:
    """The type itself, and its limits."""
    if get_origin(kind) is Annotated:
        base, limits = get_args(kind)
        return base, limits
    return kind, msgspec.Meta()


def _converted(kind: Any, given: object) -> object:
    base, _ = _apart(kind)
    if isinstance(given, str):
        if get_origin(base) is dict:
            return msgspec.json.decode(given, type=base, strict=False)
        given = _from_text(base, given)
    value: object = msgspec.convert(given, kind, strict=False, dec_hook=_of_our_own)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError
    return value


def _from_text(base: Any, text: str) -> object:
    """As the environment has it, where msgspec takes less than people write."""
    if base is bool:
        return _BOOLEANS.get(text.strip().lower(), text)
    if base in (int, float):
        with contextlib.suppress(ValueError):
            return base(text)
    return text


def _of_our_own(kind: Any, given: object) -> object:
    """What msgspec does not know."""
    if isinstance(given, kind):
        return given
    if kind in (Path, Secret) and isinstance(given, str):
        return kind(given)
    raise ValueError


def _words(kind: Any) -> Iterator[str]:
    base, limits = _apart(kind)
    if get_origin(base) is Literal:
        yield f"one of {', '.join(get_args(base))}"
        return
    yield _MUST_BE.get(get_origin(base) or base, "text")
    if limits.pattern is not None:
        yield f"that matches {limits.pattern}"
    if limits.gt is not None:
        yield f"above {limits.gt}"
    if limits.ge is not None:
        yield f"from {limits.ge}" if limits.le is not None else f"of at least {limits.ge}"
    if limits.le is not None:
        yield f"to {limits.le}" if limits.ge is not None else f"and at most {limits.le}"
