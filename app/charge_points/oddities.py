"""Soft errors in plain words: what a charge point does other than the standard, and what of it.

A kind is either a word of the edge (``meter:no_measurand``) or a place in a message and the rule
of the schema that it breaks (``MeterValues.meterValue.timestamp:format``).
"""

from typing import Final

KNOWN: Final = {
    "answer:late": "It answers after we have stopped waiting. Its answer counts all the same; "
    "a slow mobile connection is the usual reason.",
    "answer:unsolicited": "It sends answers that nobody asked for; they are passed over.",
    "frame:action_spelling": "It writes the names of its messages in other letters "
    "than the standard; understood.",
    "frame:broken": "It sent the end of a charge broken or cut off; what could be read of it "
    "counts, the rest is filled in from its last reading. The frame is in the frame log.",
    "frame:nested_too_deep": "It nests its messages deeper than we read; "
    "what is too deep is passed over.",
    "frame:not_json": "It sends what is no JSON, such as NaN, or text that is no Unicode; "
    "read as far as possible.",
    "meter:no_measurand": "It leaves out the measurand of its readings; harmless: "
    "it then means energy in Wh.",
    "meter:not_believed": "It shows registers that no connector of this power can have reached. "
    "They cost the driver nothing, and the readings around them count. Is the power that is set "
    "for the connector too low? Else its meter is faulty.",
    "meter:out_of_sequence": "It numbers the messages of a charge wrongly, or tells them out of "
    "order; they are put in order by what they say.",
    "meter:transaction_0": "It sends readings for transaction 0 or below; "
    "they count for what runs at the connector.",
    "stop:no_transaction": "It ended a charge without saying which; acknowledged, since it would "
    "say so for ever. The charge itself ends when its connector is free. "
    "The frame is in the frame log.",
    "time:clock_not_set": "Its clock is far off or was never set; "
    "the time at which its message arrived is taken instead.",
    "time:no_zone": "It writes times without a time zone; "
    "they are taken for UTC, or for its local time where that is evident.",
    "time:unreadable": "It writes times that cannot be read; "
    "the time at which its message arrived is taken instead.",
}
RULES: Final = {
    "additionalProperties": "It adds fields of its own to {place}; harmless, they are passed over.",
    "depth": "It nests {place} deeper than we read; what is too deep is passed over.",
    "enum": "It uses a word in {place} that the standard does not know; taken as it is.",
    "format": "It writes {place} in another form than the standard's; read as far as possible.",
    "maxItems": "It sends more entries in {place} than the standard allows; harmless.",
    "maxLength": "It writes a longer text in {place} than the standard allows; harmless.",
    "minItems": "It sends an empty list in {place}; harmless.",
    "multipleOf": "It sends a finer number in {place} than the standard allows; harmless.",
    "required": "It leaves out something that {place} needs; "
    "where it cannot be guessed the message is refused.",
    "type": "It sends {place} as another type, such as a number as text; understood.",
}
DROPS: Final = {
    "closed": "closed by us",
    "flooded": "closed by us: it sent messages without waiting for answers",
    "left": "closed by the charger",
    "lost": "the network broke, or the charger lost power",
    "not_reading": "closed by us: it did not read our answers",
    "replaced": "it connected anew while the old connection still stood",
    "restart": "closed by us for a restart of ours",
    "silent": "nothing was heard of it for too long",
}
OTHERWISE: Final = "It does something with {place} that the standard does not foresee."


def words(kind: str) -> str:
    """One sentence or two for the owner."""
    known = KNOWN.get(kind)
    if known is not None:
        return known
    place, _, rule = kind.rpartition(":")
    action, _, field = place.partition(".")
    action = action.removesuffix("Request")
    where = f"“{field.rpartition('.')[2]}” of {action}" if field else action or "a message"
    return RULES.get(rule, OTHERWISE).format(place=where)


def drop_words(reason: str) -> str:
    """Why a connection ended."""
    return DROPS.get(reason, reason.replace("_", " "))
