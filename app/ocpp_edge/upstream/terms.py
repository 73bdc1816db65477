"""On which terms a backend may have something done, whichever version it speaks.

Reads go through. In ``shared`` the rest does too, unless it would touch a charge of ours: the app
says so, which knows what is paid for. What belongs to us stays ours whoever asks: the baseline of
the configuration, passwords, certificates, our transactions and reservations. And nothing it asks
for outlives its own charges: the only limits of power it may set are those of its own transactions.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Final, NamedTuple

from app.edge_messages import Upstream
from app.ocpp_edge.errors import ErrorCode
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.upstream.ports import Wanted
from app.ocpp_edge.upstream.told import ToldTransactions
from app.operations import names_a_secret

REJECTED: Final[Payload] = {"status": "Rejected"}
OF_ITS_OWN: Final = 2**30
"""Ids of a backend's begin here on the charge point, so that they are none of ours."""


class Touches(NamedTuple):
    """What a wish would touch. ``connector`` 0: all of them."""

    connector: int = 0
    reservation_id: int | None = None
    id_tag: str = ""


class Terms(ABC):
    """Those of one version. A payload is checked against its schema before it gets here."""

    refusals: ClassVar[Mapping[str, Payload | None]]
    """How each action says no; None: it cannot, and a CallError does."""
    reads: ClassVar[frozenset[str]]
    never: ClassVar[frozenset[str]]
    harmless: ClassVar[frozenset[str]]
    """Need not be asked for: they change no charge."""
    suffix: ClassVar[str] = ""
    """Of the schema of a call."""

    def __init__(self, upstream: Upstream, told: ToldTransactions, wanted: Wanted) -> None:
        self._told = told
        self._wanted = wanted
        self._kept_keys = frozenset(key.lower() for key in upstream.kept_keys)

    @abstractmethod
    def read(self, action: str, payload: Payload) -> Payload | None:
        """A read as the charge point is asked; None where it is not the backend's to ask."""

    @abstractmethod
    def granted(self, action: str, payload: Payload) -> Payload | None:
        """A wish as the charge point is asked; None where it is not the backend's to have."""

    @abstractmethod
    def touches(self, action: str, payload: Payload) -> Touches:
        """What the app is asked about."""

    @abstractmethod
    def answered(self, action: str, wish: Payload, answer: Payload) -> Payload:
        """The charge point's answer as the backend may see it; what follows is remembered."""

    def refusal(self, action: str, payload: Payload) -> Payload | None:
        """How a wish is refused; None: by a CallError."""
        return self.refusals.get(action)

    def error_word(self, code: ErrorCode) -> str:
        """An error code as this version spells it."""
        return code

    def is_known(self, action: str) -> bool:
        """Whether this version has such an action."""
        return action in self.refusals

    def _is_kept(self, key: str) -> bool:
        return key.strip().lower() in self._kept_keys or names_a_secret(key)


def own_id(number: int) -> int:
    """The id by which the charge point knows something of the backend's."""
    return OF_ITS_OWN + number % OF_ITS_OWN


def hidden(entry: object, name: str, value: str) -> object:
    """An entry without its value, where that is a secret."""
    if isinstance(entry, dict) and names_a_secret(str(entry.get(name, ""))):
        return {key: each for key, each in entry.items() if key != value}
    return entry
