"""Operations as calls of 2.0.1, and what their answers mean; every call is right to the letter."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, get_args

import pytest

from app import operations as op
from app.charging.errors import BadInput
from app.edge_messages import Command, CommandOutcome, Setting
from app.ocpp_edge.dialect import Outcome
from app.ocpp_edge.v201.memory import request_id
from app.ocpp_edge.v201.protocol import COMMANDS
from app.ocpp_edge.v201.variables import KEYS_OF_16, parsed, written
from tests.ocpp_edge.v201.harness import NAME, NUMBER, VERSIONS, Station, at, is_right

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
WRITTEN = "2026-06-01T12:00:00.000Z"
ID = "owner.1"
RID = request_id(ID)


def command(operation: op.ChargerOperation, attempt: int = 1) -> Command:
    return Command(ID, "tenant", "cp", operation, attempt)


def central(tag: str) -> dict[str, str]:
    return {"idToken": tag, "type": "Central"}


SCHEDULE = op.ChargingSchedule(
    "A", (op.SchedulePeriod(0, Decimal("16.57"), 3), op.SchedulePeriod(3600, Decimal(0))), 86_400
)
PROFILE = op.ChargingProfile(
    id=3,
    stack_level=1,
    purpose="TxProfile",
    kind="Recurring",
    recurrency="Daily",
    valid_from=NOON,
    valid_to=NOON,
    schedule=SCHEDULE,
    transaction_id=NUMBER,
    reference=NAME,
)
SAID_PROFILE = {
    "id": 3,
    "stackLevel": 1,
    "chargingProfilePurpose": "TxProfile",
    "chargingProfileKind": "Recurring",
    "recurrencyKind": "Daily",
    "validFrom": WRITTEN,
    "validTo": WRITTEN,
    "transactionId": NAME,
    "chargingSchedule": [
        {
            "id": 3,
            "chargingRateUnit": "A",
            "duration": 86_400,
            "chargingSchedulePeriod": [
                {"startPeriod": 0, "limit": 16.5, "numberPhases": 3},
                {"startPeriod": 3600, "limit": 0.0},
            ],
        }
    ],
}
HASH = op.CertificateHash("SHA256", "aa", "bb", "01")
SAID_HASH = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "aa",
    "issuerKeyHash": "bb",
    "serialNumber": "01",
}
URL = "https://files.example/x"
OF_PLUG_AND_CHARGE: tuple[op.RootKind, ...] = ("V2GRootCertificate", "MORootCertificate")
NETWORK = op.SetNetworkProfile(1, "wss://csms.example/ocpp", 2, 30, "Wireless0")
SIGNED_FIRMWARE = op.UpdateFirmware(URL, NOON, 7, NOON, "PEM", "c2ln", 3, 60)

SAID: list[tuple[op.ChargerOperation, str, dict[str, Any]]] = [
    (
        op.Start(2, "our-tag"),
        "RequestStartTransaction",
        {
            "idToken": central("our-tag"),
            "remoteStartId": RID,
            "evseId": 2,
        },
    ),
    (
        op.Start(0, "our-tag"),
        "RequestStartTransaction",
        {"idToken": central("our-tag"), "remoteStartId": RID},
    ),
    (op.Stop(NUMBER, NAME), "RequestStopTransaction", {"transactionId": NAME}),
    (op.Unlock(2), "UnlockConnector", {"evseId": 2, "connectorId": 1}),
    (op.Reset("Soft"), "Reset", {"type": "OnIdle"}),
    (op.Reset("Hard"), "Reset", {"type": "Immediate"}),
    (
        op.ChangeAvailability("Inoperative", 2),
        "ChangeAvailability",
        {"operationalStatus": "Inoperative", "evse": {"id": 2}},
    ),
    (op.ChangeAvailability("Operative"), "ChangeAvailability", {"operationalStatus": "Operative"}),
    (op.ClearCache(), "ClearCache", {}),
    (op.Trigger("Heartbeat"), "TriggerMessage", {"requestedMessage": "Heartbeat"}),
    (
        op.Trigger("StatusNotification", 2),
        "TriggerMessage",
        {"requestedMessage": "StatusNotification", "evse": {"id": 2, "connectorId": 1}},
    ),
    (
        op.Trigger("DiagnosticsStatusNotification"),
        "TriggerMessage",
        {"requestedMessage": "LogStatusNotification"},
    ),
    (
        op.Trigger("SignChargePointCertificate"),
        "TriggerMessage",
        {"requestedMessage": "SignChargingStationCertificate"},
    ),
    (
        op.TransferData("v", "m", "d"),
        "DataTransfer",
        {"vendorId": "v", "messageId": "m", "data": "d"},
    ),
    (
        op.ChangeConfiguration("HeartbeatInterval", "300"),
        "SetVariables",
        {
            "setVariableData": [
                {
                    "attributeValue": "300",
                    "component": {"name": "OCPPCommCtrlr"},
                    "variable": {"name": "HeartbeatInterval"},
                }
            ]
        },
    ),
    (
        op.GetConfiguration(("Connector@2/1.Enabled", "TransactionMessageAttempts")),
        "GetVariables",
        {
            "getVariableData": [
                {
                    "component": {"name": "Connector", "evse": {"id": 2, "connectorId": 1}},
                    "variable": {"name": "Enabled"},
                },
                {
                    "component": {"name": "OCPPCommCtrlr"},
                    "variable": {"name": "MessageAttempts", "instance": "TransactionEvent"},
                },
            ]
        },
    ),
    (
        op.GetConfiguration(),
        "GetBaseReport",
        {"requestId": RID, "reportBase": "ConfigurationInventory"},
    ),
    (
        op.SendLocalList(
            4,
            "Differential",
            (
                op.LocalListEntry("0A1B2C3D", "Accepted", NOON, "group"),
                op.LocalListEntry("E004ABCDEF012345", "Blocked"),
                op.LocalListEntry("our-tag", None),
            ),
        ),
        "SendLocalList",
        {
            "versionNumber": 4,
            "updateType": "Differential",
            "localAuthorizationList": [
                {
                    "idToken": {"idToken": "0A1B2C3D", "type": "ISO14443"},
                    "idTokenInfo": {
                        "status": "Accepted",
                        "cacheExpiryDateTime": WRITTEN,
                        "groupIdToken": central("group"),
                    },
                },
                {
                    "idToken": {"idToken": "E004ABCDEF012345", "type": "ISO15693"},
                    "idTokenInfo": {"status": "Blocked"},
                },
                {"idToken": central("our-tag")},
            ],
        },
    ),
    (op.GetLocalListVersion(), "GetLocalListVersion", {}),
    (
        op.Reserve(5, 2, "our-tag", NOON, "group"),
        "ReserveNow",
        {
            "id": 5,
            "expiryDateTime": WRITTEN,
            "idToken": central("our-tag"),
            "evseId": 2,
            "groupIdToken": central("group"),
        },
    ),
    (
        op.Reserve(5, 0, "0A1B2C3D", NOON),
        "ReserveNow",
        {
            "id": 5,
            "expiryDateTime": WRITTEN,
            "idToken": {"idToken": "0A1B2C3D", "type": "ISO14443"},
        },
    ),
    (op.CancelReservation(5), "CancelReservation", {"reservationId": 5}),
    (
        op.SetChargingProfile(1, PROFILE),
        "SetChargingProfile",
        {"evseId": 1, "chargingProfile": SAID_PROFILE},
    ),
    (
        op.ClearChargingProfile(3, 1, "ChargePointMaxProfile", 2),
        "ClearChargingProfile",
        {
            "chargingProfileId": 3,
            "chargingProfileCriteria": {
                "evseId": 1,
                "chargingProfilePurpose": "ChargingStationMaxProfile",
                "stackLevel": 2,
            },
        },
    ),
    (op.ClearChargingProfile(), "ClearChargingProfile", {}),
    (
        op.GetCompositeSchedule(1, 3600, "W"),
        "GetCompositeSchedule",
        {"evseId": 1, "duration": 3600, "chargingRateUnit": "W"},
    ),
    (
        op.GetChargingProfiles(8, 1),
        "GetChargingProfiles",
        {"requestId": 8, "evseId": 1, "chargingProfile": {}},
    ),
    (
        op.GetDiagnostics(URL, NOON),
        "GetLog",
        {
            "logType": "DiagnosticsLog",
            "requestId": request_id(f"{URL} {NOON}"),
            "log": {"remoteLocation": URL, "oldestTimestamp": WRITTEN},
        },
    ),
    (
        op.GetLog("SecurityLog", 7, URL, NOON, NOON, 3, 60),
        "GetLog",
        {
            "logType": "SecurityLog",
            "requestId": 7,
            "log": {
                "remoteLocation": URL,
                "oldestTimestamp": WRITTEN,
                "latestTimestamp": WRITTEN,
            },
            "retries": 3,
            "retryInterval": 60,
        },
    ),
    (
        SIGNED_FIRMWARE,
        "UpdateFirmware",
        {
            "requestId": 7,
            "firmware": {
                "location": URL,
                "retrieveDateTime": WRITTEN,
                "installDateTime": WRITTEN,
                "signingCertificate": "PEM",
                "signature": "c2ln",
            },
            "retries": 3,
            "retryInterval": 60,
        },
    ),
    (
        op.UpdateFirmware(URL, NOON),
        "UpdateFirmware",
        {"requestId": 0, "firmware": {"location": URL, "retrieveDateTime": WRITTEN}},
    ),
    (
        op.SendSignedCertificate("PEM"),
        "CertificateSigned",
        {"certificateChain": "PEM", "certificateType": "ChargingStationCertificate"},
    ),
    (
        op.InstallCertificate("CentralSystemRootCertificate", "PEM"),
        "InstallCertificate",
        {"certificateType": "CSMSRootCertificate", "certificate": "PEM"},
    ),
    *(
        (
            op.InstallCertificate(kind, "PEM"),
            "InstallCertificate",
            {"certificateType": kind, "certificate": "PEM"},
        )
        for kind in OF_PLUG_AND_CHARGE
    ),
    *(
        (
            op.GetInstalledCertificates(kind),
            "GetInstalledCertificateIds",
            {"certificateType": [kind]},
        )
        for kind in OF_PLUG_AND_CHARGE
    ),
    (op.DeleteCertificate(HASH), "DeleteCertificate", {"certificateHashData": SAID_HASH}),
    (
        op.GetInstalledCertificates("ManufacturerRootCertificate"),
        "GetInstalledCertificateIds",
        {"certificateType": ["ManufacturerRootCertificate"]},
    ),
    (
        NETWORK,
        "SetNetworkProfile",
        {
            "configurationSlot": 1,
            "connectionData": {
                "ocppVersion": "OCPP20",
                "ocppTransport": "JSON",
                "ocppCsmsUrl": "wss://csms.example/ocpp",
                "messageTimeout": 30,
                "securityProfile": 2,
                "ocppInterface": "Wireless0",
            },
        },
    ),
    (
        op.SetPassword("a-new-password"),
        "SetVariables",
        {
            "setVariableData": [
                {
                    "attributeValue": "a-new-password",
                    "component": {"name": "SecurityCtrlr"},
                    "variable": {"name": "BasicAuthPassword"},
                }
            ]
        },
    ),
    (op.GetTransactionStatus(NAME), "GetTransactionStatus", {"transactionId": NAME}),
    (op.GetTransactionStatus(), "GetTransactionStatus", {}),
]


@pytest.mark.parametrize(("operation", "action", "payload"), SAID)
def test_each_operation_is_said(
    operation: op.ChargerOperation, action: str, payload: dict[str, Any]
) -> None:
    for version in VERSIONS:
        request = Station(version).dialect.request(command(operation))
        assert (request.action, request.payload) == (action, payload)
        folder = "v201" if version == "ocpp2.0.1" else "v21"
        assert is_right(f"{action}Request", request.payload, folder)


def test_every_operation_can_be_said() -> None:
    assert set(COMMANDS) == set(get_args(op.ChargerOperation))
    assert {type(operation) for operation, _, _ in SAID} == set(COMMANDS)


def test_what_is_too_long_for_the_standard_is_refused() -> None:
    with pytest.raises(BadInput):
        Station().dialect.request(command(op.GetTransactionStatus("x" * 37)))


# --- a stop without a name ------------------------------------------------------------------


def test_a_stop_finds_the_name_that_was_heard() -> None:
    station = Station()
    station.event("Updated", wh=1)
    for said in (
        station.dialect.stop(op.Stop(NUMBER)),
        station.dialect.request(command(op.Stop(NUMBER))),
    ):
        assert said.payload == {"transactionId": NAME}
    unknown = Station().dialect.stop(op.Stop(NUMBER)).payload
    assert unknown["transactionId"] != NAME
    assert is_right("RequestStopTransactionRequest", unknown)


# --- answers --------------------------------------------------------------------------------

ANSWERED: list[tuple[op.ChargerOperation, dict[str, Any], Outcome]] = [
    (op.Start(1, "t"), {"status": "Accepted"}, Outcome("accepted", "Accepted")),
    (op.Start(1, "t"), {"status": "Rejected"}, Outcome("rejected", "Rejected")),
    (op.Start(1, "t"), {"status": "Perhaps"}, Outcome("unknown", "Perhaps")),
    (op.Start(1, "t"), {}, Outcome("unknown", "no status")),
    (op.Stop(1, "x"), {"status": "Accepted"}, Outcome("accepted", "Accepted")),
    (op.Unlock(1), {"status": "Unlocked"}, Outcome("accepted", "Unlocked")),
    (
        op.Unlock(1),
        {"status": "OngoingAuthorizedTransaction"},
        Outcome("rejected", "OngoingAuthorizedTransaction"),
    ),
    (op.Reset(), {"status": "Scheduled"}, Outcome("accepted", "Scheduled")),
    (
        op.ChangeAvailability("Operative"),
        {"status": "Scheduled"},
        Outcome("accepted", "Scheduled"),
    ),
    (op.ClearCache(), {"status": "Rejected"}, Outcome("rejected", "Rejected")),
    (
        op.Trigger("Heartbeat"),
        {"status": "NotImplemented"},
        Outcome("rejected", "NotImplemented"),
    ),
    (
        op.TransferData("v"),
        {"status": "Accepted", "data": {"a": 1}},
        Outcome("accepted", "Accepted", {"data": '{"a":1}'}),
    ),
    (
        op.GetLocalListVersion(),
        {"versionNumber": 7},
        Outcome("accepted", "", {"listVersion": 7}),
    ),
    (op.GetLocalListVersion(), {}, Outcome("unknown", "no version")),
    (
        op.SendLocalList(1, "Full"),
        {"status": "VersionMismatch"},
        Outcome("rejected", "VersionMismatch"),
    ),
    (op.Reserve(1, 1, "t", NOON), {"status": "Occupied"}, Outcome("rejected", "Occupied")),
    (op.CancelReservation(1), {"status": "Accepted"}, Outcome("accepted", "Accepted")),
    (op.SetChargingProfile(1, PROFILE), {"status": "Accepted"}, Outcome("accepted", "Accepted")),
    (op.ClearChargingProfile(), {"status": "Unknown"}, Outcome("rejected", "Unknown")),
    (
        op.GetCompositeSchedule(1, 60),
        {
            "status": "Accepted",
            "schedule": {
                "evseId": 1,
                "duration": 60,
                "scheduleStart": WRITTEN,
                "chargingRateUnit": "W",
                "chargingSchedulePeriod": [],
            },
        },
        Outcome(
            "accepted",
            "Accepted",
            {
                "connectorId": 1,
                "scheduleStart": WRITTEN,
                "chargingSchedule": {
                    "duration": 60,
                    "chargingRateUnit": "W",
                    "chargingSchedulePeriod": [],
                },
            },
        ),
    ),
    (op.GetCompositeSchedule(1, 60), {"status": "Rejected"}, Outcome("rejected", "Rejected")),
    (
        op.GetChargingProfiles(1),
        {"status": "NoProfiles"},
        Outcome("accepted", "NoProfiles", {"chargingProfile": []}),
    ),
    (
        op.GetLog("SecurityLog", 1, URL),
        {"status": "AcceptedCanceled", "filename": "log.txt"},
        Outcome("accepted", "AcceptedCanceled", {"filename": "log.txt"}),
    ),
    (
        op.UpdateFirmware(URL, NOON),
        {"status": "InvalidCertificate"},
        Outcome("rejected", "InvalidCertificate"),
    ),
    (op.SendSignedCertificate("P"), {"status": "Rejected"}, Outcome("rejected", "Rejected")),
    (
        op.InstallCertificate("CentralSystemRootCertificate", "P"),
        {"status": "Failed"},
        Outcome("rejected", "Failed"),
    ),
    (op.DeleteCertificate(HASH), {"status": "NotFound"}, Outcome("rejected", "NotFound")),
    (
        op.GetInstalledCertificates("CentralSystemRootCertificate"),
        {
            "status": "Accepted",
            "certificateHashDataChain": [
                {"certificateType": "CSMSRootCertificate", "certificateHashData": SAID_HASH},
                "nonsense",
            ],
        },
        Outcome("accepted", "Accepted", {"certificateHashData": [SAID_HASH]}),
    ),
    (
        op.GetInstalledCertificates("CentralSystemRootCertificate"),
        {"status": "NotFound"},
        Outcome("accepted", "NotFound"),
    ),
    (NETWORK, {"status": "Failed"}, Outcome("rejected", "Failed")),
    (
        op.GetTransactionStatus(NAME),
        {"messagesInQueue": True, "ongoingIndicator": False},
        Outcome("accepted", "", {"messagesInQueue": True, "ongoingIndicator": False}),
    ),
]


@pytest.mark.parametrize(("operation", "payload", "outcome"), ANSWERED)
def test_what_an_answer_means(
    operation: op.ChargerOperation, payload: dict[str, Any], outcome: Outcome
) -> None:
    assert Station().dialect.outcome(command(operation), payload) == outcome


# --- variables ------------------------------------------------------------------------------


def result_of_set(word: str, **more: Any) -> dict[str, Any]:
    return {"setVariableResult": [{"attributeStatus": word, **parsed("A.B"), **more}]}


@pytest.mark.parametrize(
    ("word", "outcome", "was_set"),
    [
        ("Accepted", "accepted", "Accepted"),
        ("RebootRequired", "accepted", "RebootRequired"),
        ("Rejected", "rejected", "Rejected"),
        ("UnknownComponent", "rejected", "NotSupported"),
        ("UnknownVariable", "rejected", "NotSupported"),
        ("NotSupportedAttributeType", "rejected", "NotSupported"),
        ("Maybe", "unknown", "Maybe"),
    ],
)
def test_setting_a_variable(word: str, outcome: str, was_set: str) -> None:
    station, told = Station(), command(op.ChangeConfiguration("A.B", "1"))
    read = station.dialect.outcome(told, result_of_set(word))
    assert read is not None
    assert (read.outcome, read.detail) == (outcome, word)
    assert station.dialect.was_set(result_of_set(word)) == was_set


def test_why_a_variable_was_not_set() -> None:
    info = {"attributeStatusInfo": {"reasonCode": "ReadOnly"}}
    told = command(op.ChangeConfiguration("A.B", "1"))
    read = Station().dialect.outcome(told, result_of_set("Rejected", **info))
    assert read == Outcome("rejected", "Rejected: ReadOnly")


@pytest.mark.parametrize("payload", [{}, {"setVariableResult": []}, {"setVariableResult": "x"}])
def test_an_answer_to_a_setting_that_says_nothing(payload: dict[str, Any]) -> None:
    assert Station().dialect.was_set(payload) == "failed"


def test_the_baseline_is_said_in_variables() -> None:
    request = Station().dialect.set(Setting("TxCtrlr.TxStopPoint", "EVConnected"))
    assert request.action == "SetVariables"
    assert is_right("SetVariablesRequest", request.payload)


@pytest.mark.parametrize(
    "name",
    ["A.B", "A[x].B", "A.B[y]", "A[x]@1.B[y]", "A@1/2.B", "OCPP Comm.B", *KEYS_OF_16.values()],
)
def test_a_variables_name_is_read_and_written_alike(name: str) -> None:
    assert written(parsed(name)) == name


@pytest.mark.parametrize("name", ["", "HeartbeatInterval2", "A.", ".B", "A.B.C", "A[].B", "A@x.B"])
def test_what_names_no_variable(name: str) -> None:
    with pytest.raises(BadInput):
        parsed(name)
    if name:
        with pytest.raises(BadInput):
            Station().dialect.request(command(op.ChangeConfiguration(name, "1")))


def test_variables_that_were_asked_for_have_the_names_they_were_asked_by() -> None:
    told = command(op.GetConfiguration(("HeartbeatInterval", "A.B", "C.D")))
    answers = [
        {
            "attributeStatus": "Accepted",
            "attributeValue": "300",
            **parsed("OCPPCommCtrlr.HeartbeatInterval"),
        },
        {"attributeStatus": "UnknownComponent", **parsed("A.B")},
        {"attributeStatus": "Accepted", "attributeValue": "x", **parsed("C.D")},
        {"attributeStatus": "Accepted"},
        "nonsense",
    ]
    read = Station().dialect.outcome(told, {"getVariableResult": answers})
    assert read == Outcome("accepted", "unknown: A.B", {"HeartbeatInterval": "300", "C.D": "x"})


# --- reports --------------------------------------------------------------------------------


def variable(name: str, value: str, mutability: str = "ReadWrite") -> dict[str, Any]:
    return {
        **parsed(name),
        "variableAttribute": [
            {"type": "Target", "value": "not this"},
            {"value": value, "mutability": mutability},
        ],
    }


def part(number: int, *variables: dict[str, Any], more: bool) -> dict[str, Any]:
    data = {"reportData": list(variables)} if variables else {}
    return {"requestId": number, "generatedAt": at(), "seqNo": 0, "tbc": more, **data}


def test_a_report_comes_in_parts_and_the_last_one_concludes_the_command() -> None:
    station, told = Station(), command(op.GetConfiguration(), attempt=2)
    station.dialect.request(told)
    assert station.dialect.outcome(told, {"status": "Accepted"}) is None
    first = part(RID, variable("A.B", "1"), variable("C.D", "2", "ReadOnly"), more=True)
    assert station.tells("NotifyReport", **first) == ({}, [])
    other = part(RID + 1, variable("X.Y", "9"), more=False)
    assert station.tells("NotifyReport", **other) == ({}, [])
    assert station.tells("NotifyReport", **first) == ({}, [])
    last = part(RID, variable("E@1.F", "3"), more=False)
    answer, said = station.tells("NotifyReport", **last)
    assert answer == {}
    result: dict[str, object] = {"A.B": "1", "C.D": "2", "E@1.F": "3"}
    assert said == [CommandOutcome(ID, 2, "accepted", "", result, ("C.D",))]
    assert station.tells("NotifyReport", **last) == ({}, [])


@pytest.mark.parametrize(
    ("word", "outcome"),
    [("NotSupported", "rejected"), ("Rejected", "rejected"), ("EmptyResultSet", "accepted")],
)
def test_a_report_that_does_not_come(word: str, outcome: str) -> None:
    station, told = Station(), command(op.GetConfiguration())
    station.dialect.request(told)
    read = station.dialect.outcome(told, {"status": word})
    assert read is not None
    assert (read.outcome, read.detail) == (outcome, word)


def test_charging_profiles_come_in_parts_too() -> None:
    station, told = Station(), command(op.GetChargingProfiles(8))
    station.dialect.request(told)
    assert station.dialect.outcome(told, {"status": "Accepted"}) is None
    payload: dict[str, Any] = {
        "requestId": 8,
        "chargingLimitSource": "CSO",
        "evseId": 1,
        "chargingProfile": [SAID_PROFILE],
    }
    assert station.tells("ReportChargingProfiles", **payload, tbc=True) == ({}, [])
    _, [said] = station.tells("ReportChargingProfiles", **payload | {"evseId": 2})
    profiles = [{"evseId": evse, "profile": SAID_PROFILE} for evse in (1, 2)]
    assert said == CommandOutcome(ID, 1, "accepted", "", {"chargingProfile": profiles})
