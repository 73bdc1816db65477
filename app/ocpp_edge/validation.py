"""Payloads against the schemas of OCPP, as strict as real charge points allow.

The schema files come from the `ocpp` package, read without importing it. A payload that fails is
mended first: nulls and unknown fields dropped, numbers in texts read, `1.0` taken for an integer,
names in the wrong case found. What is still wrong then is *soft* (an unknown enum value, a text too
long, an empty list: taken as it is) or *hard* (a required field is missing, a type is wrong), and
only hard errors are answered with a CallError. What is nested deeper than `nesting.DEEPEST` can
be neither described nor written again: it is a hard error of its own, or left out.
"""

import importlib.util
import math
from collections import Counter
from collections.abc import Callable
from enum import IntEnum
from itertools import islice
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson

from app.ocpp_edge.errors import CallRefused, ErrorCode
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.nesting import TOO_DEEP, is_deep, shallow

Schema = dict[str, Any]
Validator = jsonschema_rs.Draft4Validator | jsonschema_rs.Draft6Validator

SOFT_KEYWORDS = frozenset(
    {"enum", "maxLength", "minItems", "maxItems", "additionalProperties", "format", "multipleOf"}
)
CODES = {
    "required": ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION,
    "type": ErrorCode.TYPE_CONSTRAINT_VIOLATION,
}
MOST_NOTICED = 20


class Tolerance(IntEnum):
    """How much may be wrong with a payload before its call is refused."""

    NONE = 0
    """Nothing hard."""
    OF_DEPTH = 1
    """What is nested too deep is left out, if it can be spared."""
    OF_ALL = 2
    """Anything: it is given back as far as it goes."""


def schema_folder(version: str) -> Path:
    """Where the `ocpp` package keeps the schemas of a version: `v16`, `v201`, `v21`."""
    found = importlib.util.find_spec("ocpp")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("the ocpp package is not installed")
    return Path(found.submodule_search_locations[0]) / version / "schemas"


class Schemas:
    """The schemas, each loaded when it is first needed."""

    def __init__(self, folder: Path, counters: Counter[str]) -> None:
        self._folder = folder
        self._counters = counters
        self._loaded: dict[str, tuple[Schema, Validator, bool]] = {}

    def check(
        self,
        name: str,
        payload: Payload,
        noticed: Callable[[str], None] | None = None,
        tolerance: Tolerance = Tolerance.NONE,
    ) -> Payload:
        """The payload, mended where needed. Raises `CallRefused` for a hard error.

        ``noticed`` is told of each soft one: ``MeterValues.meterValue.timestamp:format``.

        Hard errors that are tolerated are counted all the same.
        """
        schema, validator, is_free = self._loaded.get(name) or self._load(name)
        if validator.is_valid(payload) and not (is_free and is_deep(payload)):
            return payload
        if is_deep(payload):
            payload = self._shallow(name, payload, noticed, tolerance)
        if noticed is not None:
            for error in islice(validator.iter_errors(payload), MOST_NOTICED):
                noticed(_kind(name, error))
        mended = mend(payload, schema)
        self._counters["payloads_mended"] += 1
        for error in validator.iter_errors(mended):
            keyword = error.kind.name
            if keyword in SOFT_KEYWORDS:
                self._counters["soft_errors"] += 1
                continue
            self._counters["hard_errors"] += 1
            if tolerance < Tolerance.OF_ALL:
                code = CODES.get(keyword, ErrorCode.PROPERTY_CONSTRAINT_VIOLATION)
                raise CallRefused(code, _describe(error))
        assert isinstance(mended, dict)
        return mended

    def is_valid(self, name: str, payload: Payload) -> bool:
        """Whether a payload of ours is right to the letter."""
        return (self._loaded.get(name) or self._load(name))[1].is_valid(payload)

    def _shallow(
        self,
        name: str,
        payload: Payload,
        noticed: Callable[[str], None] | None,
        tolerance: Tolerance,
    ) -> Payload:
        if tolerance == Tolerance.NONE:
            raise CallRefused(ErrorCode.FORMATION_VIOLATION, TOO_DEEP)
        self._counters["soft_errors"] += 1
        if noticed is not None:
            noticed(f"{name}:depth")
        found: Payload = shallow(payload)
        return found

    def _load(self, name: str) -> tuple[Schema, Validator, bool]:
        text = (self._folder / f"{name}.json").read_text(encoding="utf-8-sig")
        schema: Schema = orjson.loads(text)
        is_draft_6 = "draft-06" in schema.get("$schema", "")
        draft = jsonschema_rs.Draft6Validator if is_draft_6 else jsonschema_rs.Draft4Validator
        resolved = _resolved(schema, schema)
        is_free = any("type" not in part for part in resolved.get("properties", {}).values())
        self._loaded[name] = loaded = (resolved, draft(schema), is_free)
        return loaded


def _resolved(part: Schema, schema: Schema) -> Schema:
    """A schema of 2.0.1 with its definitions in their places; what `mend` reads of it."""
    if "$ref" in part:
        part = schema["definitions"][part["$ref"].rpartition("/")[2]]
    resolved: Schema = {name: part[name] for name in ("type", "enum") if name in part}
    if "properties" in part:
        properties: dict[str, Schema] = part["properties"]
        resolved["properties"] = {name: _resolved(p, schema) for name, p in properties.items()}
    if isinstance(part.get("items"), dict):
        resolved["items"] = _resolved(part["items"], schema)
    return resolved


def mend(value: object, schema: Schema) -> object:
    """The value as the schema would have it, where that can be told without guessing."""
    match schema.get("type"):
        case "object" if isinstance(value, dict):
            return _mend_object(value, schema.get("properties", {}))
        case "array":
            items = value if isinstance(value, list) else [value]
            return [mend(item, schema.get("items", {})) for item in items if item is not None]
        case "string":
            return _mend_text(value, schema)
        case "integer":
            return _mend_integer(value)
        case "number" if isinstance(value, str):
            return _number(value)
    return value


def _mend_object(value: Payload, properties: dict[str, Schema]) -> Payload:
    names = {name.lower(): name for name in properties}
    mended = {}
    for key, item in value.items():
        name = key if key in properties else names.get(key.strip().lower())
        if name is None or item is None or (name != key and value.get(name) is not None):
            continue
        mended[name] = mend(item, properties[name])
    return mended


def _mend_text(value: object, schema: Schema) -> object:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return value
    text = value if isinstance(value, str) else str(_number(str(value)))
    if text not in (options := schema.get("enum", ())):
        folded = text.strip().lower()
        return next((option for option in options if option.lower() == folded), text)
    return text


def _mend_integer(value: object) -> object:
    if isinstance(value, str):
        value = _number(value)
    if isinstance(value, float) and math.isfinite(value) and abs(value) < 1e15:
        return int(value)
    return value


def _number(text: str) -> object:
    """A number written as text; the text itself if it is none."""
    try:
        return int(text) if len(text) < 20 else text
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _kind(name: str, error: jsonschema_rs.ValidationError) -> str:
    """Where and what, without positions in lists: the same for the same mistake."""
    place = (str(part) for part in error.instance_path if not isinstance(part, int))
    return f"{'.'.join((name, *place))}:{error.kind.name}"


def _describe(error: jsonschema_rs.ValidationError) -> str:
    place = "/".join(str(part) for part in error.instance_path)
    return f"{place}: {error.message}" if place else error.message
