"""Commands as OCPP calls, and what their answers mean; every call is right to the letter."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from jsonschema_rs import Draft4Validator

from app import operations as op
from app.charging.errors import BadInput
from app.edge_messages import Command, Setting
from app.ocpp_edge.v16.protocol import RECEIVERS
from app.ocpp_edge.validation import schema_folder
from tests.ocpp_edge.v16.harness import dialect

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def command(operation: op.ChargerOperation, attempt: int = 1) -> Command:
    return Command("id", "tenant", "cp", operation, attempt)


def valid(name: str, payload: object) -> bool:
    schema = json.loads((schema_folder("v16") / f"{name}.json").read_text("utf-8-sig"))
    return Draft4Validator(schema).is_valid(payload)


PROFILE = op.ChargingProfile(
    id=3,
    stack_level=1,
    purpose="TxDefaultProfile",
    kind="Recurring",
    recurrency="Daily",
    valid_from=NOON,
    schedule=op.ChargingSchedule(
        "A",
        (op.SchedulePeriod(0, Decimal("16.57"), 3), op.SchedulePeriod(3600, Decimal(0))),
        duration_s=86_400,
        starts_at=NOON,
        min_charging_rate=Decimal(6),
    ),
)
SAID_PROFILE = {
    "chargingProfileId": 3,
    "stackLevel": 1,
    "chargingProfilePurpose": "TxDefaultProfile",
    "chargingProfileKind": "Recurring",
    "recurrencyKind": "Daily",
    "validFrom": "2026-06-01T12:00:00.000Z",
    "chargingSchedule": {
        "chargingRateUnit": "A",
        "duration": 86_400,
        "startSchedule": "2026-06-01T12:00:00.000Z",
        "minChargingRate": 6.0,
        "chargingSchedulePeriod": [
            {"startPeriod": 0, "limit": 16.5, "numberPhases": 3},
            {"startPeriod": 3600, "limit": 0.0},
        ],
    },
}
HASH = op.CertificateHash("SHA256", "aa", "bb", "01")
URL = "https://example.org/f"
SAID: list[tuple[op.ChargerOperation, str, object]] = [
    (op.Start(2, "tag"), "RemoteStartTransaction", {"idTag": "tag", "connectorId": 2}),
    (op.Start(0, "tag"), "RemoteStartTransaction", {"idTag": "tag"}),
    (op.Stop(7), "RemoteStopTransaction", {"transactionId": 7}),
    (op.Unlock(1), "UnlockConnector", {"connectorId": 1}),
    (op.Reset(), "Reset", {"type": "Soft"}),
    (op.Reset("Hard"), "Reset", {"type": "Hard"}),
    (
        op.ChangeAvailability("Inoperative"),
        "ChangeAvailability",
        {"connectorId": 0, "type": "Inoperative"},
    ),
    (op.ChangeConfiguration("k", "v"), "ChangeConfiguration", {"key": "k", "value": "v"}),
    (op.GetConfiguration(), "GetConfiguration", {}),
    (op.GetConfiguration(("a", "b")), "GetConfiguration", {"key": ["a", "b"]}),
    (op.ClearCache(), "ClearCache", {}),
    (
        op.Trigger("MeterValues", 1),
        "TriggerMessage",
        {"requestedMessage": "MeterValues", "connectorId": 1},
    ),
    (
        op.Trigger("SignChargePointCertificate"),
        "ExtendedTriggerMessage",
        {"requestedMessage": "SignChargePointCertificate"},
    ),
    (op.TransferData("v", data="d"), "DataTransfer", {"vendorId": "v", "data": "d"}),
    (
        op.SendLocalList(
            5,
            "Differential",
            (
                op.LocalListEntry("a", expires_at=NOON, parent_id_tag="p"),
                op.LocalListEntry("b", None),
            ),
        ),
        "SendLocalList",
        {
            "listVersion": 5,
            "updateType": "Differential",
            "localAuthorizationList": [
                {
                    "idTag": "a",
                    "idTagInfo": {
                        "status": "Accepted",
                        "expiryDate": "2026-06-01T12:00:00.000Z",
                        "parentIdTag": "p",
                    },
                },
                {"idTag": "b"},
            ],
        },
    ),
    (op.SendLocalList(6, "Full"), "SendLocalList", {"listVersion": 6, "updateType": "Full"}),
    (op.GetLocalListVersion(), "GetLocalListVersion", {}),
    (
        op.Reserve(9, 1, "tag", NOON),
        "ReserveNow",
        {
            "connectorId": 1,
            "expiryDate": "2026-06-01T12:00:00.000Z",
            "idTag": "tag",
            "reservationId": 9,
        },
    ),
    (op.CancelReservation(9), "CancelReservation", {"reservationId": 9}),
    (
        op.SetChargingProfile(1, PROFILE),
        "SetChargingProfile",
        {"connectorId": 1, "csChargingProfiles": SAID_PROFILE},
    ),
    (op.ClearChargingProfile(), "ClearChargingProfile", {}),
    (
        op.ClearChargingProfile(3, 0, "TxProfile", 2),
        "ClearChargingProfile",
        {"id": 3, "connectorId": 0, "chargingProfilePurpose": "TxProfile", "stackLevel": 2},
    ),
    (
        op.GetCompositeSchedule(1, 600, "W"),
        "GetCompositeSchedule",
        {"connectorId": 1, "duration": 600, "chargingRateUnit": "W"},
    ),
    (
        op.GetDiagnostics(URL, NOON, retries=2),
        "GetDiagnostics",
        {"location": URL, "startTime": "2026-06-01T12:00:00.000Z", "retries": 2},
    ),
    (
        op.GetLog("SecurityLog", 4, URL, until=NOON),
        "GetLog",
        {
            "logType": "SecurityLog",
            "requestId": 4,
            "log": {"remoteLocation": URL, "latestTimestamp": "2026-06-01T12:00:00.000Z"},
        },
    ),
    (
        op.UpdateFirmware(URL, NOON, retry_interval_s=60),
        "UpdateFirmware",
        {"location": URL, "retrieveDate": "2026-06-01T12:00:00.000Z", "retryInterval": 60},
    ),
    (
        op.UpdateFirmware(URL, NOON, 8, NOON, "CERT", "SIGNATURE"),
        "SignedUpdateFirmware",
        {
            "requestId": 8,
            "firmware": {
                "location": URL,
                "retrieveDateTime": "2026-06-01T12:00:00.000Z",
                "installDateTime": "2026-06-01T12:00:00.000Z",
                "signingCertificate": "CERT",
                "signature": "SIGNATURE",
            },
        },
    ),
    (op.SendSignedCertificate("PEM"), "CertificateSigned", {"certificateChain": "PEM"}),
    (
        op.InstallCertificate("ManufacturerRootCertificate", "PEM"),
        "InstallCertificate",
        {"certificateType": "ManufacturerRootCertificate", "certificate": "PEM"},
    ),
    (
        op.DeleteCertificate(HASH),
        "DeleteCertificate",
        {
            "certificateHashData": {
                "hashAlgorithm": "SHA256",
                "issuerNameHash": "aa",
                "issuerKeyHash": "bb",
                "serialNumber": "01",
            }
        },
    ),
    (
        op.GetInstalledCertificates("CentralSystemRootCertificate"),
        "GetInstalledCertificateIds",
        {"certificateType": "CentralSystemRootCertificate"},
    ),
]


@pytest.mark.parametrize(("given", "action", "payload"), SAID)
def test_an_operation_is_said_in_ocpp(
    given: op.ChargerOperation, action: str, payload: object
) -> None:
    request = dialect.request(command(given))
    assert (request.action, request.payload) == (action, payload)
    assert valid(action, request.payload)


def test_every_call_of_a_central_system_can_be_made() -> None:
    known = {
        path.stem for path in schema_folder("v16").glob("*.json") if "Response" not in path.stem
    }
    assert {action for _, action, _ in SAID} == known - set(RECEIVERS) | {"DataTransfer"}
    assert len(known) == 39


@pytest.mark.parametrize(
    "given",
    [
        op.Start(1, "x" * 21),
        op.Reset("Gentle"),  # type: ignore[arg-type]  # as it would come from elsewhere
        op.ChangeConfiguration("x" * 51, ""),
        op.GetTransactionStatus(),
        op.GetChargingProfiles(1),
        op.InstallCertificate("V2GRootCertificate", "PEM"),
        op.GetInstalledCertificates("MORootCertificate"),
    ],
)
def test_what_ocpp_16_cannot_say_is_refused(given: op.ChargerOperation) -> None:
    with pytest.raises(BadInput):
        dialect.request(command(given))


@pytest.mark.parametrize(
    ("told", "status", "outcome"),
    [
        (op.Start(1, "t"), "Accepted", "accepted"),
        (op.Start(1, "t"), "accepted ", "accepted"),
        (op.Start(1, "t"), "Rejected", "rejected"),
        (op.Start(1, "t"), "Perhaps", "unknown"),
        (op.Start(1, "t"), None, "unknown"),
        (op.Stop(1), "Accepted", "accepted"),
        (op.Unlock(1), "Unlocked", "accepted"),
        (op.Unlock(1), "UnlockFailed", "rejected"),
        (op.Unlock(1), "NotSupported", "rejected"),
        (op.Reset(), "Accepted", "accepted"),
        (op.ChangeAvailability("Operative"), "Scheduled", "accepted"),
        (op.ChangeConfiguration("k", "v"), "RebootRequired", "accepted"),
        (op.ChangeConfiguration("k", "v"), "NotSupported", "rejected"),
        (op.ClearCache(), "Rejected", "rejected"),
        (op.Trigger("Heartbeat"), "NotImplemented", "rejected"),
        (op.TransferData("v"), "UnknownVendorId", "rejected"),
        (op.SendLocalList(1, "Full"), "VersionMismatch", "rejected"),
        (op.Reserve(1, 1, "t", NOON), "Occupied", "rejected"),
        (op.CancelReservation(1), "Rejected", "rejected"),
        (op.SetChargingProfile(1, PROFILE), "NotSupported", "rejected"),
        (op.ClearChargingProfile(), "Unknown", "rejected"),
        (op.GetLog("SecurityLog", 1, URL), "AcceptedCanceled", "accepted"),
        (op.UpdateFirmware(URL, NOON, 1, None, "c", "s"), "InvalidCertificate", "rejected"),
        (op.SendSignedCertificate("c"), "Rejected", "rejected"),
        (op.InstallCertificate("ManufacturerRootCertificate", "c"), "Failed", "rejected"),
        (op.DeleteCertificate(HASH), "NotFound", "rejected"),
        (op.GetInstalledCertificates("ManufacturerRootCertificate"), "NotFound", "accepted"),
    ],
)
def test_answers_have_a_meaning(
    told: op.ChargerOperation, status: str | None, outcome: str
) -> None:
    assert dialect.outcome(command(told), {"status": status}).outcome == outcome


def test_what_was_asked_for_comes_back() -> None:
    def result(told: op.ChargerOperation, payload: Any) -> object:
        return dialect.outcome(command(told), payload).result

    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": []}
    answer = {"status": "Accepted", "connectorId": 1, "chargingSchedule": schedule}
    kept = {"connectorId": 1, "chargingSchedule": schedule}
    assert result(op.GetCompositeSchedule(1, 60), answer) == kept
    assert result(op.GetLocalListVersion(), {"listVersion": 7}) == {"listVersion": 7}
    assert dialect.outcome(command(op.GetLocalListVersion()), {"listVersion": -1}).detail
    assert result(op.GetDiagnostics(URL), {"fileName": "f"}) == {"fileName": "f"}
    assert dialect.outcome(command(op.GetDiagnostics(URL)), {}).outcome == "accepted"
    assert dialect.outcome(command(op.UpdateFirmware(URL, NOON)), {}).outcome == "accepted"


def test_configuration_is_read_whatever_its_shape() -> None:
    answer = {
        "configurationKey": [
            {"key": "a", "readonly": True, "value": "1"},
            {"key": "b", "readonly": False},
            {"key": None},
            "nonsense",
        ],
        "unknownKey": ["c"],
    }
    outcome = dialect.outcome(command(op.GetConfiguration()), answer)
    assert outcome.result == {"a": "1", "b": ""}
    assert outcome.detail == "unknown: c"
    assert outcome.read_only == ("a",)
    assert dialect.outcome(command(op.GetConfiguration()), {"configurationKey": 5}).result == {}


def test_a_vendors_answer_is_handed_on() -> None:
    outcome = dialect.outcome(command(op.TransferData("v")), {"status": "Accepted", "data": "d"})
    assert outcome.result == {"data": "d"}


def test_a_setting_and_its_answer() -> None:
    assert valid("ChangeConfiguration", dialect.set(Setting("k", "v")).payload)
    assert dialect.was_set({"status": "RebootRequired"}) == "RebootRequired"
    assert dialect.was_set({}) == "failed"
