"""Transactions: begun, metered and ended, each step told."""

import asyncio
from collections.abc import Callable

from app.simulator.core.connector import AcceptedStart, Connector, Transaction
from app.simulator.core.metering import Metering
from app.simulator.core.parts import Parts
from app.simulator.core.telling import Teller

IDLE_TICK_S = 1.0
"""How often a car that charges is looked at when the charger sends no readings."""


class Transactions:
    """The transactions of one charger."""

    def __init__(
        self,
        parts: Parts,
        metering: Metering,
        teller: Callable[[], Teller],
        refresh: Callable[[Connector], None],
    ) -> None:
        self._parts = parts
        self._metering = metering
        self._teller = teller
        self._refresh = refresh

    def begin(self, connector: Connector, start: AcceptedStart | str) -> Transaction:
        """Let energy flow, and tell the central system."""
        if isinstance(start, str):
            start = AcceptedStart(start)
        self._metering.catch_up(connector)
        reservation, connector.reservation = connector.reservation, None
        transaction = Transaction(
            connector_id=connector.id,
            id_tag=start.id_tag,
            meter_start_wh=connector.meter.register_wh,
            started_at=self._parts.now(),
            reservation_id=reservation.id if reservation else None,
        )
        connector.transaction, connector.start, connector.finished = transaction, None, False
        if start.profile:
            connector.profiles.append(start.profile)
        self._teller().began(connector, transaction)
        self._parts.tasks.spawn(self._meter(connector, transaction))
        self._refresh(connector)
        return transaction

    def end(self, connector: Connector, reason: str) -> None:
        """Stop the energy, and tell the central system why. Without a transaction: nothing."""
        transaction = connector.transaction
        if transaction is None:
            return
        self._metering.catch_up(connector)
        transaction.energy_is_cut = True  # not a Wh more than what is told
        self._teller().ended(connector, transaction, reason)
        connector.transaction = None
        connector.finished = connector.plugged_in
        connector.profiles = [item for item in connector.profiles if item.purpose != "TxProfile"]
        self._refresh(connector)

    def send_reading(self, connector: Connector, context: str) -> None:
        """Send the meter's reading within the transaction, if there is one."""
        if connector.transaction:
            self._teller().measured(connector, context)

    def refused(self, connector: Connector, transaction: Transaction, status: str) -> None:
        """The central system does not want this transaction after all."""
        if connector.transaction is not transaction:
            return
        self._parts.journal.note(f"the central system answers {status} to the start")
        if self._parts.configuration.enabled("StopTransactionOnInvalidId"):
            self.end(connector, "DeAuthorized")
        else:
            self._metering.catch_up(connector)
            transaction.energy_is_cut = True
            self._refresh(connector)

    async def _meter(self, connector: Connector, transaction: Transaction) -> None:
        parts = self._parts
        while True:
            interval_s = parts.configuration.number("MeterValueSampleInterval")
            least_s = parts.settings.least_sample_s
            await asyncio.sleep(
                parts.pace.sample_s(interval_s, at_least=least_s) if interval_s else IDLE_TICK_S
            )
            if connector.transaction is not transaction:
                return
            if interval_s:
                self.send_reading(connector, "Sample.Periodic")
            else:
                self._metering.catch_up(connector)
            self._refresh(connector)
