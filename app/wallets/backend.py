"""What a wallet backend says of itself, so that adding one is one file and one line.

To add a backend: a file with its ``Wallet`` and a ``Backend`` (the fields its form shows, how to
check, open and probe it), a line in ``connections.BACKENDS``, and a subclass of the suite in
``tests/contracts/wallet.py``.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from app.charging.errors import BadInput, Unavailable
from app.charging.ports import Chance, Clock, Tables, Wallet
from app.outbound import OutboundPolicy
from app.records.views import WalletField

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True, slots=True)
class WalletCredentials:
    """How to reach a wallet. Stored only sealed; ``repr`` shows no value."""

    kind: str
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)

    def to_bytes(self) -> bytes:
        """The stored form, to be sealed."""
        return json.dumps({"kind": self.kind, "fields": dict(self.fields)}).encode()

    @classmethod
    def from_bytes(cls, stored: bytes) -> "WalletCredentials":
        """The inverse of ``to_bytes``."""
        try:
            found = json.loads(stored)
            return cls(str(found["kind"]), {str(k): str(v) for k, v in found["fields"].items()})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unavailable("The stored wallet connection cannot be read.") from error


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """What a wallet showed when it was tried. ``problems`` are sentences for its owner."""

    can_receive: bool = False
    can_pay: bool = False
    spendable_msat: int = 0
    smallest_unit_msat: int = 1000
    label: str = ""
    problems: tuple[str, ...] = ()

    @property
    def is_usable(self) -> bool:
        """Whether it may be saved: drivers can pay it, and it can refund them."""
        return self.can_receive and self.can_pay and not self.problems


@dataclass(frozen=True, slots=True)
class Parts:
    """What backends are built from; ``http`` is a ``guarded_client`` of the same policy."""

    http: "httpx.AsyncClient"
    tables: Tables
    clock: Clock
    chance: Chance
    policy: OutboundPolicy


class Backend(Protocol):
    """One kind of wallet."""

    @property
    def kind(self) -> str:
        """The word stored with a connection."""
        ...

    @property
    def title(self) -> str:
        """Its name for people."""
        ...

    @property
    def fields(self) -> tuple[WalletField, ...]:
        """What has to be entered to connect one."""
        ...

    def check(self, fields: Mapping[str, str]) -> WalletCredentials:
        """The credentials in their one spelling, or ``BadInput`` that names the field."""
        ...

    def open(self, parts: Parts, tenant: str, credentials: WalletCredentials) -> Wallet:
        """The wallet; nothing is asked of it yet."""
        ...

    async def probe(self, parts: Parts, tenant: str, credentials: WalletCredentials) -> ProbeReport:
        """Try it without moving money. Never raises for what the owner can mend."""
        ...


def backend_of(backends: Mapping[str, Backend], kind: str) -> Backend:
    """The backend of a kind of wallet; raises ``BadInput`` for one that is not among these."""
    if kind not in backends:
        raise BadInput("This kind of wallet is not known.", field="kind")
    return backends[kind]
