"""Frames as their owner may read them: whole, but for passwords and keys.

A secret is found by the name beside it: of a configuration key (OCPP 1.6 §9, whitepaper
``AuthorizationKey``), a variable (2.0.1 ``BasicAuthPassword``), a field (``apnPassword``), or in an
address (``ftp://user:password@host``). idTags stay: the owner's own cards are told apart by them.
"""

import re
from typing import Any, Final

import orjson

from app.operations import SECRET_NAME, names_a_secret

HIDDEN: Final = "•••"
LONGEST: Final = 8000
DEEPEST: Final = 40
WRITTEN = re.compile(rf"({SECRET_NAME.pattern})[\w.-]*[\"'\\]*\s*[:=]", re.IGNORECASE)
IN_ADDRESS = re.compile(r"(?<=://)([^/\s:@\"]*):[^/\s@\"]*@")
BESIDE_A_KEY: Final = ("value",)
BESIDE_A_VARIABLE: Final = ("attributeValue", "value")


def readable(frame: bytes) -> str:
    """The frame as text without secrets, cut where it is very long."""
    try:
        whole = orjson.dumps(_without_secrets(orjson.loads(frame), 0)).decode()
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        whole = frame.decode("utf-8", "replace")
        if names_a_secret(whole):
            whole = "(not shown: it cannot be read, and names a secret)"
    if len(whole) <= LONGEST:
        return whole
    return f"{whole[:LONGEST]}… ({len(whole) - LONGEST} characters more)"


def _without_secrets(value: Any, depth: int) -> Any:
    if depth > DEEPEST:
        return "…"
    if type(value) is str:
        return _text(value)
    if type(value) is list:
        return [_without_secrets(item, depth + 1) for item in value]
    if type(value) is dict:
        return _fields(value, depth)
    return value


def _fields(fields: dict[str, Any], depth: int) -> dict[str, Any]:
    hidden: tuple[str, ...] = ()
    if _is_secret(fields.get("key")):
        hidden = BESIDE_A_KEY
    variable = fields.get("variable")
    if type(variable) is dict and _is_secret(variable.get("name")):
        hidden = BESIDE_A_VARIABLE
        attributes = fields.get("variableAttribute")
        if type(attributes) is list:
            hide = [{**a, "value": HIDDEN} if type(a) is dict else HIDDEN for a in attributes]
            fields = {**fields, "variableAttribute": hide}
    return {
        name: HIDDEN
        if name in hidden or (type(item) is str and names_a_secret(name))
        else _without_secrets(item, depth + 1)
        for name, item in fields.items()
    }


def _is_secret(name: object) -> bool:
    return type(name) is str and names_a_secret(name)


def _text(text: str) -> str:
    if WRITTEN.search(text):
        return HIDDEN
    return IN_ADDRESS.sub(rf"\1:{HIDDEN}@", text) if "://" in text else text
