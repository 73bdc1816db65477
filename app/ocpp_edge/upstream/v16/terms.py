"""What a backend may have done in OCPP 1.6."""

from typing import ClassVar, Final

from app.ocpp_edge.frames import Payload
from app.ocpp_edge.upstream.ports import remember
from app.ocpp_edge.upstream.terms import REJECTED, Terms, Touches, hidden, own_id

OURS_TO_TRIGGER: Final = "SignChargePointCertificate"


class TermsOf16(Terms):
    """See `app.ocpp_edge.upstream.terms`."""

    refusals: ClassVar = {
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
    reads: ClassVar = frozenset(
        {
            "ExtendedTriggerMessage",
            "GetCompositeSchedule",
            "GetConfiguration",
            "GetLocalListVersion",
            "TriggerMessage",
        }
    )
    never: ClassVar = frozenset(
        {
            "CertificateSigned",
            "DeleteCertificate",
            "GetInstalledCertificateIds",
            "InstallCertificate",
        }
    )
    harmless: ClassVar = frozenset(
        {
            "ChangeConfiguration",
            "ClearChargingProfile",
            "GetDiagnostics",
            "GetLog",
            "RemoteStopTransaction",
        }
    )

    def read(self, action: str, payload: Payload) -> Payload | None:
        """Our certificate is not its to trigger."""
        return None if payload.get("requestedMessage") == OURS_TO_TRIGGER else payload

    def granted(self, action: str, payload: Payload) -> Payload | None:
        """With our numbers for its transactions, and ids that are none of ours."""
        match action:
            case "RemoteStopTransaction":
                told = self._told.of_backend(payload["transactionId"])
                return None if told is None else {"transactionId": told.transaction_id}
            case "ChangeConfiguration":
                return None if self._is_kept(payload["key"]) else payload
            case "CancelReservation":
                return payload if payload["reservationId"] in self._wanted.reserved else None
            case "SetChargingProfile":
                return self._limit(payload)
            case "ClearChargingProfile":
                return {"id": own_id(payload["id"])} if "id" in payload else None
            case "RemoteStartTransaction" if "chargingProfile" in payload:
                profile = payload["chargingProfile"]
                if not _is_of_one_charge(profile) or "transactionId" in profile:
                    return None
                return {**payload, "chargingProfile": _with_its_own_id(profile)}
        return payload

    def touches(self, action: str, payload: Payload) -> Touches:
        """Its connector, or all of them."""
        return Touches(
            payload.get("connectorId", 0),
            payload.get("reservationId"),
            payload["idTag"] if action == "RemoteStartTransaction" else "",
        )

    def answered(self, action: str, wish: Payload, answer: Payload) -> Payload:
        """GetConfiguration: a charge point may show its passwords."""
        if action == "ReserveNow" and answer.get("status") == "Accepted":
            remember(self._wanted.reserved, wish["reservationId"], None)
        keys = answer.get("configurationKey")
        if isinstance(keys, list):
            return {**answer, "configurationKey": [hidden(each, "key", "value") for each in keys]}
        return answer

    def _limit(self, payload: Payload) -> Payload | None:
        """For one of its own transactions alone: it ends with that (OCPP 1.6 §3.13.1)."""
        profile = payload["csChargingProfiles"]
        told = self._told.of_backend(profile.get("transactionId"))
        if told is None or not _is_of_one_charge(profile):
            return None
        if payload["connectorId"] != told.connector:
            return None
        ours = {**_with_its_own_id(profile), "transactionId": told.transaction_id}
        return {**payload, "csChargingProfiles": ours}


def _is_of_one_charge(profile: Payload) -> bool:
    return profile.get("chargingProfilePurpose") == "TxProfile"


def _with_its_own_id(profile: Payload) -> Payload:
    return {**profile, "chargingProfileId": own_id(profile["chargingProfileId"])}
