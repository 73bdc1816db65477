"""OCPP-J frames (OCPP-J 1.6 §4.2): bytes to messages and back, without IO.

Tolerant in, strict out. A byte order mark, trailing NULs, a message type written as text, a
numeric message id, a `null` payload and an incomplete CallError are understood. What cannot be
understood becomes `Malformed`, with the message id wherever one can be found, so that the sender
gets an answer; nothing here raises, whatever arrives.
"""

import re
from typing import Any

import orjson
from msgspec import Struct

Payload = dict[str, Any]
MessageId = str | int
"""Text by the standard; a charge point that sends a number gets its number back."""

CALL, CALL_RESULT, CALL_ERROR = 2, 3, 4
RESULT_ERROR, SEND = 5, 6
"""Of OCPP-J 2.1, about an answer of ours and without an answer: neither may be answered."""
MAX_ID_LENGTH = 255
"""36 by the standard; more is echoed as long as it is sane."""
MAX_DESCRIPTION_LENGTH = 255

_MEANT = (CALL, CALL_RESULT, CALL_ERROR, RESULT_ERROR, SEND)
_KINDS = {str(kind): kind for kind in _MEANT}
_CALL_ID = re.compile(rb'\s*\[\s*"?2(?:\.0)?"?\s*,\s*("[^"\\\x00-\x1f]{1,255}"|\d{1,18})\s*[,\]]')
_BOM = b"\xef\xbb\xbf"


class Call(Struct, frozen=True):
    """A request; the other side owes one answer with the same id."""

    id: MessageId
    action: str
    payload: Payload


class CallResult(Struct, frozen=True):
    """The answer to a call."""

    id: MessageId
    payload: Payload


class CallError(Struct, frozen=True):
    """A call was not understood or could not be done."""

    id: MessageId
    code: str
    description: str = ""


class Malformed(Struct, frozen=True):
    """Not a message. ``id`` is set when it was meant as a call, so that it can be answered."""

    reason: str
    id: MessageId | None = None


Message = Call | CallResult | CallError | Malformed


def read(data: bytes) -> Message:
    """What a frame says. Never raises."""
    try:
        elements = orjson.loads(data)
    except orjson.JSONDecodeError:
        data = data.removeprefix(_BOM).rstrip(b"\x00 \t\r\n")
        try:
            elements = orjson.loads(data)
        except orjson.JSONDecodeError:
            return Malformed("not valid JSON", _find_call_id(data))
    if type(elements) is not list:
        return Malformed("not an array")
    if len(elements) == 4 and elements[0] == CALL:  # the fast way for all that is well formed
        _, message_id, action, payload = elements
        if (
            type(message_id) is str
            and type(action) is str
            and type(payload) is dict
            and 0 < len(message_id) <= MAX_ID_LENGTH
        ):
            return Call(message_id, action, payload)
    return _read_tolerantly(elements)


def write_call(message_id: str, action: str, payload: Payload) -> bytes:
    """A call of ours."""
    return orjson.dumps((CALL, message_id, action, payload))


def write_result(message_id: MessageId, payload: Payload) -> bytes:
    """Our answer to a call."""
    return orjson.dumps((CALL_RESULT, message_id, payload))


def write_error(message_id: MessageId, code: str, description: str) -> bytes:
    """Our refusal of a call. Details are always an empty object, as the standard allows."""
    text = description[:MAX_DESCRIPTION_LENGTH]
    return orjson.dumps((CALL_ERROR, message_id, code, text, {}))


def _read_tolerantly(elements: list[Any]) -> Message:
    kind = _kind(elements[0]) if elements else None
    message_id = _message_id(elements[1]) if len(elements) > 1 else None
    if message_id is None:
        return Malformed("no message id")
    if kind == CALL:
        return _read_call(message_id, elements)
    if kind == CALL_RESULT:
        payload = elements[2] if len(elements) > 2 else {}
        return CallResult(message_id, payload if type(payload) is dict else {})
    if kind == CALL_ERROR:
        code, description = (*elements[2:4], "", "")[:2]
        return CallError(message_id, _text(code) or "GenericError", _text(description))
    if kind is not None:
        return Malformed("not to be answered")
    return Malformed("unknown message type", message_id)


def _read_call(message_id: MessageId, elements: list[Any]) -> Call | Malformed:
    if len(elements) != 4:
        return Malformed(f"a call has 4 elements, not {len(elements)}", message_id)
    action, payload = elements[2], elements[3]
    if type(action) is not str:
        return Malformed("the action must be text", message_id)
    if payload is None:
        payload = {}
    if type(payload) is not dict:
        return Malformed("the payload must be an object", message_id)
    return Call(message_id, action.strip(), payload)


def _kind(value: object) -> int | None:
    if type(value) is str:
        return _KINDS.get(value.strip())
    if type(value) in (int, float) and value in _MEANT:
        return int(value)
    return None


def _message_id(value: object) -> MessageId | None:
    if type(value) is int:
        return value
    if type(value) is str and 0 < len(value) <= MAX_ID_LENGTH:
        return value
    return None


def _find_call_id(data: bytes) -> MessageId | None:
    """The id of a call whose JSON is broken further on."""
    found = _CALL_ID.match(data)
    if found is None:
        return None
    try:
        return _message_id(orjson.loads(found.group(1)))
    except orjson.JSONDecodeError:
        return None


def _text(value: object) -> str:
    return value[:MAX_DESCRIPTION_LENGTH] if type(value) is str else ""
