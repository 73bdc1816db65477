"""What a frame that is not as it should be was meant to be, in one version of OCPP.

A charge point that gets an error for the end of a transaction sends that end for ever, and nothing
else behind it; so what is an end beyond doubt is taken as one, however it is written, with what of
it can be read. What may be an end, but cannot be told from a beginning, is neither refused nor
acknowledged.
"""

from typing import Final

from app.ocpp_edge import salvage
from app.ocpp_edge.dialect import Context, Dialect
from app.ocpp_edge.frames import Call, Malformed, Message, Payload

SPELLING: Final = "frame:action_spelling"
BROKEN: Final = "frame:broken"
NESTED: Final = "frame:nested_too_deep"


def meant(message: Message, dialect: Dialect, context: Context) -> Message:
    """The call that a message was meant to be, where that is beyond doubt; else the message."""
    if isinstance(message, Malformed):
        return _rescued(message, dialect, context)
    if not isinstance(message, Call):
        return message
    if message.oddity:
        context.noticed(message.oddity)
    action = dialect.spelt(message.action)
    if action == message.action:
        return message
    context.noticed(SPELLING)
    return Call(message.id, action, message.payload)


def _rescued(broken: Malformed, dialect: Dialect, context: Context) -> Message:
    if broken.id is None or not broken.action:
        return broken
    action = dialect.spelt(broken.action)
    if not dialect.is_durable(action):
        return broken
    payload: Payload = broken.payload or salvage.members(broken.rest)
    if broken.is_deep:
        context.noticed(NESTED)
        return Call(broken.id, action, payload)
    match dialect.ends(action, payload):
        case True:
            (context.noticed if broken.payload else context.puzzled)(BROKEN)
            return Call(broken.id, action, payload)
        case None:
            context.puzzled(BROKEN)
            return Malformed(broken.reason)
    return broken
