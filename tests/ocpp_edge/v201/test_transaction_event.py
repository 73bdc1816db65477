"""TransactionEvent: when a transaction begins, what it says meanwhile, and how it ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.edge_messages import (
    UNKNOWN_REGISTER_WH,
    Authorize,
    Command,
    ConnectorStatus,
    MessageResult,
    Reading,
    Readings,
    SignedReading,
    TransactionStarted,
    TransactionStopped,
)
from app.ocpp_edge.dialect import Answered, Asked
from app.ocpp_edge.errors import CallRefused
from app.ocpp_edge.v201.memory import request_id, transaction_id
from app.operations import Start
from tests.ocpp_edge.harness import NOON
from tests.ocpp_edge.v201.harness import NAME, NUMBER, Station, at, event, meter_value

ACCEPTED = {"idTokenInfo": {"status": "Accepted"}}
REFUSED = MessageResult(saved=True, accepted=False)


def of(kind: type[Any], said: list[Any]) -> list[Any]:
    return [one for one in said if isinstance(one, kind)]


# --- numbers --------------------------------------------------------------------------------


def test_a_transactions_number_follows_from_its_name() -> None:
    assert transaction_id("tx-1") == transaction_id("tx-1") != transaction_id("tx-2")
    numbers = {transaction_id(f"{n}") for n in range(1000)}
    assert len(numbers) == 1000
    assert all(0 < number < 2**53 for number in numbers)


# --- the beginning --------------------------------------------------------------------------


def test_a_start_with_an_idtoken_begins_and_is_answered_once_saved() -> None:
    station = Station()
    reply = station.says(
        "TransactionEvent", **event("Started", trigger="RemoteStart", evse=2, token=" Tag ", wh=99)
    )
    assert isinstance(reply, Asked)
    assert reply.said == TransactionStarted(
        2, "Tag", 99, NOON, None, at(), transaction_id=NUMBER, reference=NAME
    )
    assert reply.answer(MessageResult(saved=True), station.context) == ACCEPTED


@pytest.mark.parametrize(
    ("result", "info"),
    [
        (REFUSED, {"status": "Invalid"}),
        (MessageResult(saved=True, accepted=False, id_tag_status="Blocked"), {"status": "Blocked"}),
        (
            MessageResult(saved=True, parent_id_tag="G", id_tag_until=NOON),
            {
                "status": "Accepted",
                "groupIdToken": {"idToken": "G", "type": "Central"},
                "cacheExpiryDateTime": "2026-03-01T12:00:00.000Z",
            },
        ),
    ],
)
def test_whether_the_idtoken_may_charge(result: MessageResult, info: dict[str, Any]) -> None:
    answer, _ = Station().event("Started", result, evse=1, token="t", wh=0)
    assert answer == {"idTokenInfo": info}


def test_a_transaction_that_begins_with_the_cable_starts_for_us_with_its_idtoken() -> None:
    station = Station()
    answer, said = station.event(
        "Started", trigger="CablePluggedIn", evse=1, wh=500, chargingState="EVConnected"
    )
    assert answer == {}
    assert of(TransactionStarted, said) == []
    answer, said = station.event("Updated", trigger="Authorized", seconds=30, token="tag")
    [begun] = of(TransactionStarted, said)
    assert (begun.connector, begun.meter_wh, begun.id_tag) == (1, 500, "tag")
    assert begun.at == NOON + timedelta(seconds=30)
    assert answer == ACCEPTED


def test_the_register_of_the_start_is_the_last_one_before_it_or_else_the_first_after() -> None:
    station = Station()
    for seconds, wh in ((90, 900), (10, 100), (20, 200)):
        station.event("Updated", seconds=seconds, wh=wh)
    _, said = station.event("Started", seconds=25, token="tag", evse=1)
    assert of(TransactionStarted, said)[0].meter_wh == 200
    station = Station()
    station.event("Updated", seconds=90, wh=900)
    _, said = station.event("Started", seconds=25, token="tag", evse=1)
    assert of(TransactionStarted, said)[0].meter_wh == 900


def test_a_start_that_tells_no_register_says_so() -> None:
    _, said = Station().event("Started", token="tag", evse=1)
    assert of(TransactionStarted, said)[0].meter_wh == UNKNOWN_REGISTER_WH


def test_our_remote_start_is_known_by_its_number_where_the_idtoken_is_left_out() -> None:
    station = Station()
    station.dialect.request(Command("start.s1", "t", "cp", Start(3, "our-tag")))
    answer, said = station.event(
        "Started", trigger="RemoteStart", wh=5, remoteStartId=request_id("start.s1")
    )
    [begun] = of(TransactionStarted, said)
    assert (begun.id_tag, begun.connector) == ("our-tag", 3)
    assert answer == {}
    _, said = Station().event("Started", wh=5, evse=1, remoteStartId=request_id("start.s1"))
    assert of(TransactionStarted, said) == []


def test_where_it_starts_is_known_from_the_command_if_it_does_not_say() -> None:
    station = Station()
    station.dialect.request(Command("start.s1", "t", "cp", Start(3, "our-tag")))
    _, said = station.event("Started", token="OUR-TAG", wh=5)
    assert of(TransactionStarted, said)[0].connector == 3


def test_a_start_is_told_again_until_it_is_saved_and_after_that_only_as_started() -> None:
    station = Station()
    payload = event("Started", token="tag", evse=1, wh=5)
    for _ in range(3):
        assert isinstance(station.says("TransactionEvent", **payload).said, TransactionStarted)
    station.event("Started", token="tag", evse=1, wh=5)
    answer, said = station.event("Updated", trigger="Authorized", token="TAG ", wh=6)
    assert (answer, of(TransactionStarted, said)) == (ACCEPTED, [])


@pytest.mark.parametrize("trigger", ["StopAuthorized", "Deauthorized", "RemoteStop"])
def test_an_idtoken_that_stops_begins_nothing(trigger: str) -> None:
    station = Station()
    answer, said = station.event("Updated", REFUSED, trigger=trigger, token="other", wh=7)
    assert answer == {"idTokenInfo": {"status": "Invalid"}}
    assert of(TransactionStarted, said) == []
    assert of(Authorize, said) == [Authorize("other")]
    assert of(Readings, said) == [Readings(0, NUMBER, (Reading(NOON, 7),))]


def test_a_reservation_is_named() -> None:
    reply = Station().says(
        "TransactionEvent", **event("Started", token="t", evse=1, wh=0), reservationId=12
    )
    assert isinstance(reply.said, TransactionStarted)
    assert reply.said.reservation_id == 12


# --- meanwhile ------------------------------------------------------------------------------


def test_readings_are_of_the_transaction_alone_and_answered_at_once() -> None:
    reply = Station().says("TransactionEvent", **event("Updated", wh=1500, evse=4))
    assert isinstance(reply, Answered)
    assert reply.payload == {}
    assert reply.said == Readings(0, NUMBER, (Reading(NOON, 1500),))


def test_an_event_without_readings_says_nothing() -> None:
    assert Station().says("TransactionEvent", **event("Updated")) == Answered({})


def test_signed_values_are_kept_as_they_are() -> None:
    signed = {
        "signedMeterData": 'OCMF|{"FV":"1.0"}|{"SD":"30"}',
        "signingMethod": "ECDSA-secp256r1-SHA256",
        "encodingMethod": "OCMF",
        "publicKey": "MFkw",
    }
    value = meter_value(1, signedMeterValue=signed, context="Transaction.Begin")
    kept = SignedReading(
        NOON,
        signed["signedMeterData"],
        "Transaction.Begin",
        "OCMF ECDSA-secp256r1-SHA256",
        "MFkw",
    )
    station = Station()
    _, said = station.tells("TransactionEvent", **event("Updated"), meterValue=[value])
    assert said == [Readings(0, NUMBER, (Reading(NOON, 1),), (kept,))]
    _, said = station.tells(
        "TransactionEvent", **event("Started", token="t", evse=1), meterValue=[value]
    )
    assert of(TransactionStarted, said)[0].meter_wh == 1
    assert of(Readings, said) == [Readings(0, NUMBER, (), (kept,))]
    _, said = station.tells("TransactionEvent", **event("Ended"), meterValue=[value])
    assert of(TransactionStopped, said)[0].signed == (kept,)


@pytest.mark.parametrize("numbers", [(0, 0, 0), (0, 2, 1), (5, 4, 4)])
def test_numbers_out_of_sequence_are_counted_and_nothing_else(numbers: tuple[int, ...]) -> None:
    station = Station()
    for number in numbers:
        assert station.event("Updated", seq=number, wh=1)[0] == {}
    assert station.counters["soft_errors"] == len(numbers) - 1
    assert station.context.noted == ["meter:out_of_sequence"] * (len(numbers) - 1)


def test_numbers_in_sequence_are_not_counted() -> None:
    station = Station()
    for number in range(5):
        station.event("Updated", seq=number)
    assert station.counters["soft_errors"] == 0


# --- the end --------------------------------------------------------------------------------


def test_an_end_is_answered_once_saved() -> None:
    reply = Station().says(
        "TransactionEvent",
        **event("Ended", seconds=60, token="tag", wh=4000, stoppedReason="EVDisconnected"),
    )
    assert isinstance(reply, Asked)
    moment = NOON + timedelta(seconds=60)
    assert reply.said == TransactionStopped(
        NUMBER, 4000, moment, "EVDisconnected", "tag", (Reading(moment, 4000),), (), NAME
    )


def test_a_reason_that_is_left_out_means_local() -> None:
    _, said = Station().event("Ended", wh=1)
    assert said[0].reason == "Local"


def test_the_final_register_is_the_latest_told() -> None:
    station = Station()
    values = [meter_value(300, 30), meter_value(100, 10), meter_value(200, 20)]
    _, said = station.tells("TransactionEvent", **event("Ended", seconds=40), meterValue=values)
    assert of(TransactionStopped, said)[0].meter_wh == 300


def test_an_end_without_a_register_has_the_last_one_known() -> None:
    station = Station()
    station.context.registers[NUMBER] = 4321
    assert station.event("Ended")[1][0].meter_wh == 4321
    station.context.registers[NUMBER] = UNKNOWN_REGISTER_WH
    assert station.event("Ended")[1][0].meter_wh == 0
    station = Station()
    station.event("Updated", wh=77)
    assert station.event("Ended")[1][0].meter_wh == 77


@pytest.mark.parametrize(
    "change",
    [
        {"timestamp": None},
        {"timestamp": "yesterday"},
        {"triggerReason": "Whatever"},
        {"seqNo": "x"},
        {"meterValue": "none"},
        {"meterValue": [{"sampledValue": [7, {"value": "x"}, {}]}, 3, None]},
        {"evse": 3},
        {"idToken": "tag"},
        {"offline": "yes"},
        {"whatever": {"is": "new"}},
    ],
)
def test_an_end_is_never_answered_with_an_error(change: dict[str, Any]) -> None:
    answer, said = Station().tells("TransactionEvent", **event("Ended") | change)
    assert set(answer) <= {"idTokenInfo"}
    assert [one.reference for one in of(TransactionStopped, said)] == [NAME]


@pytest.mark.parametrize("info", [None, {}, {"transactionId": 7}, {"transactionId": "  "}, "x"])
def test_an_end_of_nothing_is_acknowledged(info: object) -> None:
    payload = event("Ended") | {"transactionInfo": info}
    _, said = Station().tells("TransactionEvent", **payload)
    assert [one for one in said if one.reference not in ("7",)] == []


def test_a_start_that_comes_after_the_end_is_told_and_changes_no_status() -> None:
    station = Station()
    station.event("Ended", evse=1, wh=9)
    _, said = station.event("Started", token="t", evse=1, wh=1, chargingState="Charging")
    assert [one.meter_wh for one in of(TransactionStarted, said)] == [1]
    assert words(said) == []


def test_an_event_of_the_wrong_shape_is_refused_unless_it_ends() -> None:
    station = Station()
    with pytest.raises(CallRefused):
        station.says("TransactionEvent", **event("Started") | {"transactionInfo": {}})


def test_a_name_that_is_used_again_after_its_end_is_another_transaction() -> None:
    station = Station()
    station.event("Started", token="one", evse=1, wh=0, seconds=-60, chargingState="Charging")
    station.event("Ended", wh=100, seconds=-50)
    _, said = station.event("Started", token="two", evse=1, wh=100, chargingState="Charging")
    [begun] = of(TransactionStarted, said)
    assert (begun.id_tag, begun.reference, begun.meter_wh) == ("two", NAME, 100)
    assert words(said) == ["Charging"]


# --- what it says of the EVSE ---------------------------------------------------------------


def words(said: list[Any]) -> list[str]:
    return [one.status for one in of(ConnectorStatus, said)]


def test_the_charging_state_is_the_status_in_the_words_of_one_point_six() -> None:
    station = Station()
    told = [
        station.event("Started", evse=1, chargingState="EVConnected"),
        station.event("Updated", token="t", trigger="Authorized", wh=0),
        station.event("Updated", chargingState="Charging"),
        station.event("Updated", chargingState="Charging", wh=100),
        station.event("Updated", wh=200),
        station.event("Updated", chargingState="SuspendedEV"),
        station.event("Updated", chargingState="SuspendedEVSE"),
        station.event("Ended", wh=300),
    ]
    assert [words(said) for _, said in told] == [
        ["Preparing"],
        [],
        ["Charging"],
        [],
        [],
        ["SuspendedEV"],
        ["SuspendedEVSE"],
        ["Finishing"],
    ]


@pytest.mark.parametrize("fields", [{"seconds": -600}, {"offline": True}])
def test_what_was_queued_says_nothing_of_the_present(fields: dict[str, Any]) -> None:
    station = Station()
    seconds = fields.pop("seconds", 0)
    payload = event("Started", evse=1, chargingState="Charging", seconds=seconds) | fields
    assert words(station.tells("TransactionEvent", **payload)[1]) == []


def test_an_old_transactions_end_does_not_free_the_evse_of_a_new_one() -> None:
    station = Station()
    station.event("Started", name="old", evse=1, chargingState="Charging")
    station.event("Started", name="new", evse=1, chargingState="Charging")
    assert words(station.event("Ended", name="old", wh=1)[1]) == []
    assert words(station.event("Ended", name="new", wh=1)[1]) == ["Finishing"]
