"""LND's published REST descriptions, as far as Strom uses them: what may be asked and answered.

proto3 makes every field optional and the descriptions forbid nothing, so they are read strictly:
no field they do not name, 64-bit integers as strings of digits, bytes as base64.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

RECORDING = Path(__file__).parent.parent / "recordings" / "lnd" / "rest.json"

_INT64 = r"^-?\d{1,19}$"
_UINT64 = r"^\d{1,20}$"
_BASE64 = r"^[A-Za-z0-9+/]*={0,2}$"
_PATTERNS = {"int64": _INT64, "uint64": _UINT64, "byte": _BASE64}


class Descriptions:
    """Checks requests and replies, and fills replies up as LND does."""

    def __init__(self, recording: Path = RECORDING) -> None:
        self._given = json.loads(recording.read_text())
        definitions = self._given["definitions"].items()
        self._definitions = {name: _strict(schema) for name, schema in definitions}
        self._validators: dict[str, jsonschema_rs.Draft4Validator] = {}

    def wrong_request(
        self, method: str, path: str, query: dict[str, str], body: object
    ) -> list[str]:
        """What is wrong with a request; ``path`` is the description's, with its parameters."""
        operation = self._operation(method, path)
        if operation is None:
            return [f"{method} {path} is not described"]
        parameters = {p["name"]: p for p in operation.get("parameters", [])}
        wrong = [f"no parameter {name}" for name in query if name not in parameters]
        if "body" in parameters:
            return wrong + self._wrong(parameters["body"]["schema"], body)
        return wrong + ([] if body is None else ["takes no body"])

    def wrong_reply(self, method: str, path: str, status: int, body: object) -> list[str]:
        """What is wrong with a reply, or with one line of a stream."""
        operation = self._operation(method, path)
        if operation is None:
            return [f"{method} {path} is not described"]
        responses = operation["responses"]
        is_stream = "properties" in responses["200"]["schema"]
        if status == 200 or is_stream:
            return self._wrong(responses["200"]["schema"], body)
        return self._wrong(responses["default"]["schema"], body)

    def message(self, name: str, **values: object) -> dict[str, Any]:
        """A message with every field that is not given empty, as LND's gateway sends it."""
        properties = self._given["definitions"][name]["properties"]
        unknown = values.keys() - properties.keys()
        assert not unknown, f"{name} has no {unknown}"
        return {field: self._empty(schema) for field, schema in properties.items()} | values

    def _operation(self, method: str, path: str) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self._given["paths"].get(path, {}).get(method.lower())
        return found

    def _empty(self, schema: dict[str, Any]) -> object:
        if "$ref" in schema:
            target = self._given["definitions"][schema["$ref"].rpartition("/")[2]]
            return target["enum"][0] if "enum" in target else None
        if schema["type"] == "string":
            return "0" if schema.get("format") in ("int64", "uint64") else ""
        return {"boolean": False, "array": [], "integer": 0, "object": {}, "number": 0}[
            schema["type"]
        ]

    def _wrong(self, schema: dict[str, Any], value: object) -> list[str]:
        key = json.dumps(schema)
        if key not in self._validators:
            whole = {**_strict(schema), "definitions": self._definitions}
            self._validators[key] = jsonschema_rs.Draft4Validator(whole)
        errors = self._validators[key].iter_errors(value)
        return [f"{'/'.join(map(str, e.instance_path))}: {e.message}" for e in errors]


@cache
def descriptions() -> Descriptions:
    return Descriptions()


def _strict(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        # Messages that are not set come as null.
        return {"anyOf": [{"$ref": schema["$ref"]}, {"type": "null"}]}
    strict = dict(schema)
    if schema.get("type") == "string" and schema.get("format") in _PATTERNS:
        strict["pattern"] = _PATTERNS[schema["format"]]
    strict.pop("format", None)
    if "properties" in schema:
        strict["properties"] = {k: _strict(v) for k, v in schema["properties"].items()}
        strict["additionalProperties"] = False
    elif isinstance(schema.get("additionalProperties"), dict):
        strict["additionalProperties"] = _strict(schema["additionalProperties"])
    if "items" in schema:
        strict["items"] = _strict(schema["items"])
    return strict
