"""What a backend wants a charge point to do (OCPP 1.6), and what it is answered.

Reads go through. In ``shared`` the rest does too, unless it would touch a charge of ours: the app
says so, which knows what is paid for. What belongs to us stays ours whoever asks: the baseline of
the configuration, passwords, certificates, our transactions and reservations.
"""

from collections.abc import Callable
from typing import Final

from app.edge_messages import MessageResult, Upstream, UpstreamAsks
from app.ocpp_edge import frames
from app.ocpp_edge.alarms import Alarms
from app.ocpp_edge.calls import Answer, OutgoingCall
from app.ocpp_edge.errors import CallRefused, ErrorCode
from app.ocpp_edge.frames import Call, CallError, CallResult, Payload
from app.ocpp_edge.upstream.ports import Charged
from app.ocpp_edge.upstream.settings import UpstreamSettings
from app.ocpp_edge.upstream.told import ToldTransactions
from app.ocpp_edge.validation import Schemas
from app.operations import names_a_secret

REJECTED: Final[Payload] = {"status": "Rejected"}
REFUSALS: Final[dict[str, Payload | None]] = {
    "CancelReservation": REJECTED,
    "CertificateSigned": REJECTED,
    "ChangeAvailability": REJECTED,
    "ChangeConfiguration": REJECTED,
    "ClearCache": REJECTED,
    "ClearChargingProfile": {"status": "Unknown"},
    "DataTransfer": REJECTED,
    "DeleteCertificate": {"status": "Failed"},
    "ExtendedTriggerMessage": REJECTED,
    "GetCompositeSchedule": REJECTED,
    "GetConfiguration": None,
    "GetDiagnostics": None,
    "GetInstalledCertificateIds": {"status": "NotFound"},
    "GetLocalListVersion": None,
    "GetLog": REJECTED,
    "InstallCertificate": REJECTED,
    "RemoteStartTransaction": REJECTED,
    "RemoteStopTransaction": REJECTED,
    "ReserveNow": REJECTED,
    "Reset": REJECTED,
    "SendLocalList": {"status": "Failed"},
    "SetChargingProfile": REJECTED,
    "SignedUpdateFirmware": REJECTED,
    "TriggerMessage": REJECTED,
    "UnlockConnector": {"status": "UnlockFailed"},
    "UpdateFirmware": None,
}
"""How each action says no; None: it cannot, and a CallError does."""
READS: Final = frozenset(
    {
        "ExtendedTriggerMessage",
        "GetCompositeSchedule",
        "GetConfiguration",
        "GetLocalListVersion",
        "TriggerMessage",
    }
)
NEVER: Final = frozenset(
    {"CertificateSigned", "DeleteCertificate", "GetInstalledCertificateIds", "InstallCertificate"}
)
HARMLESS: Final = frozenset({"ChangeConfiguration", "GetDiagnostics", "GetLog"})
"""Need not be asked for: they change no charge."""
READS_OF_201: Final = frozenset(
    {
        "GetCompositeSchedule",
        "GetLocalListVersion",
        "GetTransactionStatus",
        "GetVariables",
        "TriggerMessage",
    }
)
OURS_TO_TRIGGER: Final = frozenset(
    {"SignChargePointCertificate", "SignChargingStationCertificate", "SignV2GCertificate"}
)
MOST_RESERVATIONS = 200

Reply = Callable[[bytes], None]


Ask = Callable[[UpstreamAsks, Callable[[MessageResult], None]], None]
"""Asks the app; without an answer, nobody calls back."""


class Wishes:
    """Takes the calls of one backend."""

    def __init__(
        self,
        upstream: Upstream,
        charger: Charged,
        told: ToldTransactions,
        ask: Ask,
        alarms: Alarms,
        settings: UpstreamSettings,
        schemas: Schemas | None,
    ) -> None:
        self._upstream = upstream
        self._charger = charger
        self._told = told
        self._ask = ask
        self._alarms = alarms
        self._settings = settings
        self._schemas = schemas
        self._kept_keys = frozenset(key.lower() for key in upstream.kept_keys)
        self._reserved: dict[int, None] = {}
        self._under_way = 0
        self._count = 0

    def hear(self, call: Call, reply: Reply) -> bytes | None:
        """The answer to a call, or None when it comes later."""
        if self._schemas is None:
            return self._hear_201(call, reply)
        if call.action not in REFUSALS:
            return frames.write_error(call.id, ErrorCode.NOT_IMPLEMENTED, "no such action")
        try:
            payload = self._schemas.check(call.action, call.payload)
        except CallRefused as refused:
            return frames.write_error(call.id, refused.code, refused.description)
        if call.action in READS:
            if payload.get("requestedMessage") in OURS_TO_TRIGGER:
                return _refusal(call)
            return self._relay(call, payload, reply)
        if self._upstream.mode != "shared" or call.action in NEVER:
            return _refusal(call)
        return self._shared(call, payload, reply)

    def _hear_201(self, call: Call, reply: Reply) -> bytes | None:
        """Beside OCPP 2.0.1 a backend only looks on."""
        ours = call.payload.get("requestedMessage") in OURS_TO_TRIGGER
        if call.action in READS_OF_201 and not ours:
            return self._relay(call, call.payload, reply)
        return frames.write_error(call.id, ErrorCode.NOT_SUPPORTED, "this backend only looks on")

    def _shared(self, call: Call, payload: Payload, reply: Reply) -> bytes | None:
        match call.action:
            case "RemoteStopTransaction":
                told = self._told.of_backend(payload["transactionId"])
                if told is None:
                    return _refusal(call)
                return self._relay(call, {"transactionId": told.transaction_id}, reply)
            case "ChangeConfiguration" if self._is_kept(payload["key"]):
                return _refusal(call)
            case "CancelReservation" if payload["reservationId"] not in self._reserved:
                return _refusal(call)
            case "SetChargingProfile":
                profile = self._with_our_number(payload["csChargingProfiles"])
                if profile is None:
                    return _refusal(call)
                payload = {**payload, "csChargingProfiles": profile}
            case "RemoteStartTransaction" if "chargingProfile" in payload:
                if "transactionId" in payload["chargingProfile"]:
                    return _refusal(call)
        if call.action in HARMLESS:
            return self._relay(call, payload, reply)
        return self._relay_if_free(call, payload, reply)

    def _is_kept(self, key: str) -> bool:
        return key.strip().lower() in self._kept_keys or names_a_secret(key)

    def _with_our_number(self, profile: Payload) -> Payload | None:
        """A profile for a transaction: for one of the backend's own, or for none at all."""
        if "transactionId" not in profile:
            return profile
        told = self._told.of_backend(profile["transactionId"])
        return None if told is None else {**profile, "transactionId": told.transaction_id}

    # --- to the charge point -----------------------------------------------------------------

    def _relay_if_free(self, call: Call, payload: Payload, reply: Reply) -> bytes | None:
        """Ask the app first. Without its word in time the answer is no."""
        if self._under_way >= self._settings.max_wishes:
            return _busy(call)
        self._under_way += 1
        self._count += 1
        is_open = True

        def close() -> bool:
            nonlocal is_open
            was_open, is_open = is_open, False
            self._under_way -= was_open
            return was_open

        def answered(result: MessageResult) -> None:
            if not close():
                return
            alarm.cancel()
            at_once = self._relay(call, payload, reply) if result.accepted else _refusal(call)
            if at_once is not None:
                reply(at_once)

        def too_late() -> None:
            if close():
                reply(_refusal(call))

        alarm = self._alarms.after(self._settings.relay_timeout_s, too_late)
        asked = UpstreamAsks(
            call.action,
            connector=payload.get("connectorId", 0),
            reservation_id=payload.get("reservationId"),
            id_tag=payload["idTag"] if call.action == "RemoteStartTransaction" else "",
            number=self._count,
        )
        self._ask(asked, answered)
        return None

    def _relay(self, call: Call, payload: Payload, reply: Reply) -> bytes | None:
        if self._under_way >= self._settings.max_wishes:
            return _busy(call)
        self._under_way += 1
        is_open = True

        def answered(answer: Answer) -> None:
            nonlocal is_open
            if not is_open:
                return  # a second answer, after a first that was too late
            is_open = False
            self._under_way -= 1
            reply(self._answer(call, payload, answer))

        before = self._alarms.now() + self._settings.relay_timeout_s
        self._charger.call(OutgoingCall(call.action, payload, answered, not_after=before))
        return None

    def _answer(self, call: Call, payload: Payload, answer: Answer) -> bytes:
        if type(answer) is CallResult:
            if call.action == "ReserveNow" and answer.payload.get("status") == "Accepted":
                if len(self._reserved) >= MOST_RESERVATIONS:
                    del self._reserved[next(iter(self._reserved))]
                self._reserved[payload["reservationId"]] = None
            return frames.write_result(call.id, _without_secrets(answer.payload))
        if type(answer) is CallError:
            return frames.write_error(call.id, answer.code[:50], answer.description)
        return frames.write_error(call.id, ErrorCode.GENERIC_ERROR, "the charge point is silent")


def _refusal(call: Call) -> bytes:
    payload = REFUSALS.get(call.action)
    if payload is None:
        return frames.write_error(call.id, ErrorCode.NOT_SUPPORTED, "not by this backend")
    return frames.write_result(call.id, payload)


def _busy(call: Call) -> bytes:
    return frames.write_error(call.id, ErrorCode.GENERIC_ERROR, "busy; one call at a time")


def _without_secrets(payload: Payload) -> Payload:
    """GetConfiguration, GetVariables: a charge point may show its passwords."""
    keys = payload.get("configurationKey")
    if isinstance(keys, list):
        payload = {**payload, "configurationKey": [_hidden(each, "key", "value") for each in keys]}
    results = payload.get("getVariableResult")
    if isinstance(results, list):
        found = [_hidden_variable(each) for each in results]
        payload = {**payload, "getVariableResult": found}
    return payload


def _hidden(entry: object, name: str, value: str) -> object:
    if isinstance(entry, dict) and names_a_secret(str(entry.get(name, ""))):
        return {key: each for key, each in entry.items() if key != value}
    return entry


def _hidden_variable(entry: object) -> object:
    variable = entry.get("variable") if isinstance(entry, dict) else None
    name = variable.get("name", "") if isinstance(variable, dict) else ""
    if isinstance(entry, dict) and names_a_secret(str(name)):
        return {key: each for key, each in entry.items() if key != "attributeValue"}
    return entry
