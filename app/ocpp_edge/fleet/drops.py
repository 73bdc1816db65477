"""Why connections end, in a few words that can be counted and shown."""

from typing import Final

FLOODED: Final = "too many messages"
NOT_READING: Final = "does not read its answers"
LEFT: Final = "closed by it"
LOST: Final = "lost"
REPLACED: Final = "replaced by a newer connection"
RESTART: Final = "the server restarts"
SILENT: Final = "silent for too long"

WORDS: Final = {
    FLOODED: "flooded",
    NOT_READING: "not_reading",
    LEFT: "left",
    LOST: "lost",
    REPLACED: "replaced",
    RESTART: "restart",
    SILENT: "silent",
}


def drop_of(ended: str) -> str:
    """One word for the end of a connection, whatever was said when it was closed."""
    return WORDS.get(ended, "closed" if ended else "lost")
