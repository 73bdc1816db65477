"""Each operation an owner has, through a real edge, at the simulated charger of both versions."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import get_args

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from app import operations as op
from app.charge_points.id_tags import keeping, keeping_none
from app.command_bus.in_process import InProcessBus
from app.edge_messages import Command, CommandOutcome, MessageResult, TransactionStarted
from app.ocpp_edge import Edge
from app.records.id_tags import IdTag
from app.simulator import SimulatedCharger, SimulatorSettings
from tests.ocpp_edge.conftest import until
from tests.ocpp_edge.harness import CHARGE_POINT, TENANT, FakeApp
from tests.simulator.test_upkeep import certify

LATER = datetime.now(UTC) + timedelta(days=1)
"""After whatever time the whole suite may take."""
PEM = certify(ec.generate_private_key(ec.SECP256R1()), "Root")
PROFILE = op.ChargingProfile(
    id=5,
    stack_level=1,
    purpose="TxDefaultProfile",
    kind="Relative",
    schedule=op.ChargingSchedule("W", (op.SchedulePeriod(0, Decimal(4000)),)),
)
NOWHERE = "ftp://127.0.0.1/files"
INTERVAL = {"1.6": "MeterValueSampleInterval", "2.0.1": "SampledDataCtrlr.TxUpdatedInterval"}

Do = Callable[..., Awaitable[CommandOutcome]]
VERSIONS = ("1.6", "2.0.1")


@pytest.fixture(params=VERSIONS)
async def charger(
    edge: Edge, app: FakeApp, request: pytest.FixtureRequest
) -> AsyncIterator[SimulatedCharger]:
    app.results[TransactionStarted] = MessageResult(saved=True, transaction_id=7)
    settings = SimulatorSettings(
        ocpp=request.param, speed=0, reboot_s=0.05, firmware_step_s=0.05, first_reconnect_s=0.05
    )
    url = f"ws://127.0.0.1:{edge.port}/ocpp"
    async with SimulatedCharger(url, "cp-1", "secret", settings=settings) as charger:
        await charger.wait_for(registered=True)
        yield charger


@pytest.fixture
def do(app: FakeApp, bus: InProcessBus, charger: SimulatedCharger) -> Do:
    """Has an operation carried out, and returns what came of it."""
    numbers = itertools.count(1)

    async def carry_out(operation: op.ChargerOperation, name: str = "") -> CommandOutcome:
        name = name or f"owner.{next(numbers)}"
        epoch = app.grant.epoch - 1
        await bus.send("edge", Command(name, TENANT, CHARGE_POINT, operation, epoch=epoch))
        found: list[CommandOutcome] = []

        def came() -> bool:
            found[:] = [each for each in app.heard(CommandOutcome) if each.id == name]
            return bool(found)

        await until(came)
        return found[0]

    return carry_out


SIMPLE: list[tuple[op.OwnerOperation, str]] = [
    (op.Unlock(1), "accepted"),
    (op.ChangeAvailability("Inoperative", 1), "accepted"),
    (op.ChangeAvailability("Operative"), "accepted"),
    (op.Reset("Soft"), "accepted"),
    (op.Reset("Hard"), "accepted"),
    (op.ClearCache(), "rejected"),
    (op.Trigger("BootNotification"), "accepted"),
    (op.Trigger("FirmwareStatusNotification"), "accepted"),
    (op.Trigger("Heartbeat"), "accepted"),
    (op.Trigger("LogStatusNotification"), "accepted"),
    (op.Trigger("MeterValues", 1), "accepted"),
    (op.Trigger("SignChargePointCertificate"), "accepted"),
    (op.Trigger("StatusNotification", 1), "accepted"),
    (op.TransferData("Strom", "Echo", "hello"), "accepted"),
    (op.TransferData("Nobody"), "rejected"),
    (op.SendLocalList(3, "Full", (op.LocalListEntry("CARD"),)), "accepted"),
    (op.GetLocalListVersion(), "accepted"),
    (op.Reserve(4, 1, "CARD", LATER), "accepted"),
    (op.CancelReservation(9), "rejected"),
    (op.SetChargingProfile(0, PROFILE), "accepted"),
    (op.ClearChargingProfile(profile_id=1), "rejected"),
    (op.GetCompositeSchedule(1, 600), "accepted"),
    (op.GetLog("SecurityLog", 3, NOWHERE), "accepted"),
    (op.GetLog("DiagnosticsLog", 3, NOWHERE), "accepted"),
    (op.UpdateFirmware(f"{NOWHERE}/new.bin", LATER, request_id=4), "accepted"),
    (op.SendSignedCertificate(PEM), "rejected"),
    (op.InstallCertificate("CentralSystemRootCertificate", PEM), "accepted"),
    (op.DeleteCertificate(op.CertificateHash("SHA256", "a", "b", "c")), "rejected"),
    (op.GetInstalledCertificates("CentralSystemRootCertificate"), "accepted"),
]


@pytest.mark.parametrize(
    ("operation", "outcome"), SIMPLE, ids=lambda each: type(each).__name__ if each else None
)
async def test_what_comes_of_it(do: Do, operation: op.OwnerOperation, outcome: str) -> None:
    done = await do(operation)
    assert done.outcome == outcome, done


@pytest.mark.parametrize("charger", ["1.6"], indirect=True)
async def test_diagnostics_have_a_name(do: Do) -> None:
    assert (await do(op.GetDiagnostics(NOWHERE))).outcome == "accepted"


@pytest.mark.parametrize("charger", ["2.0.1"], indirect=True)
@pytest.mark.parametrize(
    ("operation", "outcome"),
    [
        (op.SetNetworkProfile(1, "wss://charge.example/ocpp", 2), "accepted"),
        (op.GetTransactionStatus(), "accepted"),
        (op.GetChargingProfiles(6), "accepted"),
    ],
)
async def test_what_only_2_0_1_has(do: Do, operation: op.OwnerOperation, outcome: str) -> None:
    done = await do(operation)
    assert done.outcome == outcome, done


async def test_a_charge_is_started_and_stopped(
    do: Do, charger: SimulatedCharger, app: FakeApp
) -> None:
    charger.plug_in()
    assert (await do(op.Start(1, "CARD"), "start.s1")).outcome == "accepted"
    await charger.wait_for(status="Charging", transaction_known=True)
    [started] = app.heard(TransactionStarted)
    running = charger.transaction
    assert running
    stop = op.Stop(started.transaction_id or 7, started.reference)
    assert (await do(stop, "stop.s1")).outcome == "accepted"
    await charger.wait_for(status="Finishing")


async def test_its_configuration_is_read_and_changed(do: Do, charger: SimulatedCharger) -> None:
    key = INTERVAL[charger.settings.ocpp]
    assert (await do(op.ChangeConfiguration(key, "17"))).outcome == "accepted"
    assert charger.configuration["MeterValueSampleInterval"] == "17"
    assert (await do(op.ChangeConfiguration(key, "often"))).outcome == "rejected"
    assert (await do(op.GetConfiguration((key,)))).result == {key: "17"}
    everything = await do(op.GetConfiguration())
    assert everything.outcome == "accepted"
    assert everything.result[key] == "17"
    assert len(everything.result) > 30
    if charger.settings.ocpp == "1.6":  # 2.0.1 lists what can be set, and nothing else
        assert "NumberOfConnectors" in everything.read_only


async def test_a_limit_limits_and_is_lifted(do: Do, charger: SimulatedCharger) -> None:
    charger.plug_in()
    await do(op.SetChargingProfile(1, PROFILE))
    schedule = (await do(op.GetCompositeSchedule(1, 600))).result
    assert "4000" in str(schedule)
    await do(op.ClearChargingProfile(purpose="TxDefaultProfile"))
    assert charger.station.limits.all() == []


async def test_a_reservation_holds_until_it_is_cancelled(do: Do, charger: SimulatedCharger) -> None:
    await do(op.Reserve(4, 1, "CARD", LATER))
    assert charger.status == "Reserved"
    assert (await do(op.Reserve(5, 1, "OTHER", LATER))).outcome == "rejected"
    assert (await do(op.CancelReservation(4))).outcome == "accepted"
    assert charger.status == "Available"


async def test_without_its_list_a_card_that_was_blocked_later_charges_nothing(
    do: Do, charger: SimulatedCharger
) -> None:
    anna = IdTag("ANNA", "Anna", LATER)
    for operation in keeping(1, [anna], CHARGE_POINT):
        assert (await do(operation)).outcome == "accepted"
    assert len(charger.station.id_tags) == 1
    for operation in keeping_none(2):
        assert (await do(operation)).outcome == "accepted"
    assert len(charger.station.id_tags) == 0
    charger.go_offline()  # Anna is blocked now, and it cannot hear of that
    await charger.wait_for(registered=False)
    charger.plug_in()
    charger.swipe(anna.id)
    await charger.wait_for(event=f"{anna.id} is not authorized")
    assert charger.transaction is None


async def test_with_its_list_a_card_charges_offline(do: Do, charger: SimulatedCharger) -> None:
    anna = IdTag("ANNA", "Anna", LATER)
    for operation in keeping(1, [anna], CHARGE_POINT):
        assert (await do(operation)).outcome == "accepted"
    charger.go_offline()
    await charger.wait_for(registered=False)
    charger.plug_in()
    charger.swipe(anna.id)
    await charger.wait_for(status="Charging")


async def test_a_root_comes_and_goes(do: Do, charger: SimulatedCharger) -> None:
    await do(op.InstallCertificate("CentralSystemRootCertificate", PEM))
    assert len(charger.device.certificates) == 1
    (item,) = charger.device.certificates.listed(None)
    known = item.hash_data()
    hashed = op.CertificateHash(
        "SHA256", known["issuerNameHash"], known["issuerKeyHash"], known["serialNumber"]
    )
    assert (await do(op.DeleteCertificate(hashed))).outcome == "accepted"
    assert len(charger.device.certificates) == 0


def test_no_operation_is_forgotten() -> None:
    tried = {type(operation) for operation, _ in SIMPLE} | {
        op.GetDiagnostics,
        op.SetNetworkProfile,
        op.GetTransactionStatus,
        op.GetChargingProfiles,
        op.ChangeConfiguration,
        op.GetConfiguration,
    }
    assert tried == set(get_args(op.OwnerOperation))
