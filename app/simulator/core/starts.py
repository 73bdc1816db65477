"""How a charge begins: a card or a remote start, the cable, the lock."""

import asyncio
from collections.abc import Callable

from app.simulator.core.connector import AcceptedStart, Connector
from app.simulator.core.id_tags import IdTags
from app.simulator.core.parts import Parts
from app.simulator.core.telling import Teller
from app.simulator.core.transactions import Transactions

LOCK_FAILURE = "ConnectorLockFailure"


class Starts:
    """Starts that were asked for, until they are transactions or come to nothing."""

    def __init__(
        self,
        parts: Parts,
        connectors: dict[int, Connector],
        id_tags: IdTags,
        transactions: Transactions,
        *,
        teller: Callable[[], Teller],
        refresh: Callable[[Connector], None],
        fault: Callable[[Connector, str], None],
    ) -> None:
        self._parts = parts
        self._connectors = connectors
        self._id_tags = id_tags
        self._transactions = transactions
        self._teller = teller
        self._refresh = refresh
        self._fault = fault

    def choose(self, connector_id: int | None, id_tag: str) -> Connector | None:
        """The connector a start is for: the named one, else a plugged-in one, else a free one."""
        if connector_id is not None:
            connector = self._connectors.get(connector_id)
            return connector if connector and self.takes(connector, id_tag) else None
        free = [item for item in self._connectors.values() if self.takes(item, id_tag)]
        return next((item for item in free if item.plugged_in), free[0] if free else None)

    def takes(self, connector: Connector, id_tag: str) -> bool:
        """Whether this tag may start here now: usable, and not reserved for somebody else."""
        held = connector.reservation
        if held and not self._id_tags.same(id_tag, held.id_tag, held.parent_id_tag):
            return False
        return self._usable(connector)

    def _usable(self, connector: Connector) -> bool:
        patient = self._parts.manners.does("finishing-blocks")
        return connector.takes_start(
            while_finishing=self._parts.settings.restarts_when_finishing and not patient
        )

    async def swipe(self, connector: Connector, id_tag: str) -> None:
        """A card at the reader: begin if it is good and the connector is usable, or end its own."""
        running = connector.transaction
        if running and self._id_tags.same(id_tag, running.id_tag, None):
            self._transactions.end(connector, "Local")
        elif not self._usable(connector):
            self._note(connector, "is in no state to start")
        elif not await self._id_tags.authorize(id_tag):
            self._note(connector, f"{id_tag} is not authorized")
        elif not self.takes(connector, id_tag):
            self._note(connector, f"is reserved, not for {id_tag}")
        else:
            self.accept(connector, AcceptedStart(id_tag), authorized=True)

    def accept(
        self, connector: Connector, start: AcceptedStart, *, authorized: bool = False
    ) -> None:
        """Begin as soon as authorisation, cable and lock allow."""
        connector.start = start
        self._parts.tasks.spawn(self._carry_out(connector, start, authorized=authorized))
        self._refresh(connector)

    def withdraw(self, connector: Connector, start: AcceptedStart, status: str) -> None:
        """The central system does not want this start after all, if it still waits."""
        self._give_up(connector, start, "refused", f"{start.id_tag} is {status}")

    async def _carry_out(
        self, connector: Connector, start: AcceptedStart, *, authorized: bool
    ) -> None:
        parts = self._parts
        if parts.behaviour.start_delay_s:
            await asyncio.sleep(parts.behaviour.start_delay_s)
        if not authorized and parts.configuration.enabled("AuthorizeRemoteTxRequests"):
            authorized = await self._id_tags.authorize(start.id_tag)
            if not authorized:
                self._give_up(connector, start, "refused", f"{start.id_tag} is not authorized")
                return
        if connector.start is start:
            self._teller().accepted(connector, start)
        try:
            await parts.bell.until(
                lambda: connector.plugged_in or connector.start is not start,
                parts.pace.timer_s(parts.configuration.number("ConnectionTimeOut")),
            )
        except TimeoutError:
            self._give_up(connector, start, "timeout", "nobody plugged in")
            return
        if connector.start is start:
            self._lock_and_begin(connector, start)

    def _lock_and_begin(self, connector: Connector, start: AcceptedStart) -> None:
        if self._parts.behaviour.cable_does_not_lock:
            self._fault(connector, LOCK_FAILURE)
        else:
            self._transactions.begin(connector, start)

    def _give_up(self, connector: Connector, start: AcceptedStart, why: str, text: str) -> None:
        if connector.start is start:
            connector.start = None
            self._note(connector, f"start given up: {text}")
            self._teller().lapsed(connector, start, why)
            self._refresh(connector)

    def _note(self, connector: Connector, text: str) -> None:
        self._parts.journal.note(f"connector {connector.id}: {text}")
