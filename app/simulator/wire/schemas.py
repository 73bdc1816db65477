"""The schemas of OCPP, as the ``ocpp`` package carries them; read, never imported."""

import functools
import importlib.util
from pathlib import Path

import jsonschema_rs
import orjson

from app.simulator.wire.messages import Payload

KEYWORD_CODES = {"required": "OccurrenceConstraintViolation", "type": "TypeConstraintViolation"}
SPELT_IN_16 = {"OccurrenceConstraintViolation": "OccurenceConstraintViolation"}
"""OCPP-J 1.6 §4.2.3 writes it with one r."""


@functools.cache
def schema(version: str, name: str) -> jsonschema_rs.Draft4Validator | None:
    """The schema of a request (or ``...Response``) in a version: ``v16``, ``v201``, ``v21``."""
    found = importlib.util.find_spec("ocpp")
    if found is None or not found.submodule_search_locations:
        return None
    file = Path(found.submodule_search_locations[0]) / version / "schemas" / f"{name}.json"
    if not file.is_file():
        return None
    return jsonschema_rs.Draft4Validator(orjson.loads(file.read_text("utf-8-sig")))


def complaint(version: str, name: str, payload: Payload) -> tuple[str, str] | None:
    """What is wrong with a payload: (error code, text); None when nothing is."""
    validator = schema(version, name)
    if validator is None or validator.is_valid(payload):
        return None
    error = next(iter(validator.iter_errors(payload)))
    where = ".".join(str(step) for step in error.instance_path)
    code = KEYWORD_CODES.get(error.kind.name, "PropertyConstraintViolation")
    if version == "v16":
        code = SPELT_IN_16.get(code, code)
    return code, f"{where or name}: {error.message}"[:255]
