"""Every operation an owner has, at charge points by others: what comes of each, in a table."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, get_args, get_type_hints

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from app import operations as op
from app.edge_messages import Booted, ConnectorStatus, Readings, SigningRequest, WorkStatus
from tests.interop import em_simulator, ocppsim
from tests.interop.charge_points import Device
from tests.interop.conftest import missing
from tests.interop.operating import PATIENCE_S, Operator, in_a_word, operating
from tests.ocpp_edge.conftest import until
from tests.simulator.test_upkeep import certify

SILENCE_S = 0.5
"""After this the em-simulator is not going to answer any more."""

LATER = datetime.now(UTC) + timedelta(days=1)
PEM = certify(ec.generate_private_key(ec.SECP256R1()), "Root")
HTTPS = "https://files.example/new.bin"
FTP = "ftp://files.example/new.bin"
ROOT: op.RootKind = "CentralSystemRootCertificate"
NOBODYS = op.CertificateHash("SHA256", "aa", "bb", "cc")
PROFILE = op.ChargingProfile(
    id=5,
    stack_level=1,
    purpose="TxDefaultProfile",
    kind="Relative",
    schedule=op.ChargingSchedule("W", (op.SchedulePeriod(0, Decimal(4000)),)),
)
LIST = op.SendLocalList(3, "Full", (op.LocalListEntry("CARD"),))
SIGNED = op.UpdateFirmware(
    HTTPS, LATER, request_id=7, signing_certificate=PEM, signature="c2lnbmVk"
)
OF_THE_STATION = "ChargingStation.HeartbeatInterval"

YES = "accepted"
"""Answered, in an answer that has no status."""
ACCEPTED = "accepted Accepted"
REJECTED = "rejected Rejected"
UNSUPPORTED = "rejected NotSupported"
NOT_IN_16 = "rejected OCPP 1.6, which this charge point speaks, cannot do this"
"""The edge says so; the charge point is not asked."""
SILENT = "unknown timed out"
NOT_MADE = "rejected NotImplemented"


class Try(NamedTuple):
    """What comes of an operation at each; None where it is not tried."""

    operation: op.OwnerOperation
    ocppsim_16: str
    ocppsim_2x: str
    em: str | None = None


TRIES = (
    Try(op.Unlock(1), "accepted Unlocked", "accepted Unlocked", SILENT),
    Try(op.ChangeAvailability("Inoperative", 1), ACCEPTED, ACCEPTED, ACCEPTED),
    Try(op.ChangeAvailability("Operative"), ACCEPTED, ACCEPTED, ACCEPTED),
    Try(op.ClearCache(), ACCEPTED, ACCEPTED, SILENT),
    Try(op.TransferData("Strom", "Echo", "hello"), ACCEPTED, ACCEPTED, ACCEPTED),
    # ocppsim knows every vendor
    Try(op.TransferData("Nobody"), ACCEPTED, ACCEPTED, "rejected UnknownVendorId"),
    Try(LIST, ACCEPTED, ACCEPTED, SILENT),
    Try(op.GetLocalListVersion(), YES, YES, SILENT),
    Try(op.Reserve(4, 1, "CARD", LATER), ACCEPTED, ACCEPTED, SILENT),
    Try(op.Reserve(5, 1, "CARD", LATER), "rejected Occupied", "rejected Occupied"),
    Try(op.CancelReservation(4), ACCEPTED, ACCEPTED, SILENT),
    Try(op.CancelReservation(4), REJECTED, REJECTED),
    Try(op.SetChargingProfile(0, PROFILE), ACCEPTED, ACCEPTED, SILENT),
    Try(op.GetCompositeSchedule(1, 600), ACCEPTED, ACCEPTED, SILENT),
    Try(op.GetChargingProfiles(6), NOT_IN_16, UNSUPPORTED, NOT_IN_16),
    Try(op.ClearChargingProfile(profile_id=5), ACCEPTED, ACCEPTED, "rejected Unknown"),
    Try(op.ClearChargingProfile(profile_id=5), "rejected Unknown", "rejected Unknown"),
    # ocppsim's device model is one component, ChargingStation, with 1.6's keys for variables
    Try(
        op.ChangeConfiguration("HeartbeatInterval", "600"),
        ACCEPTED,
        "rejected UnknownComponent",
        ACCEPTED,
    ),
    Try(op.ChangeConfiguration(OF_THE_STATION, "600"), UNSUPPORTED, ACCEPTED, UNSUPPORTED),
    Try(op.GetConfiguration((OF_THE_STATION,)), "accepted unknown", YES, "accepted unknown"),
    Try(op.GetConfiguration(), YES, UNSUPPORTED, YES),  # 2.x: GetBaseReport
    Try(op.SetNetworkProfile(1, "wss://a.example/ocpp", 2), NOT_IN_16, UNSUPPORTED, NOT_IN_16),
    Try(op.GetTransactionStatus(), NOT_IN_16, UNSUPPORTED, NOT_IN_16),
    Try(op.GetDiagnostics(HTTPS), YES, ACCEPTED, YES),
    Try(op.GetLog("SecurityLog", 3, HTTPS), ACCEPTED, ACCEPTED, SILENT),
    Try(op.GetLog("DiagnosticsLog", 3, FTP), REJECTED, REJECTED),  # it takes http and https
    Try(op.UpdateFirmware(HTTPS, LATER, request_id=6), UNSUPPORTED, ACCEPTED, YES),
    Try(SIGNED, ACCEPTED, ACCEPTED, SILENT),
    Try(op.SendSignedCertificate(PEM), ACCEPTED, ACCEPTED, SILENT),  # em reads a draft's field
    Try(op.InstallCertificate(ROOT, PEM), ACCEPTED, ACCEPTED, SILENT),
    Try(op.GetInstalledCertificates(ROOT), ACCEPTED, ACCEPTED, SILENT),
    Try(op.DeleteCertificate(NOBODYS), "rejected NotFound", "rejected NotFound", SILENT),
    Try(op.Trigger("BootNotification"), ACCEPTED, ACCEPTED, ACCEPTED),
    Try(op.Trigger("DiagnosticsStatusNotification"), ACCEPTED, ACCEPTED, NOT_MADE),
    Try(op.Trigger("FirmwareStatusNotification"), ACCEPTED, ACCEPTED, NOT_MADE),
    Try(op.Trigger("Heartbeat"), ACCEPTED, ACCEPTED, NOT_MADE),
    Try(op.Trigger("LogStatusNotification"), ACCEPTED, ACCEPTED, NOT_MADE),
    Try(op.Trigger("MeterValues", 1), ACCEPTED, ACCEPTED, NOT_MADE),
    Try(op.Trigger("SignChargePointCertificate"), ACCEPTED, ACCEPTED, ACCEPTED),
    Try(op.Trigger("StatusNotification", 1), ACCEPTED, ACCEPTED, NOT_MADE),
    Try(op.Reset("Hard"), ACCEPTED, ACCEPTED),
    Try(op.Reset("Soft"), ACCEPTED, ACCEPTED, ACCEPTED),
)


def test_no_operation_is_forgotten() -> None:
    tried = [each.operation for each in TRIES]
    assert {type(operation) for operation in tried} == set(get_args(op.OwnerOperation))
    triggered = {each.message for each in tried if isinstance(each, op.Trigger)}
    assert triggered == set(get_args(get_type_hints(op.Trigger)["message"]))


@asynccontextmanager
async def ocppsim_at_work(
    folder: Path, version: ocppsim.Version
) -> AsyncIterator[tuple[Operator, Device]]:
    if not ocppsim.PROGRAM.exists():
        pytest.skip(missing("ocppsim"))
    async with operating() as owner, ocppsim.Ocppsim(owner.door, folder, version) as device:
        await owner.sees_it_boot()
        yield owner, device


@asynccontextmanager
async def em_at_work(folder: Path) -> AsyncIterator[tuple[Operator, Device]]:
    node = em_simulator.find_node()
    if node is None:
        pytest.skip(missing("em-simulator"))
    async with operating(call_timeout_s=SILENCE_S) as owner:
        obeying = em_simulator.EmSimulator(node, owner.door, folder, em_simulator.OBEYS)
        async with obeying as device:
            await owner.sees_it_boot()
            yield owner, device


async def each_comes_out(owner: Operator, expected: list[tuple[op.OwnerOperation, str]]) -> None:
    found = [(operation, in_a_word(await owner.has(operation))) for operation, _ in expected]
    assert [each for each in found if each not in expected] == []
    assert found == expected


@pytest.mark.parametrize("version", get_args(ocppsim.Version))
async def test_ocppsim_does_what_it_can(folder: Path, version: ocppsim.Version) -> None:
    column = "ocppsim_16" if version == "1.6" else "ocppsim_2x"
    async with ocppsim_at_work(folder, version) as (owner, device):
        await each_comes_out(owner, [(each.operation, getattr(each, column)) for each in TRIES])
        assert "[RX] [4," not in device.log, "we refuse what it says"


async def test_the_em_simulator_does_what_it_can(folder: Path) -> None:
    async with em_at_work(folder) as (owner, device):
        await each_comes_out(owner, [(each.operation, each.em) for each in TRIES if each.em])
        # its reset opens the new socket before it has closed the old one
        await until(lambda: "WS closed" in device.log, PATIENCE_S)
        assert device.log.index("Open requested. [1]") < device.log.index("WS closed")
        await until(lambda: len(owner.app.heard(Booted)) == 3, PATIENCE_S)  # and one was triggered
        assert "]: [4," not in device.log, "neither refuses what the other says"


async def test_the_em_simulator_asks_for_a_certificate(folder: Path) -> None:
    """With a field beside the request that the schema does not have; the request counts."""
    async with em_at_work(folder) as (owner, device):
        await owner.has(op.Trigger("SignChargePointCertificate"))
        await until(lambda: owner.app.heard(SigningRequest), PATIENCE_S)
        assert '"typeOfCertificate":"ChargingStationCertificate"' in device.log
        [asked] = owner.app.heard(SigningRequest)
        assert asked.csr.startswith("-----BEGIN CERTIFICATE REQUEST-----")


@pytest.mark.parametrize("version", get_args(ocppsim.Version))
async def test_ocppsim_keeps_what_it_was_told(folder: Path, version: ocppsim.Version) -> None:
    async with ocppsim_at_work(folder, version) as (owner, _):
        await owner.has(LIST)
        assert (await owner.has(op.GetLocalListVersion())).result == {"listVersion": 3}

        await owner.has(op.SetChargingProfile(1, PROFILE))
        schedule = (await owner.has(op.GetCompositeSchedule(1, 600))).result
        assert "4000" in str(schedule)

        key = "HeartbeatInterval" if version == "1.6" else OF_THE_STATION
        await owner.has(op.ChangeConfiguration(key, "17"))
        assert (await owner.has(op.GetConfiguration((key,)))).result == {key: "17"}

        await owner.has(op.InstallCertificate(ROOT, PEM))
        certificates = await hashes(owner)
        assert len(certificates) == 1
        assert in_a_word(await owner.has(op.DeleteCertificate(*certificates))) == ACCEPTED
        assert await hashes(owner) == []


async def hashes(owner: Operator) -> list[op.CertificateHash]:
    """Of the roots it trusts."""
    listed = await owner.has(op.GetInstalledCertificates(ROOT))
    found: Any = listed.result.get("certificateHashData", [])
    names = ("hashAlgorithm", "issuerNameHash", "issuerKeyHash", "serialNumber")
    return [op.CertificateHash(*(each[name] for name in names)) for each in found]


@pytest.mark.parametrize("version", get_args(ocppsim.Version))
async def test_ocppsim_tells_what_it_is_asked_to_tell(
    folder: Path, version: ocppsim.Version
) -> None:
    async with ocppsim_at_work(folder, version) as (owner, _):
        await owner.has(op.GetLog("SecurityLog", 3, HTTPS))
        await owner.has(SIGNED)
        for each in TRIES:
            if isinstance(each.operation, op.Trigger):
                await owner.has(each.operation)
        app = owner.app
        for kind in (Readings, SigningRequest, ConnectorStatus):
            await until(partial(app.heard, kind), PATIENCE_S)
        await until(lambda: len(app.heard(Booted)) == 2, PATIENCE_S)
        work = {("log", "Uploaded", 3), ("firmware", "Installed", 7)}
        await until(lambda: work <= {_told(each) for each in app.heard(WorkStatus)}, PATIENCE_S)


def _told(work: WorkStatus) -> tuple[str, str, int | None]:
    return work.work, work.status, work.request_id
