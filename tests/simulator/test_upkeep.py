"""Firmware, logs and certificates: files really go over HTTP, keys and signatures are real."""

import asyncio
import base64
import contextlib
import ipaddress
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.simulator import SimulatedCharger
from app.simulator.core.pace import timestamp, utc_now
from tests.simulator.csms import Csms

FIRMWARE = b"a firmware like any other"
both = pytest.mark.parametrize("csms", ["ocpp1.6", "ocpp2.0.1"], indirect=True)
only_16 = pytest.mark.parametrize("csms", ["ocpp1.6"], indirect=True)


class Files(NamedTuple):
    url: str
    put: dict[str, bytes]


@pytest.fixture
async def files() -> AsyncIterator[Files]:
    """A file server that gives one firmware and takes everything but what is called full."""
    put: dict[str, bytes] = {}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        method, path, _ = (await reader.readline()).decode().split(" ")
        length = 0
        while (line := (await reader.readline()).strip().lower()) != b"":
            if line.startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        body = await reader.readexactly(length)
        good = "/full/" not in path and (method == "PUT" or path == "/charger-2.5.bin")
        if method == "PUT" and good:
            put[path] = body
        content = FIRMWARE if method == "GET" and good else b""
        status = "200 OK" if good else "404 Not Found"
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + content)
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield Files(f"http://127.0.0.1:{port}", put)


def certify(
    key: Any, name: str, public_key: Any = None, issuer: str = "", *, authority: bool = False
) -> str:
    """A certificate signed by the key; for an address it names the address."""
    now = datetime.now(UTC)

    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer or name))
        .public_key(public_key or key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )
    builder = builder.add_extension(x509.BasicConstraints(authority, None), critical=True)
    if name[0].isdigit():
        address = x509.IPAddress(ipaddress.ip_address(name))
        builder = builder.add_extension(x509.SubjectAlternativeName([address]), critical=False)
    certificate = builder.sign(key, hashes.SHA256())
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def statuses(csms: Csms, action: str) -> list[str]:
    return [each["status"] for each in csms.received(action)]


@only_16
async def test_a_firmware_is_fetched_and_installed(
    device: SimulatedCharger, csms: Csms, files: Files
) -> None:
    location = f"{files.url}/charger-2.5.bin"
    asked = {"location": location, "retrieveDate": timestamp(utc_now())}
    assert await csms.ask("UpdateFirmware", asked) == {}
    told = "FirmwareStatusNotification"
    await csms.until(lambda: "Installed" in statuses(csms, told))
    assert statuses(csms, told) == ["Downloading", "Downloaded", "Installing", "Installed"]
    boots = csms.received("BootNotification")
    assert [boot["firmwareVersion"] for boot in boots] == ["1.0", "charger-2.5"]
    assert csms.received("SecurityEventNotification")[0]["type"] == "FirmwareUpdated"


@only_16
async def test_a_firmware_that_is_not_there(
    device: SimulatedCharger, csms: Csms, files: Files
) -> None:
    asked = {
        "location": f"{files.url}/nothing.bin",
        "retrieveDate": timestamp(utc_now()),
        "retries": 1,
        "retryInterval": 1,
    }
    await csms.ask("UpdateFirmware", asked)
    told = "FirmwareStatusNotification"
    await csms.until(lambda: "DownloadFailed" in statuses(csms, told))
    assert statuses(csms, told) == ["Downloading", "DownloadFailed"]


@both
@pytest.mark.parametrize("genuine", [True, False])
async def test_a_signature_decides(
    device: SimulatedCharger, csms: Csms, files: Files, genuine: bool
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    signature = key.sign(FIRMWARE if genuine else b"another", ec.ECDSA(hashes.SHA256()))
    old = csms.subprotocol == "ocpp1.6"
    asked = {
        "requestId": 11,
        "firmware": {
            "location": f"{files.url}/charger-2.5.bin",
            "retrieveDateTime": timestamp(utc_now()),
            "signingCertificate": certify(key, "Maker"),
            "signature": base64.b64encode(signature).decode(),
        },
    }
    action = "SignedUpdateFirmware" if old else "UpdateFirmware"
    assert (await csms.ask(action, asked))["status"] == "Accepted"
    told = "SignedFirmwareStatusNotification" if old else "FirmwareStatusNotification"
    last = "Installed" if genuine else "InvalidSignature"
    await csms.until(lambda: last in statuses(csms, told))
    between = ["SignatureVerified", "Installing", "InstallRebooting"] if genuine else []
    assert statuses(csms, told) == ["Downloading", "Downloaded", *between, last]
    assert {each["requestId"] for each in csms.received(told)} == {11}
    if not genuine:
        await csms.until(lambda: bool(csms.received("SecurityEventNotification")))
        event = csms.received("SecurityEventNotification")[0]
        assert event["type"] == "InvalidFirmwareSignature"


@both
async def test_who_signs_with_nothing_is_refused(device: SimulatedCharger, csms: Csms) -> None:
    old = csms.subprotocol == "ocpp1.6"
    firmware = {
        "location": "http://127.0.0.1/x",
        "retrieveDateTime": timestamp(utc_now()),
        "signingCertificate": "no certificate",
        "signature": "none",
    }
    action = "SignedUpdateFirmware" if old else "UpdateFirmware"
    answer = await csms.ask(action, {"requestId": 1, "firmware": firmware})
    assert answer["status"] == "InvalidCertificate"


@only_16
async def test_diagnostics_are_put_where_they_are_wanted(
    device: SimulatedCharger, csms: Csms, files: Files
) -> None:
    name = (await csms.ask("GetDiagnostics", {"location": f"{files.url}/in"}))["fileName"]
    told = "DiagnosticsStatusNotification"
    await csms.until(lambda: len(statuses(csms, told)) == 2)
    assert statuses(csms, told) == ["Uploading", "Uploaded"]
    assert b"BootNotification" in files.put[f"/in/{name}"]
    secret = {"key": "AuthorizationKey", "value": "a secret of sixteen"}
    assert (await csms.ask("ChangeConfiguration", secret))["status"] == "Accepted"
    await csms.until(lambda: len(csms.requests) == 2)
    name = (await csms.ask("GetDiagnostics", {"location": f"{files.url}/in"}))["fileName"]
    await csms.until(lambda: len(statuses(csms, told)) == 4)
    assert b"a secret" not in files.put[f"/in/{name}"]
    await csms.ask("GetDiagnostics", {"location": f"{files.url}/full"})
    await csms.until(lambda: len(statuses(csms, told)) == 6)
    assert statuses(csms, told)[4:] == ["Uploading", "UploadFailed"]


@both
async def test_a_security_log(device: SimulatedCharger, csms: Csms, files: Files) -> None:
    chain = {"certificateChain": "no chain"}
    assert (await csms.ask("CertificateSigned", chain))["status"] == "Rejected"
    asked = {
        "logType": "SecurityLog",
        "requestId": 5,
        "log": {"remoteLocation": f"{files.url}/in"},
    }
    answer = await csms.ask("GetLog", asked)
    assert answer["status"] == "Accepted"
    assert (await csms.ask("GetLog", {**asked, "requestId": 6}))["status"] == "AcceptedCanceled"
    told = "LogStatusNotification"
    await csms.until(lambda: "Uploaded" in statuses(csms, told))
    assert csms.received(told)[-1]["requestId"] == 6
    assert any(b"Certificate" in content for content in files.put.values())


@both
async def test_certificates_come_and_go(device: SimulatedCharger, csms: Csms) -> None:
    old = csms.subprotocol == "ocpp1.6"
    use = "CentralSystemRootCertificate" if old else "CSMSRootCertificate"
    pem = certify(ec.generate_private_key(ec.SECP256R1()), "Root")
    install = {"certificateType": use, "certificate": pem}
    assert (await csms.ask("InstallCertificate", install))["status"] == "Accepted"
    broken = {**install, "certificate": "nothing"}
    assert (await csms.ask("InstallCertificate", broken))["status"] == "Rejected"
    listed = await csms.ask(
        "GetInstalledCertificateIds", {"certificateType": use if old else [use]}
    )
    found = listed["certificateHashData" if old else "certificateHashDataChain"]
    (hash_data,) = found if old else [each["certificateHashData"] for each in found]
    serial = x509.load_pem_x509_certificate(pem.encode()).serial_number
    assert int(hash_data["serialNumber"], 16) == serial
    delete = {"certificateHashData": hash_data}
    assert (await csms.ask("DeleteCertificate", delete))["status"] == "Accepted"
    assert (await csms.ask("DeleteCertificate", delete))["status"] == "NotFound"


@both
async def test_its_own_certificate_is_signed(device: SimulatedCharger, csms: Csms) -> None:
    old = csms.subprotocol == "ocpp1.6"
    action = "ExtendedTriggerMessage" if old else "TriggerMessage"
    message = "SignChargePointCertificate" if old else "SignChargingStationCertificate"
    assert (await csms.ask(action, {"requestedMessage": message}))["status"] == "Accepted"
    await csms.until(lambda: bool(csms.received("SignCertificate")))
    csr = x509.load_pem_x509_csr(csms.received("SignCertificate")[0]["csr"].encode())
    assert csr.is_signature_valid
    assert csr.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "CP1"
    authority = ec.generate_private_key(ec.SECP256R1())
    stranger = certify(authority, "CP1", issuer="CA")
    answer = await csms.ask("CertificateSigned", {"certificateChain": stranger})
    assert answer["status"] == "Rejected", "not for its key"
    chain = certify(authority, "CP1", csr.public_key(), issuer="CA")
    answer = await csms.ask("CertificateSigned", {"certificateChain": chain})
    assert answer["status"] == "Accepted"
    assert device.device.certificates.chain == chain
