"""Frames to throw at an edge: by the schemas of OCPP, then broken; every choice is a ``Random``'s.

So the same grammar serves a seeded run, Hypothesis (which draws and shrinks its choices) and a
coverage-guided fuzzer (whose input the choices are read from).
"""

from __future__ import annotations

import json
import math
from functools import cache
from random import Random
from typing import Any, NamedTuple

from app.ocpp_edge.v16 import protocol as v16
from app.ocpp_edge.v201 import protocol as v201
from app.ocpp_edge.validation import schema_folder

FOLDERS = {"ocpp1.6": "v16", "ocpp2.0.1": "v201", "ocpp2.1": "v21"}
RECEIVERS = {
    "ocpp1.6": tuple(v16.RECEIVERS),
    "ocpp2.0.1": tuple(v201.RECEIVERS),
    "ocpp2.1": tuple(v201.RECEIVERS_OF_21),
}
BUSY = (
    "Authorize",
    "MeterValues",
    "StartTransaction",
    "StatusNotification",
    "StopTransaction",
    "TransactionEvent",
)
DEEPEST = 6
DEEP = "nested without end"
"""Stands for lists and objects within each other, which no object of Python's can be."""
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 7, 2**31, 2**53 + 1, 2**63, -(2**70), 0.1, 1e308, -0.0,
    "", " ", "0", "-1", "NaN", "1e999", "null", "true", "\x00", "\ud800", "é" * 40, "x" * 300,
    "y" * 5000, "2026-13-45T99:99:99Z", "0000-00-00T00:00:00Z", "9999-12-31T23:59:59.999999999Z",
    "2026-03-01T12:00:00", "1970-01-01T00:00:00+25:00", [], {}, [[]], [None] * 50, {"": {}},
    {"a": {"a": {"a": {}}}}, [[[[[[[[[[]]]]]]]]]], math.nan, math.inf, -math.inf, DEEP, DEEP,
)  # fmt: skip
DEPTHS = (50, 64, 65, 253, 254, 255, 256, 300, 1000, 1022, 1024, 1030, 5000)
WORDS = (
    "Accepted",
    "Faulted",
    "Charging",
    "tx-1",
    "tag",
    "Energy.Active.Import.Register",
    "Wh",
    "7",
)
MOMENTS = ("2026-03-01T12:00:00Z", "2026-03-01T12:00:00.123+01:00", "2019-01-01T00:00:00Z")


class Frame(NamedTuple):
    """Bytes, and the id of the call that they are for certain; None when nothing is certain."""

    data: bytes
    sound_call: str | None = None


@cache
def requests(protocol: str) -> dict[str, dict[str, Any]]:
    """The schema of every request, by action."""
    folder = schema_folder(FOLDERS[protocol])
    found = {}
    for path in sorted(folder.glob("*.json")):
        name = path.stem
        if name.endswith("Response"):
            continue
        schema = json.loads(path.read_text(encoding="utf-8-sig"))
        found[name.removesuffix("Request")] = schema
    return found


def frame(dice: Random, protocol: str, number: int) -> Frame:
    """One that a charge point might send: mostly nearly right, which is what finds most."""
    kind = dice.randrange(20)
    if kind == 0:
        return Frame(_noise(dice))
    if kind == 1:
        return Frame(_text(dice, [3, _odd_id(dice, number), _payload(dice, protocol)[1]]))
    if kind == 2:
        error = [4, _odd_id(dice, number), "GenericError", "", {}]
        return Frame(_text(dice, _broken(dice, error)))
    action, payload = _payload(dice, protocol)
    message_id = f"f{number}"
    call = [2, message_id, action, payload]
    if kind < 9:
        return Frame(_text(dice, call), message_id)
    if dice.randrange(8) == 0:
        action = dice.choice((action.lower(), action.upper(), f" {action}", action[:-1]))
    for _ in range(1 + dice.randrange(3)):
        payload = _broken(dice, payload)
    call = [2, message_id if dice.randrange(4) else _odd_id(dice, number), action, payload]
    if kind > 16:
        call = _broken(dice, call)
    text = _text(dice, call)
    return Frame(_damaged(dice, text) if kind == 19 else text)


def _payload(dice: Random, protocol: str) -> tuple[str, Any]:
    """Mostly of what charge points send; a third of it is TransactionEvent and the like."""
    schemas = requests(protocol)
    known = [action for action in RECEIVERS[protocol] if action in schemas]
    action = dice.choice(known)
    match dice.randrange(12):
        case 0:
            action = dice.choice(list(schemas))
        case 1 | 2 | 3 | 4:
            action = dice.choice([name for name in BUSY if name in schemas])
    schema = schemas[action]
    return action, value(dice, schema, schema.get("definitions", {}), 0)


def value(dice: Random, schema: dict[str, Any], known: dict[str, Any], depth: int) -> Any:
    """Something that a schema allows."""
    if "$ref" in schema:
        schema = known[schema["$ref"].rpartition("/")[2]]
    if "enum" in schema:
        return dice.choice(schema["enum"])
    match schema.get("type"):
        case "object":
            return _object(dice, schema, known, depth)
        case "array":
            least = schema.get("minItems", 0)
            count = least + dice.randrange(1 if depth > DEEPEST else 3)
            return [value(dice, schema["items"], known, depth + 1) for _ in range(count)]
        case "integer":
            return dice.choice((0, 1, 2, 7, 42, 100_000, dice.randrange(2**31)))
        case "number":
            return dice.choice((0, 1, 0.1, 22.5, 1234.5))
        case "boolean":
            return bool(dice.randrange(2))
        case "string":
            return _string(dice, schema)
    return dice.choice((1, "x", {}, []))


def _object(
    dice: Random, schema: dict[str, Any], known: dict[str, Any], depth: int
) -> dict[str, Any]:
    required = set(schema.get("required", ()))
    made = {}
    for name, part in schema.get("properties", {}).items():
        if name in required or (depth <= DEEPEST and dice.randrange(3) == 0):
            made[name] = value(dice, part, known, depth + 1)
    return made


def _string(dice: Random, schema: dict[str, Any]) -> str:
    if schema.get("format") == "date-time":
        return dice.choice(MOMENTS)
    if schema.get("format") == "uri":
        return "https://example.com/file"
    longest = int(schema.get("maxLength", 50))
    word: str = dice.choice(WORDS) if dice.randrange(3) else str(dice.randrange(100_000))
    return word[:longest]


def _broken(dice: Random, whole: Any) -> Any:
    """The same with one thing wrong, somewhere."""
    if isinstance(whole, dict) and whole:
        name = dice.choice(list(whole))
        rest = {key: part for key, part in whole.items() if key != name}
        return rest | _misplaced(dice, name, whole[name])
    if isinstance(whole, list) and whole:
        place = dice.randrange(len(whole))
        parts = [_broken(dice, whole[place])] * dice.choice((0, 1, 1, 1, 2))
        return [*whole[:place], *parts, *whole[place + 1 :]]
    return dice.choice(ODD)


def _misplaced(dice: Random, name: str, part: Any) -> dict[str, Any]:
    match dice.randrange(5):
        case 0:
            return {}
        case 1:
            return {name.upper(): part}
        case 2:
            return {name: dice.choice(ODD)}
        case 3:
            return {name: str(part)}
    return {name: _broken(dice, part)}


def _odd_id(dice: Random, number: int) -> Any:
    return dice.choice(
        (f"f{number}", "", "x" * 36, "x" * 255, "x" * 256, "é", 7, -1, 2**70, None, [])
    )


def _text(dice: Random, message: Any) -> bytes:
    spacing = dice.choice(((",", ":"), (", ", ": ")))
    text = json.dumps(message, separators=spacing, ensure_ascii=bool(dice.randrange(2)))
    while f'"{DEEP}"' in text:
        text = text.replace(f'"{DEEP}"', _deep(dice), 1)
    return text.encode("utf-8", "surrogatepass")


def _deep(dice: Random) -> str:
    depth = dice.choice(DEPTHS)
    opened, closed = dice.choice((("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")))
    return opened * depth + "1" + closed * depth


def _damaged(dice: Random, data: bytes) -> bytes:
    """A few bytes flipped, lost or doubled; or the whole cut off."""
    found = bytearray(data)
    for _ in range(1 + dice.randrange(4)):
        place = dice.randrange(len(found)) if found else 0
        match dice.randrange(4):
            case 0:
                found[place : place + 1] = bytes([dice.randrange(256)])
            case 1:
                del found[place : place + 1 + dice.randrange(8)]
            case 2:
                found[place:place] = found[place : place + 20]
            case 3:
                del found[place:]
    return bytes(found)


def _noise(dice: Random) -> bytes:
    start = dice.choice(
        (b"", b"[2,", b'[2,"n",', b"\xef\xbb\xbf", b"[[[[", b'{"a":', b'[2,"n","Heartbeat",')
    )
    return start + bytes(dice.randrange(256) for _ in range(dice.randrange(60)))
