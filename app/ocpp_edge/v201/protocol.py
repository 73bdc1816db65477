"""OCPP 2.0.1 and 2.1: which file translates which action.

To add one: a file with its translation, a line in `RECEIVERS` or `COMMANDS`, a test beside. 2.1 is
2.0.1 with more: its own schemas, which let its new fields pass, and answers to its new actions.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any, Final, Literal

from app import operations as op
from app.charging.errors import BadInput
from app.edge_messages import Command, Setting
from app.ocpp_edge import certificate_answers
from app.ocpp_edge.dialect import Answered, Asked, Context, Outcome, Request
from app.ocpp_edge.errors import CallRefused, ErrorCode
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.portions import Portioned
from app.ocpp_edge.v201 import (
    acknowledged,
    authorize,
    boot_notification,
    certificates,
    change_availability,
    charging_profiles,
    clear_cache,
    data_transfer,
    get_certificate_chain_status,
    get_log,
    get_transaction_status,
    get_variables,
    heartbeat,
    local_list,
    meter_values,
    notify_event,
    request_start_transaction,
    request_stop_transaction,
    reservations,
    reset,
    security_event_notification,
    set_network_profile,
    set_variables,
    status_notification,
    transaction_event,
    trigger_message,
    unlock_connector,
    update_firmware,
    vat_number_validation,
)
from app.ocpp_edge.v201.memory import Memory
from app.ocpp_edge.v201.portions import PORTIONED
from app.ocpp_edge.validation import Schemas, Tolerance, schema_folder

Version = Literal["ocpp2.0.1", "ocpp2.1"]
Receiver = Callable[[Payload, Context, Memory], Answered | Asked]
Requester = Callable[[Any, Command, Memory], Request]
Reader = Callable[[Any, Command, Payload], Outcome | None]

FOLDERS: Final[dict[Version, str]] = {"ocpp2.0.1": "v201", "ocpp2.1": "v21"}
RECEIVERS: Final[dict[str, Receiver]] = {
    "Authorize": authorize.receive,
    "BootNotification": boot_notification.receive,
    "DataTransfer": data_transfer.receive,
    "FirmwareStatusNotification": update_firmware.status,
    "Heartbeat": heartbeat.receive,
    "LogStatusNotification": get_log.status,
    "MeterValues": meter_values.receive,
    "NotifyEvent": notify_event.receive,
    "NotifyReport": get_variables.report,
    "ReportChargingProfiles": charging_profiles.report,
    "ReservationStatusUpdate": reservations.update,
    "SecurityEventNotification": security_event_notification.receive,
    "SignCertificate": certificates.sign,
    "StatusNotification": status_notification.receive,
    "TransactionEvent": transaction_event.receive,
    **{action: acknowledged.receiver(answer) for action, answer in acknowledged.ANSWERS.items()},
}
RECEIVERS_OF_21: Final[dict[str, Receiver]] = {
    **RECEIVERS,
    "GetCertificateChainStatus": get_certificate_chain_status.receive,
    "VatNumberValidation": vat_number_validation.receive,
    **{
        action: acknowledged.receiver(answer)
        for action, answer in acknowledged.ANSWERS_OF_21.items()
    },
}
RESPELT: Final[dict[ErrorCode, str]] = {
    ErrorCode.FORMATION_VIOLATION: "FormatViolation",
    ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION: "OccurrenceConstraintViolation",
}
"""OCPP-J 2.0.1 §4.3, table 7."""
DURABLE: Final = frozenset({"Authorize", "BootNotification", "TransactionEvent"})
SPELT: Final = {action.lower(): action for action in RECEIVERS_OF_21}


def _told(
    request: Callable[[Any], Request], outcome: Callable[[Payload], Outcome | None]
) -> tuple[Requester, Reader]:
    """Of what is said by the operation alone, and understood by the answer alone."""
    return (lambda told, command, memory: request(told)), (
        lambda told, command, payload: outcome(payload)
    )


COMMANDS: Final[dict[type, tuple[Requester, Reader]]] = {
    op.Start: (
        request_start_transaction.request,
        lambda told, command, payload: request_start_transaction.outcome(payload),
    ),
    op.Stop: (
        lambda told, command, memory: request_stop_transaction.request(told, memory),
        lambda told, command, payload: request_stop_transaction.outcome(payload),
    ),
    op.GetConfiguration: (get_variables.request, get_variables.outcome),
    op.GetChargingProfiles: (
        charging_profiles.get_profiles,
        lambda told, command, payload: charging_profiles.outcome_of_get(payload),
    ),
    op.Unlock: _told(unlock_connector.request, unlock_connector.outcome),
    op.Reset: _told(reset.request, reset.outcome),
    op.ChangeAvailability: _told(change_availability.request, change_availability.outcome),
    op.ChangeConfiguration: _told(set_variables.request, set_variables.outcome),
    op.SetPassword: _told(set_variables.set_password, set_variables.outcome),
    op.ClearCache: _told(clear_cache.request, clear_cache.outcome),
    op.Trigger: _told(trigger_message.request, trigger_message.outcome),
    op.TransferData: _told(data_transfer.request, data_transfer.outcome),
    op.SendLocalList: _told(local_list.send, local_list.outcome_of_send),
    op.GetLocalListVersion: _told(local_list.version, local_list.outcome_of_version),
    op.Reserve: _told(reservations.reserve, reservations.outcome_of_reserve),
    op.CancelReservation: _told(reservations.cancel, reservations.outcome_of_cancel),
    op.SetChargingProfile: _told(charging_profiles.set_profile, charging_profiles.outcome_of_set),
    op.ClearChargingProfile: _told(charging_profiles.clear, charging_profiles.outcome_of_clear),
    op.GetCompositeSchedule: _told(
        charging_profiles.composite, charging_profiles.outcome_of_composite
    ),
    op.GetDiagnostics: _told(get_log.diagnostics, get_log.outcome),
    op.GetLog: _told(get_log.request, get_log.outcome),
    op.UpdateFirmware: _told(update_firmware.request, update_firmware.outcome),
    op.SendSignedCertificate: _told(certificates.signed, certificate_answers.outcome_of_signed),
    op.InstallCertificate: _told(certificates.install, certificate_answers.outcome_of_install),
    op.DeleteCertificate: _told(certificates.delete, certificate_answers.outcome_of_delete),
    op.GetInstalledCertificates: _told(
        certificates.installed_ids, certificates.outcome_of_installed_ids
    ),
    op.SetNetworkProfile: _told(set_network_profile.request, set_network_profile.outcome),
    op.GetTransactionStatus: _told(get_transaction_status.request, get_transaction_status.outcome),
}
"""Each request takes its own type of operation, which no type of a dict can say."""


class Language:
    """What all charge points of an edge that speak a version share; cheap until one does."""

    def __init__(self, protocol: Version, counters: Counter[str]) -> None:
        folder = schema_folder(FOLDERS[protocol])
        self.protocol = protocol
        self.counters = counters
        self.schemas = Schemas(folder, counters)
        self.receivers = RECEIVERS if protocol == "ocpp2.0.1" else RECEIVERS_OF_21
        self.known_actions = frozenset(
            path.stem.removesuffix("Request") for path in folder.glob("*Request.json")
        )


class Ocpp201:
    """The dialect of one charge point, for as long as it is connected."""

    __slots__ = ("_language", "_memory", "actions", "protocol")

    def __init__(self, language: Language) -> None:
        self.protocol: str = language.protocol
        self.actions = language.receivers
        self._language = language
        self._memory = Memory()

    def receive(self, action: str, payload: Payload, context: Context) -> Answered | Asked:
        """Understand a call. Raises `CallRefused`."""
        language = self._language
        receiver = language.receivers.get(action)
        if receiver is None:
            if action in language.known_actions:
                raise CallRefused(ErrorCode.NOT_SUPPORTED, "not for a charge point to send")
            raise CallRefused(ErrorCode.NOT_IMPLEMENTED, "no such action in this version of OCPP")
        is_event = action == "TransactionEvent"
        tolerance = Tolerance.NONE
        if is_event:
            ends = transaction_event.ends(payload)
            tolerance = Tolerance.OF_ALL if ends else Tolerance.OF_DEPTH
        elif action in DURABLE:
            tolerance = Tolerance.OF_DEPTH
        payload = language.schemas.check(f"{action}Request", payload, context.noticed, tolerance)
        if is_event and transaction_event.is_out_of_sequence(payload, self._memory):
            language.counters["soft_errors"] += 1
            context.noticed("meter:out_of_sequence")
        return receiver(payload, context, self._memory)

    def spelt(self, action: str) -> str:
        """An action as the standard spells it, where only capitals or blanks differ."""
        return SPELT.get(action.strip().lower(), action)

    def is_durable(self, action: str) -> bool:
        """Whether a call must never be answered with an error of ours."""
        return action in DURABLE

    def ends(self, action: str, payload: Payload) -> bool | None:
        """A TransactionEvent that says so; without its type, nobody knows."""
        return transaction_event.ends(payload) if action == "TransactionEvent" else False

    def error_word(self, code: ErrorCode) -> str:
        """Two of them have another spelling than in 1.6."""
        return RESPELT.get(code, code)

    def portioned(self, request: Request) -> Portioned | None:
        """How a call is sent that may be more than the charge point takes at once."""
        return PORTIONED.get(request.action)

    def request(self, command: Command) -> Request:
        """The call that carries a command. Raises `BadInput` when it cannot be expressed."""
        request = COMMANDS[type(command.operation)][0](command.operation, command, self._memory)
        if not self._language.schemas.is_valid(f"{request.action}Request", request.payload):
            raise BadInput(f"{request.action} cannot be said like this in OCPP 2")
        return request

    def outcome(self, command: Command, payload: Payload) -> Outcome | None:
        """What the charge point's answer to a command means; None while a report is to come."""
        return COMMANDS[type(command.operation)][1](command.operation, command, payload)

    def stop(self, transaction: op.Stop) -> Request:
        """The call that stops a transaction."""
        return request_stop_transaction.request(transaction, self._memory)

    def set(self, setting: Setting) -> Request:
        """The call that sets one variable."""
        return set_variables.request(setting)

    def was_set(self, payload: Payload) -> str:
        """What the charge point answered to `set`, in OCPP 1.6's word."""
        return set_variables.was_set(payload)
