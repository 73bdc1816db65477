"""Every quirk the simulator knows, with what it does."""

from difflib import get_close_matches

QUIRKS: dict[str, str] = {
    # the handshake
    "no-subprotocol": "asks for no subprotocol",
    "odd-subprotocol": "spells the subprotocol OCPP1.6 (or OCPP2.0.1)",
    "percent-encoded-id": "percent-encodes every character of its id in the path",
    "trailing-slash": "ends the path with a slash",
    "id-twice": "appends its id to a path that already ends with it",
    "absolute-path": "sends the whole address in the request line",
    "no-connection-header": "leaves out the Connection header",
    "probe": "opens another version's connection for 3 s first",
    # time
    "local-time": "writes local time without an offset",
    "short-offset": "writes offsets as +02",
    "clock-1970": "lives in 1970 until its boot is accepted",
    # transactions
    "transaction-id-zero": "sends transactionId 0 in MeterValues",
    "transaction-id-negative": "sends transactionId -1 in MeterValues",
    "transaction-id-random": "sends a random transactionId in MeterValues",
    "stop-unknown": "after each boot, stops a transaction nobody knows",
    "replay": "says its last transaction messages again after a reconnect, with new ids",
    "duplicate-start": "sends each StartTransaction (Started event) twice",
    "out-of-order": "mixes up the order of queued transaction messages",
    "seq-no-zero": "2.0.1: seqNo is always 0",
    "late-meter-values": "sends MeterValues once more after the transaction ended",
    "long-id-tag": "appends two characters to every idTag",
    "finishing-blocks": "refuses starts from the end of a charge until the car is unplugged",
    # meters
    "no-measurand": "leaves out measurand, context and unit of energy",
    "kwh": "sends energy in kWh, and in Wh beside it",
    "duplicate-contexts": "sends each measurand in two contexts",
    "register-reset": "its meter starts again from 0 in every charge",
    "wrong-register": "shows 4294967295 Wh now and then, and at the end of every charge",
    "meter-stop-float": "sends whole numbers as 1.0",
    "numeric-values": "1.6: sends measured values as numbers instead of text",
    # the line
    "two-sockets": "opens a second connection before it closes the first",
    "half-open": "falls silent without closing, and connects anew",
    "no-pong": "never answers a ping",
    "two-in-flight": "does not wait for an answer before it asks again",
    "slow-answers": "answers after a minute (--answer-delay)",
    "never-answers": "never answers a command, though its heart beats",
    # frames
    "short-call-error": "refuses DataTransfer and TriggerMessage with a CallError of 4 elements",
    "unknown-error-code": "refuses DataTransfer and TriggerMessage with a code of its own",
    "nulls": "sends null where an optional field is empty",
    "unknown-enums": "uses values no standard knows",
    "extra-fields": "adds fields no standard knows",
    "bom": "begins each frame with a byte order mark",
    "trailing-nul": "ends each frame with a NUL",
    # the rest
    "boot-loop": "boots anew whenever its configuration is read",
}


class UnknownQuirk(ValueError):
    """There is no quirk of that name."""


def chosen(text: str) -> frozenset[str]:
    """The quirks of ``a,b,c``; raises ``UnknownQuirk``."""
    names = {name.strip().lower() for name in text.split(",") if name.strip()}
    for name in sorted(names - QUIRKS.keys()):
        near = get_close_matches(name, QUIRKS, 1)
        hint = f"did you mean {near[0]}?" if near else "--misbehave help lists them"
        raise UnknownQuirk(f"no quirk is called {name}; {hint}")
    return frozenset(names)


def listing() -> str:
    """All of them, one a line."""
    width = max(map(len, QUIRKS)) + 2
    return "\n".join(f"{name:<{width}}{what}" for name, what in QUIRKS.items())
