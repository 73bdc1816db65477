"""OCPP 1.6: which file translates which action.

To add one: a file with its translation, a line in `RECEIVERS` or `COMMANDS`, a test beside.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from app import operations as op
from app.charging.errors import BadInput
from app.edge_messages import Command, Setting
from app.ocpp_edge import certificate_answers
from app.ocpp_edge.dialect import Answered, Asked, Context, Outcome, Request
from app.ocpp_edge.errors import CallRefused, ErrorCode
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.portions import Portioned
from app.ocpp_edge.v16 import (
    authorize,
    boot_notification,
    cancel_reservation,
    certificates,
    change_availability,
    change_configuration,
    clear_cache,
    clear_charging_profile,
    data_transfer,
    get_composite_schedule,
    get_configuration,
    get_diagnostics,
    get_local_list_version,
    get_log,
    heartbeat,
    log_status,
    meter_values,
    remote_start_transaction,
    remote_stop_transaction,
    reserve_now,
    reset,
    security_event_notification,
    send_local_list,
    set_charging_profile,
    start_transaction,
    status_notification,
    stop_transaction,
    trigger_message,
    unlock_connector,
    update_firmware,
)
from app.ocpp_edge.v16.portions import PORTIONED
from app.ocpp_edge.validation import Schemas, Tolerance, schema_folder

Receiver = Callable[[Payload, Context], Answered | Asked]

RECEIVERS: Final[dict[str, Receiver]] = {
    "Authorize": authorize.receive,
    "BootNotification": boot_notification.receive,
    "DataTransfer": data_transfer.receive,
    "DiagnosticsStatusNotification": log_status.diagnostics,
    "FirmwareStatusNotification": update_firmware.status,
    "Heartbeat": heartbeat.receive,
    "LogStatusNotification": log_status.log,
    "MeterValues": meter_values.receive,
    "SecurityEventNotification": security_event_notification.receive,
    "SignCertificate": certificates.sign,
    "SignedFirmwareStatusNotification": update_firmware.status,
    "StartTransaction": start_transaction.receive,
    "StatusNotification": status_notification.receive,
    "StopTransaction": stop_transaction.receive,
}
DURABLE: Final = frozenset({"Authorize", "BootNotification", "StartTransaction", "StopTransaction"})
TOLERANCE: Final = dict.fromkeys(DURABLE, Tolerance.OF_DEPTH) | {
    "StopTransaction": Tolerance.OF_ALL
}
SPELT: Final = {action.lower(): action for action in RECEIVERS}

COMMANDS: Final[dict[type, tuple[Callable[[Any], Request], Callable[[Payload], Outcome]]]] = {
    op.Start: (remote_start_transaction.request, remote_start_transaction.outcome),
    op.Stop: (remote_stop_transaction.request, remote_stop_transaction.outcome),
    op.Unlock: (unlock_connector.request, unlock_connector.outcome),
    op.Reset: (reset.request, reset.outcome),
    op.ChangeAvailability: (change_availability.request, change_availability.outcome),
    op.ChangeConfiguration: (change_configuration.request, change_configuration.outcome),
    op.SetPassword: (change_configuration.set_password, change_configuration.outcome),
    op.GetConfiguration: (get_configuration.request, get_configuration.outcome),
    op.ClearCache: (clear_cache.request, clear_cache.outcome),
    op.Trigger: (trigger_message.request, trigger_message.outcome),
    op.TransferData: (data_transfer.request, data_transfer.outcome),
    op.SendLocalList: (send_local_list.request, send_local_list.outcome),
    op.GetLocalListVersion: (get_local_list_version.request, get_local_list_version.outcome),
    op.Reserve: (reserve_now.request, reserve_now.outcome),
    op.CancelReservation: (cancel_reservation.request, cancel_reservation.outcome),
    op.SetChargingProfile: (set_charging_profile.request, set_charging_profile.outcome),
    op.ClearChargingProfile: (clear_charging_profile.request, clear_charging_profile.outcome),
    op.GetCompositeSchedule: (get_composite_schedule.request, get_composite_schedule.outcome),
    op.GetDiagnostics: (get_diagnostics.request, get_diagnostics.outcome),
    op.GetLog: (get_log.request, get_log.outcome),
    op.UpdateFirmware: (update_firmware.request, update_firmware.outcome),
    op.SendSignedCertificate: (certificates.signed, certificate_answers.outcome_of_signed),
    op.InstallCertificate: (certificates.install, certificate_answers.outcome_of_install),
    op.DeleteCertificate: (certificates.delete, certificate_answers.outcome_of_delete),
    op.GetInstalledCertificates: (
        certificates.installed_ids,
        certificates.outcome_of_installed_ids,
    ),
}
"""Each request takes its own type of operation, which no type of a dict can say."""


class Ocpp16:
    """The dialect OCPP 1.6, for all charge points of an edge."""

    protocol = "ocpp1.6"
    actions = RECEIVERS

    def __init__(self, counters: Counter[str]) -> None:
        folder = schema_folder("v16")
        self._schemas = Schemas(folder, counters)
        self._known_actions = frozenset(
            path.stem.removesuffix("Response") for path in folder.glob("*.json")
        )

    def receive(self, action: str, payload: Payload, context: Context) -> Answered | Asked:
        """Understand a call. Raises `CallRefused`."""
        receiver = RECEIVERS.get(action)
        if receiver is None:
            if action in self._known_actions:
                raise CallRefused(ErrorCode.NOT_SUPPORTED, "not for a charge point to send")
            raise CallRefused(ErrorCode.NOT_IMPLEMENTED, "no such action in OCPP 1.6")
        payload = self._schemas.check(
            action, payload, context.noticed, TOLERANCE.get(action, Tolerance.NONE)
        )
        return receiver(payload, context)

    def spelt(self, action: str) -> str:
        """An action as the standard spells it, where only capitals or blanks differ."""
        return SPELT.get(action.strip().lower(), action)

    def is_durable(self, action: str) -> bool:
        """Whether a call must never be answered with an error of ours."""
        return action in DURABLE

    def ends(self, action: str, payload: Payload) -> bool:
        """StopTransaction is nothing else."""
        return action == "StopTransaction"

    def error_word(self, code: ErrorCode) -> str:
        """The codes are 1.6's own."""
        return code

    def portioned(self, request: Request) -> Portioned | None:
        """How a call is sent that may be more than the charge point takes at once."""
        return PORTIONED.get(request.action)

    def request(self, command: Command) -> Request:
        """The call that carries a command. Raises `BadInput` when it cannot be expressed."""
        known = COMMANDS.get(type(command.operation))
        if known is None:
            raise BadInput("OCPP 1.6, which this charge point speaks, cannot do this")
        request = known[0](command.operation)
        if not self._schemas.is_valid(request.action, request.payload):
            raise BadInput(f"{request.action} cannot be said like this in OCPP 1.6")
        return request

    def outcome(self, command: Command, payload: Payload) -> Outcome:
        """What the charge point's answer to a command means."""
        return COMMANDS[type(command.operation)][1](payload)

    def stop(self, transaction: op.Stop) -> Request:
        """The call that stops a transaction."""
        return remote_stop_transaction.request(transaction)

    def set(self, setting: Setting) -> Request:
        """The call that sets one configuration key."""
        return change_configuration.request(setting)

    def was_set(self, payload: Payload) -> str:
        """What the charge point answered to `set`, in OCPP's word."""
        return change_configuration.was_set(payload)
