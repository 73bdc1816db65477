"""Transactions and statuses as OCPP 2.0.1 tells them: TransactionEvent, numbered and in order."""

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.simulator.core.connector import AcceptedStart, Connector, Transaction
from app.simulator.core.pace import timestamp
from app.simulator.v201.model import STATES
from app.simulator.v201.words import BEGIN, END, id_info, meter_value, token
from app.simulator.wire.messages import Message, Payload, present
from app.simulator.wire.outbox import Letter

if TYPE_CHECKING:
    from app.simulator.device import Device

STARTED, UPDATED, ENDED = "Started", "Updated", "Ended"
ENDINGS = {
    "EVDisconnected": ("EVCommunicationLost", "EVDisconnected"),
    "Local": ("StopAuthorized", "Local"),
    "Remote": ("RemoteStop", "Remote"),
    "DeAuthorized": ("Deauthorized", "DeAuthorized"),
    "UnlockCommand": ("UnlockCommand", "Other"),
    "HardReset": ("ResetCommand", "ImmediateReset"),
    "SoftReset": ("ResetCommand", "ImmediateReset"),
    "PowerLoss": ("AbnormalCondition", "PowerLoss"),
}
"""1.6's reasons: what triggered the event, and why it stopped."""

GENTLE = frozenset({"Local", "Remote", "DeAuthorized", "UnlockCommand"})
"""After these the cable is still there: a transaction may go on until it is not."""

CHARGING_STATES = {
    "Charging": "Charging",
    "SuspendedEV": "SuspendedEV",
    "SuspendedEVSE": "SuspendedEVSE",
}
READING_TRIGGERS = {"Sample.Periodic": "MeterValuePeriodic", "Sample.Clock": "MeterValueClock"}


@dataclass(slots=True)
class Record:
    """A transaction as it was told so far."""

    connector: Connector
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    seq_no: int = 0
    state: str = "Idle"
    start: AcceptedStart | None = None
    """Whose it is; None while only a car is there."""

    answered: bool = False
    stopped: str = ""
    """Why the energy stopped, while the transaction waits for its stop point."""


class Telling201:
    """TransactionEvent and StatusNotification; begins and ends at TxStartPoint and TxStopPoint."""

    def __init__(self, device: "Device") -> None:
        self._device = device
        self._records: dict[int, Record] = {}
        self._accepted: dict[int, AcceptedStart] = {}

    def record(self, connector: Connector) -> Record | None:
        """The transaction at a connector that was told as begun and not as ended."""
        return self._records.get(connector.id)

    def known(self, transaction_id: str) -> bool:
        """Whether it is one of those."""
        return any(record.id == transaction_id for record in self._records.values())

    # --- what happens ---

    def plugged(self, connector: Connector) -> None:
        """Begins a transaction where EVConnected is its start."""
        if record := self.record(connector):
            record.state = "EVConnected"
            self._tell(record, UPDATED, "CablePluggedIn")
        elif self._at("TxStartPoint", "EVConnected"):
            start = self._accepted.get(connector.id)
            self._open(connector, "CablePluggedIn", "EVConnected", start)

    def accepted(self, connector: Connector, start: AcceptedStart) -> None:
        """Begins a transaction where Authorized is its start."""
        self._accepted[connector.id] = start
        trigger = "RemoteStart" if start.remote else "Authorized"
        if record := self.record(connector):
            record.start = start
            self._tell(record, UPDATED, trigger, start=start)
        elif self._at("TxStartPoint", "Authorized"):
            state = "EVConnected" if connector.plugged_in else "Idle"
            self._open(connector, trigger, state, start)

    def lapsed(self, connector: Connector, start: AcceptedStart, why: str) -> None:
        """Ends a transaction that only the authorisation had begun."""
        self._accepted.pop(connector.id, None)
        record = self.record(connector)
        if record is None:
            return
        record.start = None
        if connector.plugged_in and self._at("TxStopPoint", "EVConnected"):
            self._tell(record, UPDATED, "Deauthorized")
        elif why == "timeout":
            self._close(record, "EVConnectTimeout", "Timeout")
        else:
            self._close(record, "Deauthorized", "DeAuthorized")

    def began(self, connector: Connector, transaction: Transaction) -> None:
        """The power path is closed: begins what has not begun before."""
        if self._device.parts.manners.does("register-reset"):
            connector.meter.reset()
        start = self._accepted.pop(connector.id, None) or AcceptedStart(transaction.id_tag)
        record = self.record(connector)
        if record is None:
            trigger = "RemoteStart" if start.remote else "Authorized"
            record = self._open(connector, trigger, "Charging", start, transaction.reservation_id)
        else:
            record.start = record.start or start
            record.state, record.stopped = "Charging", ""
            self._tell(record, UPDATED, "ChargingStateChanged")
        transaction.id, transaction.answered = record.id, record.answered

    def measured(self, connector: Connector, context: str) -> None:
        """A reading of the running transaction."""
        if record := self.record(connector):
            trigger = READING_TRIGGERS.get(context, "Trigger")
            clocked = context == "Sample.Clock"
            key = "MeterValuesAlignedData" if clocked else "MeterValuesSampledData"
            self._tell(record, UPDATED, trigger, value=self._value(connector, key, context))

    def changed(self, connector: Connector) -> None:
        """Its charging state may be another now."""
        record, transaction = self.record(connector), connector.transaction
        if record is None or transaction is None:
            return
        state = CHARGING_STATES.get(self._device.station.status(connector), record.state)
        if state == "SuspendedEV" and not connector.plugged_in:
            state = "Idle"
        if state != record.state:
            record.state = state
            self._tell(record, UPDATED, "ChargingStateChanged")

    def ended(self, connector: Connector, transaction: Transaction, reason: str) -> None:
        """The power path is open: ends the transaction, or waits for its stop point."""
        record = self.record(connector)
        if record is None:
            return
        trigger, why = ENDINGS.get(reason, ("AbnormalCondition", "Other"))
        waits = not (self._at("TxStopPoint", "PowerPathClosed", "Authorized", "EnergyTransfer"))
        if waits and reason in GENTLE and connector.plugged_in:
            record.stopped, record.start = why, None
            record.state = "EVConnected"
            value = self._value(connector, "MeterValuesSampledData", "Trigger")
            self._tell(record, UPDATED, trigger, value=value)
        else:
            self._close(record, trigger, why)

    def unplugged(self, connector: Connector) -> None:
        """Ends what waited for the car to leave."""
        record = self.record(connector)
        if record is None:
            return
        if connector.transaction or (record.start and not record.stopped):
            record.state = "Idle"
            self._tell(record, UPDATED, "EVCommunicationLost")
        else:
            self._close(record, "EVCommunicationLost", record.stopped or "EVDisconnected")

    def status(
        self, number: int, status: str, error_code: str | None, *, again: bool = False
    ) -> None:
        """StatusNotification, if 2.0.1 sees a change at all."""
        last = self._device.outbox.last_status(number)
        if not number or (not again and last and STATES[last] == STATES[status]):
            return
        message = Message(
            "StatusNotification",
            {
                "timestamp": timestamp(self._device.parts.now()),
                "connectorStatus": STATES[status],
                "evseId": number,
                "connectorId": 1,
            },
        )
        self._device.outbox.announce(message, number, status)

    def reservation_ended(self, reservation_id: int, how: str) -> None:
        """ReservationStatusUpdate."""
        payload = {"reservationId": reservation_id, "reservationUpdateStatus": how}
        self._device.send(Message("ReservationStatusUpdate", payload))

    # --- how it is told ---

    def _open(
        self,
        connector: Connector,
        trigger: str,
        state: str,
        start: AcceptedStart | None = None,
        reservation_id: int | None = None,
    ) -> Record:
        record = Record(connector, state=state, start=start)
        self._records[connector.id] = record
        value = self._value(connector, "TxStartedMeasurands", BEGIN)
        twice = self._device.parts.manners.does("duplicate-start")
        for _ in range(2 if twice else 1):
            record.seq_no = 0
            self._tell(
                record, STARTED, trigger, start=start, value=value, reservation_id=reservation_id
            )
        return record

    def _close(self, record: Record, trigger: str, why: str) -> None:
        connector = record.connector
        record.state = "EVConnected" if connector.plugged_in else "Idle"
        value = self._value(connector, "StopTxnSampledData", END)
        self._tell(record, ENDED, trigger, value=value, stopped=why, start=record.start)
        del self._records[connector.id]
        if self._device.parts.manners.does("late-meter-values"):
            reading = self._device.station.metering.reading(connector)
            self._device.send(self._device.dialect.values(self._device, connector, reading))

    def _tell(
        self,
        record: Record,
        kind: str,
        trigger: str,
        *,
        start: AcceptedStart | None = None,
        value: Payload | None = None,
        stopped: str | None = None,
        reservation_id: int | None = None,
    ) -> None:
        device = self._device
        info = present(
            transactionId=record.id,
            chargingState=record.state,
            stoppedReason=stopped,
            remoteStartId=start.remote_id if start else None,
        )
        payload = present(
            eventType=kind,
            timestamp=timestamp(device.parts.now()),
            triggerReason=trigger,
            seqNo=record.seq_no,
            offline=None if device.outbox.online else True,
            transactionInfo=info,
            evse={"id": record.connector.id, "connectorId": 1},
            idToken=token(start.id_tag, start.kind) if start else None,
            reservationId=reservation_id,
            meterValue=[value] if value else None,
        )
        record.seq_no += 0 if device.parts.manners.does("seq-no-zero") else 1
        message = Message("TransactionEvent", payload)
        device.outbox.post(
            Letter(lambda: message, lambda answer: self._answered(record, kind, start, answer))
        )

    def _answered(
        self, record: Record, kind: str, start: AcceptedStart | None, answer: Payload
    ) -> None:
        running = record.connector.transaction
        if kind == STARTED:
            record.answered = True
            if running and running.id == record.id:
                running.answered = True
        raw = answer.get("idTokenInfo")
        if raw and start:
            info = id_info(raw)
            self._device.station.id_tags.remember(start.id_tag, info)
            if not info.accepted:
                self._refused(record, start, info.status)
        self._device.parts.bell.ring()

    def _refused(self, record: Record, start: AcceptedStart, status: str) -> None:
        station, running = self._device.station, record.connector.transaction
        if running and running.id == record.id:
            station.transactions.refused(record.connector, running, status)
        else:
            station.starts.withdraw(record.connector, start, status)

    def _value(self, connector: Connector, measurands_key: str, context: str) -> Payload:
        device = self._device
        return meter_value(
            device.station.metering.reading(connector),
            device.configuration[measurands_key],
            device.parts.now(),
            context,
        )

    def _at(self, variable: str, *points: str) -> bool:
        listed = {item.strip() for item in self._device.configuration[variable].split(",")}
        return bool(listed & set(points))
