"""OCPP-J frames (OCPP-J 1.6 §4.2): bytes to messages and back, without IO.

Tolerant in, strict out. A byte order mark, trailing NULs, a message type written as text, a
numeric message id, a `null` payload, `NaN`, text that is no Unicode and an incomplete CallError are
understood. What cannot be understood becomes `Malformed`, with the message id wherever one can be
found, so that the sender gets an answer, and with what else of it is plain; nothing here raises,
whatever arrives.
"""

import re
from typing import Any

import orjson
from msgspec import Struct

from app.ocpp_edge import salvage
from app.ocpp_edge.nesting import TOO_DEEP, is_deep, shallow

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
NOT_JSON = "frame:not_json"
_CALL = re.compile(
    rb'\s*\[\s*"?2(?:\.0)?"?\s*,\s*("[^"\\\x00-\x1f]{1,255}"|\d{1,18})\s*'
    rb'[,\]]\s*(?:"\s*(\w{1,50})\s*")?'
)
_BOM = b"\xef\xbb\xbf"


class Call(Struct, frozen=True):
    """A request; the other side owes one answer with the same id."""

    id: MessageId
    action: str
    payload: Payload
    oddity: str = ""
    """What was tolerated to read it, as a kind of soft error."""


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
    action: str = ""
    """What the call was to be about, where that can be read."""
    payload: Payload = {}
    """As far as it goes."""
    rest: bytes = b""
    """The frame, where it is no JSON: `salvage.members` finds what is whole in it."""
    is_deep: bool = False
    """Nothing is wrong but that it is nested too deep."""


Message = Call | CallResult | CallError | Malformed


def read(data: bytes) -> Message:
    """What a frame says. Never raises."""
    try:
        elements = orjson.loads(data)
    except orjson.JSONDecodeError:
        return _read_broken(data)
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


def _read_broken(data: bytes) -> Message:
    """What is no JSON: with something around it, with something odd in it, or cut off."""
    data = data.removeprefix(_BOM).rstrip(b"\x00 \t\r\n")
    try:
        elements, oddity = orjson.loads(data), ""
    except orjson.JSONDecodeError as error:
        try:
            elements, oddity = salvage.loosely(data), NOT_JSON
        except ValueError:
            return _cut(data, error)
    return (
        _read_tolerantly(elements, oddity) if type(elements) is list else Malformed("not an array")
    )


def _cut(data: bytes, error: orjson.JSONDecodeError) -> Malformed:
    """A frame that cannot be read as a whole; of a call, the beginning says whose and which."""
    too_deep = error.msg.startswith("depth limit")
    reason = TOO_DEEP if too_deep else f"not valid JSON: {error}"
    found = _CALL.match(data)
    if found is None:
        return Malformed(reason)
    message_id = _message_id(_loads(found.group(1)))
    action = (found.group(2) or b"").decode("ascii", "replace")
    return Malformed(reason, message_id, action, rest=data, is_deep=too_deep)


def _loads(data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return None


def _read_tolerantly(elements: list[Any], oddity: str = "") -> Message:
    kind = _kind(elements[0]) if elements else None
    message_id = _message_id(elements[1]) if len(elements) > 1 else None
    if message_id is None:
        return Malformed("no message id")
    if kind == CALL:
        return _read_call(message_id, elements, oddity)
    if kind == CALL_RESULT:
        payload = elements[2] if len(elements) > 2 else {}
        if is_deep(payload):
            payload = shallow(payload)
        return CallResult(message_id, payload if type(payload) is dict else {})
    if kind == CALL_ERROR:
        code, description = (*elements[2:4], "", "")[:2]
        return CallError(message_id, _text(code) or "GenericError", _text(description))
    if kind is not None:
        return Malformed("not to be answered")
    return _misshapen("unknown message type", message_id, elements)


def _read_call(message_id: MessageId, elements: list[Any], oddity: str) -> Call | Malformed:
    if len(elements) != 4:
        reason = f"a call has 4 elements, not {len(elements)}"
        return _misshapen(reason, message_id, elements)
    action, payload = elements[2], elements[3]
    if type(action) is not str:
        return Malformed("the action must be text", message_id)
    if payload is None:
        payload = {}
    if type(payload) is not dict:
        return _misshapen("the payload must be an object", message_id, elements)
    return Call(message_id, action.strip(), payload, oddity)


def _misshapen(reason: str, message_id: MessageId, elements: list[Any]) -> Malformed:
    """No call, with what it seems to be about: the first object where the payload belongs."""
    action, payload = (*elements[2:4], "", None)[:2]
    if type(payload) is str:  # an object written into a text
        payload = _loads(payload.encode())
    if type(payload) is list:
        payload = next((one for one in payload if type(one) is dict), None)
    return Malformed(
        reason,
        message_id,
        action if type(action) is str else "",
        payload if type(payload) is dict else {},
    )


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


def _text(value: object) -> str:
    return value[:MAX_DESCRIPTION_LENGTH] if type(value) is str else ""
