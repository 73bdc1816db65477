"""Every call that a charge point may make is answered, and the answer is right to the letter."""

from __future__ import annotations

from typing import Any

import pytest

from app.edge_messages import MessageResult
from app.ocpp_edge.errors import CallRefused, ErrorCode
from app.ocpp_edge.v201.protocol import COMMANDS, RECEIVERS, RECEIVERS_OF_21, Version
from app.ocpp_edge.validation import schema_folder
from tests.ocpp_edge.harness import Bay
from tests.ocpp_edge.v201.harness import Station, at, event, is_right, meter_value
from tests.ocpp_edge.v201.test_commands import SAID, SAID_PROFILE
from tests.ocpp_edge.v201.test_status import happening

HASH = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "a",
    "issuerKeyHash": "b",
    "serialNumber": "1",
}
SCHEDULE = {
    "id": 1,
    "chargingRateUnit": "A",
    "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}],
}
REPORT = {"requestId": 1, "generatedAt": at(), "seqNo": 0}
CALLS: dict[str, dict[str, Any]] = {
    "Authorize": {"idToken": {"idToken": "t", "type": "ISO14443"}, "certificate": "PEM"},
    "BootNotification": {
        "reason": "PowerUp",
        "chargingStation": {"model": "M", "vendorName": "V"},
    },
    "ClearedChargingLimit": {"chargingLimitSource": "EMS"},
    "DataTransfer": {"vendorId": "V", "data": {"any": ["thing"]}},
    "FirmwareStatusNotification": {"status": "Installed", "requestId": 1},
    "Get15118EVCertificate": {
        "iso15118SchemaVersion": "urn:iso:15118:2:2013:MsgDef",
        "action": "Install",
        "exiRequest": "x",
    },
    "GetCertificateStatus": {"ocspRequestData": HASH | {"responderURL": "http://ocsp.example"}},
    "Heartbeat": {},
    "LogStatusNotification": {"status": "Uploaded", "requestId": 1},
    "MeterValues": {"evseId": 1, "meterValue": [meter_value(1)]},
    "NotifyChargingLimit": {"chargingLimit": {"chargingLimitSource": "EMS"}},
    "NotifyCustomerInformation": REPORT | {"data": "x"},
    "NotifyDisplayMessages": {"requestId": 1},
    "NotifyEVChargingNeeds": {
        "evseId": 1,
        "chargingNeeds": {"requestedEnergyTransfer": "AC_three_phase"},
    },
    "NotifyEVChargingSchedule": {"timeBase": at(), "evseId": 1, "chargingSchedule": SCHEDULE},
    "NotifyEvent": {"generatedAt": at(), "seqNo": 0, "eventData": [happening()]},
    "NotifyMonitoringReport": REPORT,
    "NotifyReport": REPORT,
    "PublishFirmwareStatusNotification": {"status": "Idle"},
    "ReportChargingProfiles": {
        "requestId": 1,
        "chargingLimitSource": "CSO",
        "evseId": 1,
        "chargingProfile": [SAID_PROFILE],
    },
    "ReservationStatusUpdate": {"reservationId": 1, "reservationUpdateStatus": "Expired"},
    "SecurityEventNotification": {"type": "FirmwareUpdated", "timestamp": at()},
    "SignCertificate": {"csr": "PEM"},
    "StatusNotification": {
        "timestamp": at(),
        "connectorStatus": "Available",
        "evseId": 1,
        "connectorId": 1,
    },
    "TransactionEvent": event("Started", token="t", evse=1, wh=0),
}
CALLS_OF_21: dict[str, dict[str, Any]] = {
    "BatterySwap": {
        "batteryData": [
            {"evseId": 1, "serialNumber": "1", "soC": 50.0, "soH": 90.0},
        ],
        "eventType": "BatteryIn",
        "idToken": {"idToken": "t", "type": "Central"},
        "requestId": 1,
    },
    "ClosePeriodicEventStream": {"id": 1},
    "GetCertificateChainStatus": {
        "certificateStatusRequests": [
            {"certificateHashData": HASH, "source": "OCSP", "urls": ["http://ocsp.example"]}
        ]
    },
    "NotifyDERAlarm": {"controlType": "FreqDroop", "timestamp": at()},
    "NotifyDERStartStop": {"controlId": "1", "started": True, "timestamp": at()},
    "NotifyPriorityCharging": {"transactionId": "1", "activated": True},
    "NotifySettlement": {
        "pspRef": "1",
        "status": "Settled",
        "settlementAmount": 1.0,
        "settlementTime": at(),
    },
    "NotifyWebPaymentStarted": {"evseId": 1, "timeout": 60},
    "OpenPeriodicEventStream": {
        "constantStreamData": {"id": 1, "params": {}, "variableMonitoringId": 1}
    },
    "PullDynamicScheduleUpdate": {"chargingProfileId": 1},
    "ReportDERControl": {"requestId": 1},
    "VatNumberValidation": {"vatNumber": "DE123"},
}
ALL = [
    *(("ocpp2.0.1", action, payload) for action, payload in CALLS.items()),
    *(("ocpp2.1", action, payload) for action, payload in (CALLS | CALLS_OF_21).items()),
]
FOLDERS = {"ocpp2.0.1": "v201", "ocpp2.1": "v21"}


@pytest.mark.parametrize(("version", "action", "payload"), ALL)
@pytest.mark.parametrize("accepted", [True, False])
async def test_every_answer_is_right_to_the_letter(
    version: Version, action: str, payload: dict[str, Any], accepted: bool
) -> None:
    assert is_right(f"{action}Request", payload, FOLDERS[version]), "the test's own frame"
    bay = Bay(protocol=version)
    bay.app.result = MessageResult(saved=True, accepted=accepted)
    bay.sends([2, "m", action, payload])
    await bay.settles()
    (answer,) = bay.socket.take()
    assert answer[0] == 3
    assert is_right(f"{action}Response", answer[2], FOLDERS[version])
    assert bay.counters["defects"] == 0


def actions(version: str) -> set[str]:
    files = schema_folder(version).glob("*Request.json")
    return {path.stem.removesuffix("Request") for path in files}


def test_every_call_of_a_charge_point_is_known() -> None:
    assert set(RECEIVERS) == set(CALLS)
    assert set(RECEIVERS_OF_21) == set(CALLS | CALLS_OF_21)
    ours = {action for _, action, _ in SAID}
    assert len(COMMANDS) >= 25
    not_wanted = {
        "ClearDisplayMessage",
        "ClearVariableMonitoring",
        "CostUpdated",
        "CustomerInformation",
        "GetDisplayMessages",
        "GetMonitoringReport",
        "GetReport",
        "PublishFirmware",
        "SetDisplayMessage",
        "SetMonitoringBase",
        "SetMonitoringLevel",
        "SetVariableMonitoring",
        "UnpublishFirmware",
    }
    assert actions("v201") == set(CALLS) | ours | not_wanted


@pytest.mark.parametrize("version", ["ocpp2.0.1", "ocpp2.1"])
def test_what_is_not_for_a_charge_point_to_say(version: Version) -> None:
    with pytest.raises(CallRefused) as refused:
        Station(version).says("Reset", type="OnIdle")
    assert refused.value.code is ErrorCode.NOT_SUPPORTED
    with pytest.raises(CallRefused) as refused:
        Station(version).says("StartTransaction")
    assert refused.value.code is ErrorCode.NOT_IMPLEMENTED


def test_what_only_two_point_one_has() -> None:
    with pytest.raises(CallRefused):
        Station().says("VatNumberValidation", vatNumber="1")


@pytest.mark.parametrize(
    ("action", "payload", "gone"),
    [
        ("StatusNotification", CALLS["StatusNotification"], "connectorStatus"),
        ("BootNotification", CALLS["BootNotification"], "chargingStation"),
        ("TransactionEvent", CALLS["TransactionEvent"], "transactionInfo"),
        ("MeterValues", CALLS["MeterValues"], "meterValue"),
    ],
)
def test_what_is_required_is_required(action: str, payload: dict[str, Any], gone: str) -> None:
    with pytest.raises(CallRefused) as refused:
        Station().says(action, **{name: v for name, v in payload.items() if name != gone})
    assert refused.value.code is ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION


@pytest.mark.parametrize(
    ("frame", "word"),
    [
        ('[2,"1","StatusNotification",{}]', "OccurrenceConstraintViolation"),
        ('[2,"1","Heartbeat",7]', "FormatViolation"),
        ('[2,"1","Heartbeat",{]', "FormatViolation"),
        ('[2,"1","StartTransaction",{}]', "NotImplemented"),
    ],
)
def test_errors_are_spelt_as_in_two(frame: str, word: str) -> None:
    bay = Bay(protocol="ocpp2.0.1")
    bay.sends(frame)
    [answer] = bay.socket.take()
    assert answer[:3] == [4, "1", word]


def test_fields_of_a_later_version_are_passed_over() -> None:
    station = Station()
    payload = event("Started", token="t", evse=1, wh=0) | {"costDetails": {"x": 1}}
    payload["transactionInfo"]["tariffId"] = "new in 2.1"
    answer, said = station.tells("TransactionEvent", **payload)
    assert answer == {"idTokenInfo": {"status": "Accepted"}}
    assert said[0].id_tag == "t"
    assert station.counters["payloads_mended"] == 1
