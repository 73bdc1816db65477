"""Sockets whose request has not come yet: few bytes of each, and not many of them.

A charge point sends its request at once. Whoever only connects is closed after the time for the
handshake; if very many do, those go first that have been silent longest, so that there is always
room for one that speaks.
"""

from collections.abc import Callable
from typing import Protocol


class Silent(Protocol):
    """A socket that has not said what it wants."""

    def give_up(self) -> None:
        """End it, without a word."""
        ...


class Opening:
    """The sockets of an edge that are being opened."""

    def __init__(self, limit: int, request_bytes: int, on_given_up: Callable[[], None]) -> None:
        self._limit = limit
        self._request_bytes = request_bytes
        self._on_given_up = on_given_up
        self._silent: dict[Silent, int] = {}

    def __len__(self) -> int:
        return len(self._silent)

    def add(self, socket: Silent) -> None:
        """One more has connected."""
        self._silent[socket] = 0
        if len(self._silent) > self._limit:
            self._give_up(next(iter(self._silent)))

    def received(self, socket: Silent, size: int) -> None:
        """Some bytes of a request; too many are none."""
        if socket in self._silent:
            self._silent[socket] += size
            if self._silent[socket] > self._request_bytes:
                self._give_up(socket)

    def remove(self, socket: Silent) -> None:
        """Its request is here, or it is gone."""
        self._silent.pop(socket, None)

    def _give_up(self, socket: Silent) -> None:
        del self._silent[socket]
        self._on_given_up()
        socket.give_up()
