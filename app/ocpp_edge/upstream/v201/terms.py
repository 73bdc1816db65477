"""What a backend may have done in OCPP 2.0.1, and 2.1 as its superset."""

from typing import ClassVar, Final

from app.ocpp_edge.errors import ErrorCode
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.upstream.ports import remember
from app.ocpp_edge.upstream.terms import OF_ITS_OWN, REJECTED, Terms, Touches, own_id
from app.ocpp_edge.upstream.v201.payloads import part
from app.ocpp_edge.v201 import tokens, variables
from app.ocpp_edge.v201.protocol import RESPELT
from app.operations import names_a_secret

OURS_TO_TRIGGER: Final = frozenset(
    {"SignChargingStationCertificate", "SignCombinedCertificate", "SignV2GCertificate"}
)
OUR_COMPONENTS: Final = frozenset({"authctrlr", "ocppcommctrlr", "securityctrlr", "txctrlr"})
"""By these the charge point finds us, and we it; they say who may charge, and when a charge begins
and ends."""
LAST_WORD: Final = "masterpassgroupid"
"""Cards of this group end any charge (OCPP 2.0.1 C16), also one that is paid for here."""
REPORTS: Final = frozenset({"GetBaseReport", "GetChargingProfiles", "GetReport"})
"""Answered in messages of their own, which name the request."""


class TermsOf201(Terms):
    """See `app.ocpp_edge.upstream.terms`."""

    suffix: ClassVar = "Request"
    refusals: ClassVar = {
        "CancelReservation": REJECTED,
        "CertificateSigned": REJECTED,
        "ChangeAvailability": REJECTED,
        "ClearCache": REJECTED,
        "ClearChargingProfile": {"status": "Unknown"},
        "ClearDisplayMessage": {"status": "Unknown"},
        "ClearVariableMonitoring": None,
        "CostUpdated": None,
        "CustomerInformation": REJECTED,
        "DataTransfer": REJECTED,
        "DeleteCertificate": {"status": "Failed"},
        "GetBaseReport": REJECTED,
        "GetChargingProfiles": {"status": "NoProfiles"},
        "GetCompositeSchedule": REJECTED,
        "GetDisplayMessages": {"status": "Unknown"},
        "GetInstalledCertificateIds": {"status": "NotFound"},
        "GetLocalListVersion": None,
        "GetLog": REJECTED,
        "GetMonitoringReport": REJECTED,
        "GetReport": REJECTED,
        "GetTransactionStatus": None,
        "GetVariables": None,
        "InstallCertificate": REJECTED,
        "PublishFirmware": REJECTED,
        "RequestStartTransaction": REJECTED,
        "RequestStopTransaction": REJECTED,
        "ReserveNow": REJECTED,
        "Reset": REJECTED,
        "SendLocalList": {"status": "Failed"},
        "SetChargingProfile": REJECTED,
        "SetDisplayMessage": REJECTED,
        "SetMonitoringBase": REJECTED,
        "SetMonitoringLevel": REJECTED,
        "SetNetworkProfile": REJECTED,
        "SetVariableMonitoring": None,
        "SetVariables": None,
        "TriggerMessage": REJECTED,
        "UnlockConnector": {"status": "UnlockFailed"},
        "UnpublishFirmware": {"status": "NoFirmware"},
        "UpdateFirmware": REJECTED,
    }
    reads: ClassVar = frozenset(
        {
            *REPORTS,
            "GetCompositeSchedule",
            "GetLocalListVersion",
            "GetTransactionStatus",
            "GetVariables",
            "TriggerMessage",
        }
    )
    never: ClassVar = frozenset(
        {
            "CertificateSigned",
            "ClearDisplayMessage",
            "ClearVariableMonitoring",
            "CustomerInformation",
            "DeleteCertificate",
            "GetDisplayMessages",
            "GetInstalledCertificateIds",
            "GetMonitoringReport",
            "InstallCertificate",
            "PublishFirmware",
            "SetDisplayMessage",
            "SetMonitoringBase",
            "SetMonitoringLevel",
            "SetNetworkProfile",
            "SetVariableMonitoring",
            "UnpublishFirmware",
        }
    )
    """What would take the charge point away, be shown to who pays here, or tell of them."""
    harmless: ClassVar = frozenset(
        {
            "ClearChargingProfile",
            "CostUpdated",
            "GetLog",
            "RequestStopTransaction",
            "SetVariables",
        }
    )

    def read(self, action: str, payload: Payload) -> Payload | None:
        """A report is asked for under a number that is none of ours."""
        if payload.get("requestedMessage") in OURS_TO_TRIGGER:
            return None
        if action not in REPORTS:
            return payload
        number = own_id(payload["requestId"])
        remember(self._wanted.reports, number, payload["requestId"])
        return {**payload, "requestId": number}

    def granted(self, action: str, payload: Payload) -> Payload | None:
        """For its own transactions, under ids that are none of ours."""
        match action:
            case "RequestStopTransaction" | "CostUpdated":
                return None if self._told.named(payload["transactionId"]) is None else payload
            case "SetVariables":
                allowed = [each for each in payload["setVariableData"] if self._may_set(each)]
                return {**payload, "setVariableData": allowed} if allowed else None
            case "CancelReservation":
                return payload if payload["reservationId"] in self._wanted.reserved else None
            case "SetChargingProfile":
                return self._limit(payload)
            case "ClearChargingProfile":
                if "chargingProfileId" not in payload:
                    return None
                return {"chargingProfileId": own_id(payload["chargingProfileId"])}
            case "RequestStartTransaction" if "chargingProfile" in payload:
                profile = payload["chargingProfile"]
                if not _is_of_one_charge(profile) or "transactionId" in profile:
                    return None
                return {**payload, "chargingProfile": _with_its_own_id(profile)}
        return payload

    def touches(self, action: str, payload: Payload) -> Touches:
        """Its EVSE, or all of them."""
        evse = payload.get("evseId") or part(payload, "evse").get("id", 0)
        id_tag = ""
        if action == "RequestStartTransaction":
            id_tag = tokens.value_of(payload["idToken"])
        return Touches(evse, payload.get("id") if action == "ReserveNow" else None, id_tag)

    def answered(self, action: str, wish: Payload, answer: Payload) -> Payload:
        """Variables that it may not set are Rejected among the others; passwords are not shown."""
        is_accepted = answer.get("status") == "Accepted"
        match action:
            case "ReserveNow" if is_accepted:
                remember(self._wanted.reserved, wish["id"], None)
            case "RequestStartTransaction" if is_accepted:
                remember(self._wanted.starts, wish["remoteStartId"], wish["idToken"])
                remember(self._wanted.cards, tokens.value_of(wish["idToken"]), None)
            case "SetVariables":
                refused = [e for e in wish["setVariableData"] if not self._may_set(e)]
                told = answer.get("setVariableResult")
                results = told if isinstance(told, list) else []
                return {**answer, "setVariableResult": [*results, *map(_refused, refused)]}
            case "GetVariables" if isinstance(answer.get("getVariableResult"), list):
                found = [_hidden(each, "attributeValue") for each in answer["getVariableResult"]]
                return {**answer, "getVariableResult": found}
        return answer

    def refusal(self, action: str, payload: Payload) -> Payload | None:
        """SetVariables: one word for each."""
        if action == "SetVariables":
            return {"setVariableResult": [_refused(e) for e in payload["setVariableData"]]}
        return super().refusal(action, payload)

    def error_word(self, code: ErrorCode) -> str:
        """Two of them have another spelling than in 1.6."""
        return RESPELT.get(code, code)

    def _may_set(self, entry: Payload) -> bool:
        component, variable = part(entry, "component"), part(entry, "variable")
        if str(component.get("name", "")).strip().lower() in OUR_COMPONENTS:
            return False
        if _is_secret(variable) or self._is_kept(variables.written(entry)):
            return False
        plain = {**component}
        plain.pop("evse", None)
        return not self._is_kept(variables.written({"component": plain, "variable": variable}))

    def _limit(self, payload: Payload) -> Payload | None:
        """For one of its own transactions alone: it ends with that (OCPP 2.0.1 K01)."""
        profile = payload["chargingProfile"]
        told = self._told.named(profile.get("transactionId"))
        if told is None or not _is_of_one_charge(profile) or payload["evseId"] != told.connector:
            return None
        return {**payload, "chargingProfile": _with_its_own_id(profile)}


def report_for(action: str, payload: Payload, own_number: int) -> Payload:
    """A part of a report as the backend is told it: under its own numbers, without passwords."""
    shown = {**payload, "requestId": own_number}
    data, profiles = payload.get("reportData"), payload.get("chargingProfile")
    if isinstance(data, list):
        shown["reportData"] = [_hidden(each, "variableAttribute") for each in data]
    if isinstance(profiles, list):
        shown["chargingProfile"] = [_with_the_backends_id(each) for each in profiles]
    return shown


def _is_of_one_charge(profile: Payload) -> bool:
    return profile.get("chargingProfilePurpose") == "TxProfile"


def _with_its_own_id(profile: Payload) -> Payload:
    return {**profile, "id": own_id(profile["id"])}


def _with_the_backends_id(profile: object) -> object:
    number = profile.get("id") if isinstance(profile, dict) else None
    if isinstance(profile, dict) and type(number) is int and number >= OF_ITS_OWN:
        return {**profile, "id": number - OF_ITS_OWN}
    return profile


def _refused(entry: Payload) -> Payload:
    names = ("component", "variable", "attributeType")
    refused: Payload = {name: entry[name] for name in names if name in entry}
    refused["attributeStatus"] = "Rejected"
    return refused


def _is_secret(variable: Payload) -> bool:
    name = str(variable.get("name", ""))
    return names_a_secret(name) or name.strip().lower() == LAST_WORD


def _hidden(entry: object, value: str) -> object:
    if isinstance(entry, dict) and _is_secret(part(entry, "variable")):
        if value == "variableAttribute":  # a report wants one
            return {**entry, value: [{"mutability": "WriteOnly"}]}
        return {key: each for key, each in entry.items() if key != value}
    return entry
