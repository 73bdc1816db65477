"""The wire: a websocket as the charger uses it, small enough for a test to replace."""

from typing import Protocol


class Offline(Exception):
    """There is no connection, or it ended."""


class Socket(Protocol):
    """What the charger needs of a connection. Every method may raise ``Offline``."""

    async def send(self, text: str) -> None:
        """Send one frame."""
        ...

    async def recv(self) -> str:
        """Wait for the next frame."""
        ...

    async def close(self) -> None:
        """Say goodbye properly."""
        ...

    def abort(self) -> None:
        """Cut the connection without a word, as a lost network does."""
        ...

    def freeze(self) -> None:
        """Neither read nor write any more, without closing: half open."""
        ...
