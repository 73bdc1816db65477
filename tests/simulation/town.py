"""What people have before them, and what they remember of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from app.bootstrap.composition import Strom
from app.checkout.offers import IssuedInvoice
from app.checkout.service import Checkout
from tests.simulation.charger import ModelCharger
from tests.simulation.lightning import Lightning
from tests.simulation.process import Lost
from tests.simulation.wallet_keys import KeyRing

T = TypeVar("T")


class GivenUp(Lost):
    """It did not work out."""


class StrangerWon(AssertionError):
    """A token that must be good for nothing was good for something."""


@dataclass(slots=True)
class Bought:
    """An invoice that a driver was given."""

    driver: str
    issued: IssuedInvoice


@dataclass(slots=True)
class Town:
    """What people have before them."""

    lightning: Lightning
    chargers: list[ModelCharger]
    names: list[str]
    """The address of each charge point; its connectors append their number."""
    bought: list[Bought] = field(default_factory=list)
    may_stop: set[str] = field(default_factory=set)
    """Sessions whose payer has asked for a stop."""
    may_receive: dict[str, str] = field(default_factory=dict)
    """Payment hash of an invoice for a refund → session that its maker has paid for."""
    stopped_by_owner: set[tuple[str, int]] = field(default_factory=set)
    """Charge points and connectors where the owner has asked for a stop of whatever is there."""
    careless: set[str] = field(default_factory=set)
    """Who does not mind what is left."""
    moods: dict[str, str] = field(default_factory=dict)
    """Lightning address → how its server behaves."""
    lost_at_s: dict[str, float] = field(default_factory=dict)
    """Charge points that are gone for ever, with the edge that would have told of it."""
    keys: KeyRing = field(default_factory=KeyRing)
    counted: dict[str, int] = field(default_factory=dict)
    """How often people did what they do rarely."""

    def count(self, what: str) -> None:
        """It has been done once more."""
        self.counted[what] = self.counted.get(what, 0) + 1


class AskStrom(Protocol):
    """The way to an app that is alive."""

    def __call__(self, work: Callable[[Strom], Awaitable[T]], timeout_s: float) -> Awaitable[T]: ...


class AskCheckout(Protocol):
    """The same, to what drivers use."""

    def __call__(
        self, work: Callable[[Checkout], Awaitable[T]], timeout_s: float
    ) -> Awaitable[T]: ...
