"""Transactions and statuses as OCPP 1.6 tells them."""

from typing import TYPE_CHECKING

from app.simulator.core.connector import AcceptedStart, Connector, Transaction
from app.simulator.core.measurands import samples
from app.simulator.core.meter import Reading
from app.simulator.core.pace import timestamp
from app.simulator.v16.words import id_info
from app.simulator.wire.messages import Message, Payload, present
from app.simulator.wire.outbox import Letter

if TYPE_CHECKING:
    from app.simulator.device import Device

UNKNOWN_TRANSACTION = -1
"""What a charger calls a transaction whose start was never answered."""


class Telling16:
    """StartTransaction, MeterValues, StopTransaction, StatusNotification."""

    def __init__(self, device: "Device") -> None:
        self._device = device

    def plugged(self, connector: Connector) -> None:
        """Its status says so."""

    def unplugged(self, connector: Connector) -> None:
        """Its status says so."""

    def accepted(self, connector: Connector, start: AcceptedStart) -> None:
        """Its status says so."""

    def lapsed(self, connector: Connector, start: AcceptedStart, why: str) -> None:
        """Its status says so."""

    def changed(self, connector: Connector) -> None:
        """Its status says so."""

    def reservation_ended(self, reservation_id: int, how: str) -> None:
        """Its status says so."""

    def began(self, connector: Connector, transaction: Transaction) -> None:
        """StartTransaction."""
        manners = self._device.parts.manners
        if manners.does("register-reset"):
            connector.meter.reset()
        message = Message(
            "StartTransaction",
            present(
                connectorId=connector.id,
                idTag=transaction.id_tag,
                meterStart=transaction.meter_start_wh,
                timestamp=timestamp(transaction.started_at),
                reservationId=transaction.reservation_id,
            ),
        )
        for _ in range(2 if manners.does("duplicate-start") else 1):
            self._device.outbox.post(
                Letter(
                    lambda: message, lambda answer: self._started(connector, transaction, answer)
                )
            )

    def measured(self, connector: Connector, context: str) -> None:
        """MeterValues of the transaction."""
        transaction = connector.transaction
        assert transaction
        key = "MeterValuesAlignedData" if context == "Sample.Clock" else "MeterValuesSampledData"
        value = self.value(self._device.station.metering.reading(connector), key, context)
        self._post_values(connector, transaction, [value])

    def ended(self, connector: Connector, transaction: Transaction, reason: str) -> None:
        """StopTransaction."""
        device = self._device
        reading = device.station.metering.reading(connector)
        data = None
        if device.configuration["StopTxnSampledData"]:
            data = [self.value(reading, "StopTxnSampledData", "Transaction.End")]
        payload = present(
            meterStop=reading.register_wh,
            timestamp=timestamp(device.parts.now()),
            reason=reason,
            idTag=transaction.id_tag,
            transactionData=data,
        )

        def compose() -> Message:
            return Message("StopTransaction", {**payload, "transactionId": _id(transaction)})

        device.outbox.post(Letter(compose))
        if device.parts.manners.does("late-meter-values"):
            value = self.value(reading, "MeterValuesSampledData", "Sample.Periodic")
            self._post_values(connector, transaction, [value])

    def status(
        self, number: int, status: str, error_code: str | None, *, again: bool = False
    ) -> None:
        """StatusNotification."""
        message = Message(
            "StatusNotification",
            {
                "connectorId": number,
                "errorCode": error_code or "NoError",
                "status": status,
                "timestamp": timestamp(self._device.parts.now()),
            },
        )
        self._device.outbox.announce(message, number, status)

    def value(self, reading: Reading, measurands_key: str, context: str) -> Payload:
        """The reading as a ``meterValue`` element, with the measurands that were configured."""
        shown = samples(reading, self._device.configuration[measurands_key])
        values = [
            {
                "value": sample.value,
                "context": context,
                "measurand": sample.measurand,
                "unit": sample.unit,
            }
            for sample in shown
        ]
        if not values:
            # The schema wants at least one, and a central system takes no measurand to be energy.
            values = [{"value": str(reading.register_wh), "context": context}]
        return {"timestamp": timestamp(self._device.parts.now()), "sampledValue": values}

    def _post_values(
        self, connector: Connector, transaction: Transaction, values: list[Payload]
    ) -> None:
        def compose() -> Message:
            return Message(
                "MeterValues",
                {
                    "connectorId": connector.id,
                    "transactionId": _id(transaction),
                    "meterValue": values,
                },
            )

        self._device.outbox.post(Letter(compose))

    def _started(self, connector: Connector, transaction: Transaction, answer: Payload) -> None:
        transaction.id, transaction.answered = answer.get("transactionId"), True
        info = id_info(answer.get("idTagInfo") or {})
        self._device.station.id_tags.remember(transaction.id_tag, info)
        if not info.accepted:
            self._device.station.transactions.refused(connector, transaction, info.status)
        self._device.parts.bell.ring()


def _id(transaction: Transaction) -> int | str:
    return UNKNOWN_TRANSACTION if transaction.id is None else transaction.id
