"""OCPP 1.6: which file translates which action.

To add one: a file with its translation, a line in `RECEIVERS` or `COMMANDS`, a test beside.
"""

from collections import Counter
from collections.abc import Callable
from typing import Final

from app.charging.errors import BadInput
from app.edge_messages import Command, CommandKind, Setting
from app.ocpp_edge.dialect import Answered, Asked, Context, Outcome, Request
from app.ocpp_edge.errors import CallRefused, ErrorCode
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.v16 import (
    acknowledged,
    authorize,
    boot_notification,
    change_availability,
    change_configuration,
    clear_cache,
    data_transfer,
    get_configuration,
    heartbeat,
    meter_values,
    remote_start_transaction,
    remote_stop_transaction,
    reset,
    start_transaction,
    status_notification,
    stop_transaction,
    trigger_message,
    unlock_connector,
)
from app.ocpp_edge.v16.validation import Schemas, schema_folder

Receiver = Callable[[Payload, Context], Answered | Asked]

RECEIVERS: Final[dict[str, Receiver]] = {
    "Authorize": authorize.receive,
    "BootNotification": boot_notification.receive,
    "Heartbeat": heartbeat.receive,
    "MeterValues": meter_values.receive,
    "StartTransaction": start_transaction.receive,
    "StatusNotification": status_notification.receive,
    "StopTransaction": stop_transaction.receive,
    **{action: acknowledged.receiver(answer) for action, answer in acknowledged.ANSWERS.items()},
}
DURABLE: Final = frozenset({"Authorize", "BootNotification", "StartTransaction", "StopTransaction"})
FORGIVEN: Final = frozenset({"StopTransaction"})

COMMANDS: Final[
    dict[CommandKind, tuple[Callable[[Command], Request], Callable[[Command, Payload], Outcome]]]
] = {
    "start": (remote_start_transaction.request, remote_start_transaction.outcome),
    "stop": (remote_stop_transaction.request, remote_stop_transaction.outcome),
    "unlock": (unlock_connector.request, unlock_connector.outcome),
    "reset": (reset.request, reset.outcome),
    "change_availability": (change_availability.request, change_availability.outcome),
    "change_configuration": (change_configuration.request, change_configuration.outcome),
    "get_configuration": (get_configuration.request, get_configuration.outcome),
    "clear_cache": (clear_cache.request, clear_cache.outcome),
    "trigger": (trigger_message.request, trigger_message.outcome),
    "data_transfer": (data_transfer.request, data_transfer.outcome),
}


class Ocpp16:
    """The dialect OCPP 1.6, for all charge points of an edge."""

    protocol = "ocpp1.6"

    def __init__(self, counters: Counter[str]) -> None:
        folder = schema_folder()
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
        payload = self._schemas.check(action, payload, forgiving=action in FORGIVEN)
        return receiver(payload, context)

    def is_durable(self, action: str) -> bool:
        """Whether a call must never be answered with an error of ours."""
        return action in DURABLE

    def request(self, command: Command) -> Request:
        """The call that carries a command. Raises `BadInput` when it cannot be expressed."""
        request = COMMANDS[command.kind][0](command)
        if not self._schemas.is_valid(request.action, request.payload):
            raise BadInput(f"{request.action} cannot be said like this in OCPP 1.6")
        return request

    def outcome(self, command: Command, payload: Payload) -> Outcome:
        """What the charge point's answer to a command means."""
        return COMMANDS[command.kind][1](command, payload)

    def stop(self, transaction_id: int) -> Request:
        """The call that stops a transaction."""
        return remote_stop_transaction.stop(transaction_id)

    def set(self, setting: Setting) -> Request:
        """The call that sets one configuration key."""
        return change_configuration.set_to(setting)

    def was_set(self, payload: Payload) -> str:
        """What the charge point answered to `set`, in OCPP's word."""
        return change_configuration.was_set(payload)
