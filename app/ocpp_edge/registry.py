"""Which charge point is on which socket.

The newest socket wins; connections are compared, not ids.
"""

from collections.abc import Iterable

from app.charging.ports import Clock
from app.edge_messages import Command, Connected
from app.ocpp_edge.charger import Charger
from app.ocpp_edge.fleet.drops import REPLACED

MAX_PARKED = 2000
PARKED_FOR_S = 30.0

Name = tuple[str, str]
"""Tenant and charge point."""


class Registry:
    """The charge points connected to this instance."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._chargers: dict[Name, Charger] = {}
        self._parked: list[tuple[float, Command]] = []

    def __len__(self) -> int:
        return len(self._chargers)

    @property
    def chargers(self) -> Iterable[Charger]:
        """All of them."""
        return self._chargers.values()

    def is_newest(self, grant: Connected) -> bool:
        """Whether no newer connection is here; two may have overtaken each other."""
        present = self.find(grant.tenant, grant.charge_point)
        return present is None or present.epoch <= grant.epoch

    def enter(self, charger: Charger) -> None:
        """Take a charger in, and close the one it replaces."""
        name = (charger.tenant, charger.charge_point)
        present = self._chargers.get(name)
        self._chargers[name] = charger
        if present is not None:
            present.socket.close_soon(1000, REPLACED)

    def leave(self, charger: Charger) -> bool:
        """A connection is gone; False when it had been replaced: its end means nothing then."""
        name = (charger.tenant, charger.charge_point)
        if self._chargers.get(name) is not charger:
            return False
        del self._chargers[name]
        return True

    def find(self, tenant: str, charge_point: str) -> Charger | None:
        """The charger, if it is here."""
        return self._chargers.get((tenant, charge_point))

    def target(self, command: Command) -> Charger | None:
        """The charger a command is for. Fenced by epoch: an older command is dropped; one for a
        connection that is still being opened is parked."""
        charger = self.find(command.tenant, command.charge_point)
        if charger is not None and command.epoch in (0, charger.epoch):
            return charger
        if charger is None or command.epoch > charger.epoch:
            self.expire()
            if len(self._parked) < MAX_PARKED:
                self._parked.append((self._now() + PARKED_FOR_S, command))
        return None

    def unpark(self, charger: Charger) -> list[Command]:
        """Commands that came while the charger was being let in."""
        if not self._parked:
            return []
        name = (charger.tenant, charger.charge_point)
        mine = [c for _, c in self._parked if (c.tenant, c.charge_point) == name]
        if mine:
            self._parked = [
                (until, c) for until, c in self._parked if (c.tenant, c.charge_point) != name
            ]
        return [c for c in mine if c.epoch in (0, charger.epoch)]

    def expire(self) -> None:
        """Forget parked commands nobody came for; the app rings again."""
        if self._parked:
            now = self._now()
            self._parked = [(until, c) for until, c in self._parked if until > now]

    def _now(self) -> float:
        return self._clock.now().timestamp()
