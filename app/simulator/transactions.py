"""Transactions: begun, metered and ended, each step a message that must arrive."""

import asyncio
from collections.abc import Callable

from ocpp.v16 import call

from app.simulator.charging_profile import ChargingProfile
from app.simulator.connector import Connector, Transaction
from app.simulator.link import Answer
from app.simulator.metering import Metering
from app.simulator.outbox import Letter, Outbox
from app.simulator.pace import timestamp
from app.simulator.parts import Parts

IDLE_TICK_S = 1.0
"""How often a car that charges is looked at when the charger sends no readings."""


class Transactions:
    """The transactions of one charger."""

    def __init__(
        self,
        parts: Parts,
        outbox: Outbox,
        metering: Metering,
        refresh: Callable[[Connector], None],
    ) -> None:
        self._parts = parts
        self._outbox = outbox
        self._metering = metering
        self._refresh = refresh

    def begin(
        self, connector: Connector, id_tag: str, profile: ChargingProfile | None = None
    ) -> Transaction:
        """Let energy flow, and tell the central system."""
        self._metering.catch_up(connector)
        transaction = Transaction(
            connector_id=connector.id,
            id_tag=id_tag,
            meter_start_wh=connector.meter.register_wh,
            started_at=self._parts.now(),
        )
        connector.transaction, connector.start, connector.finished = transaction, None, False
        self._anchor_profiles(connector, transaction, profile)
        message = call.StartTransaction(
            connector_id=connector.id,
            id_tag=id_tag,
            meter_start=transaction.meter_start_wh,
            timestamp=timestamp(transaction.started_at),
        )
        self._outbox.post(
            Letter(
                message, transaction, lambda answer: self._started(connector, transaction, answer)
            )
        )
        self._parts.tasks.spawn(self._meter(connector, transaction))
        self._refresh(connector)
        return transaction

    def end(self, connector: Connector, reason: str) -> None:
        """Stop the energy, and tell the central system why. Without a transaction: nothing."""
        transaction = connector.transaction
        if transaction is None:
            return
        data = self._final_values(connector)
        self._metering.catch_up(connector)
        connector.transaction = None
        connector.finished = connector.plugged_in
        connector.profiles = [item for item in connector.profiles if item.purpose != "TxProfile"]
        message = call.StopTransaction(
            meter_stop=connector.meter.register_wh,
            timestamp=timestamp(self._parts.now()),
            transaction_id=0,  # known when it is sent
            reason=reason,
            id_tag=transaction.id_tag,
            transaction_data=data,
        )
        self._outbox.post(Letter(message, transaction))
        self._refresh(connector)

    def send_reading(self, connector: Connector, context: str) -> None:
        """Send the meter's reading within the transaction, if there is one."""
        if transaction := connector.transaction:
            value = self._metering.value(connector, "MeterValuesSampledData", context)
            message = call.MeterValues(connector_id=connector.id, meter_value=[value])
            self._outbox.post(Letter(message, transaction))

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

    def _started(self, connector: Connector, transaction: Transaction, answer: Answer) -> None:
        transaction.id = answer.transaction_id
        status = answer.id_tag_info["status"]
        if status != "Accepted" and connector.transaction is transaction:
            self._parts.journal.note(f"the central system answers {status} to the start")
            if self._parts.configuration.enabled("StopTransactionOnInvalidId"):
                self.end(connector, "DeAuthorized")
            else:
                self._metering.catch_up(connector)
                transaction.energy_is_cut = True
                self._refresh(connector)
        self._parts.bell.ring()

    def _anchor_profiles(
        self, connector: Connector, transaction: Transaction, profile: ChargingProfile | None
    ) -> None:
        if profile:
            connector.profiles.append(profile)
        connector.profiles = [item.anchored(transaction.started_at) for item in connector.profiles]

    def _final_values(self, connector: Connector) -> list[object] | None:
        if not self._parts.configuration["StopTxnSampledData"]:
            return None
        return [self._metering.value(connector, "StopTxnSampledData", "Transaction.End")]
