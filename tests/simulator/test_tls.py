"""Security profiles 2 and 3: the server is checked, the charger shows a certificate."""

import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.simulator import SimulatedCharger
from tests.simulator.central import PASSWORD
from tests.simulator.conftest import FAST
from tests.simulator.csms import Csms
from tests.simulator.test_upkeep import certify


class Authority(NamedTuple):
    key: ec.EllipticCurvePrivateKey
    file: Path

    def issues(self, folder: Path, name: str) -> tuple[Path, Path]:
        """A certificate and its key, as files."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate, key_file = folder / f"{name}.pem", folder / f"{name}.key"
        certificate.write_text(certify(self.key, name, key.public_key(), "CA"))
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return certificate, key_file


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    file = tmp_path / "ca.pem"
    file.write_text(certify(key, "CA", authority=True))
    return Authority(key, file)


@pytest.fixture
def server(authority: Authority, tmp_path: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issues(tmp_path, "127.0.0.1"))
    context.load_verify_locations(authority.file)
    return context


@pytest.fixture
async def csms(server: ssl.SSLContext, request: pytest.FixtureRequest) -> AsyncIterator[Csms]:
    server.verify_mode = getattr(request, "param", ssl.CERT_NONE)
    async with Csms(ssl=server) as csms:
        yield csms
        assert csms.complaints == []


async def test_profile_2(csms: Csms, authority: Authority) -> None:
    settings = replace(FAST, ocpp="2.0.1", ca_file=str(authority.file))
    async with SimulatedCharger(csms.url, "CP1", PASSWORD, settings=settings) as charger:
        await charger.wait_for(registered=True)
    assert csms.requests[0].headers["Authorization"].startswith("Basic ")


async def test_a_server_nobody_vouches_for(csms: Csms) -> None:
    settings = replace(FAST, ocpp="2.0.1")
    async with SimulatedCharger(csms.url, "CP1", PASSWORD, settings=settings) as charger:
        await charger.wait_for(event="certificate verify failed")
    assert csms.calls == []


@pytest.mark.parametrize("csms", [ssl.CERT_REQUIRED], indirect=True)
async def test_profile_3(csms: Csms, authority: Authority, tmp_path: Path) -> None:
    settings = replace(FAST, ocpp="2.0.1", ca_file=str(authority.file))
    async with SimulatedCharger(csms.url, "CP1", "", settings=settings) as charger:
        await charger.wait_for(event="cannot connect")
    certificate, key = authority.issues(tmp_path, "CP1")
    settings = replace(settings, certificate_file=str(certificate), key_file=str(key))
    async with SimulatedCharger(csms.url, "CP1", "", settings=settings) as charger:
        await charger.wait_for(registered=True)
    shown = csms.connections[-1].transport.get_extra_info("peercert")
    assert shown["subject"] == ((("commonName", "CP1"),),)
    assert "Authorization" not in csms.requests[-1].headers


@pytest.mark.parametrize("csms", [ssl.CERT_OPTIONAL], indirect=True)
async def test_a_signed_certificate_is_shown_from_then_on(csms: Csms, authority: Authority) -> None:
    settings = replace(FAST, ocpp="2.0.1", ca_file=str(authority.file))
    async with SimulatedCharger(csms.url, "CP1", PASSWORD, settings=settings) as charger:
        await charger.wait_for(registered=True)
        asked = {"requestedMessage": "SignChargingStationCertificate"}
        await csms.ask("TriggerMessage", asked)
        await csms.until(lambda: bool(csms.received("SignCertificate")))
        csr = x509.load_pem_x509_csr(csms.received("SignCertificate")[0]["csr"].encode())
        chain = certify(authority.key, "CP1", csr.public_key(), "CA")
        assert (await csms.ask("CertificateSigned", {"certificateChain": chain}))["status"] == (
            "Accepted"
        )
        await csms.ask("Reset", {"type": "Immediate"})
        await csms.until(lambda: len(csms.received("BootNotification")) == 2)
    peers = [each.transport.get_extra_info("peercert") for each in csms.connections]
    assert not peers[0]
    assert peers[-1]["subject"] == ((("commonName", "CP1"),),)


async def test_files_that_are_not_there(csms: Csms) -> None:
    settings = replace(FAST, ca_file="/nowhere/ca.pem")
    async with SimulatedCharger(csms.url, "CP1", PASSWORD, settings=settings) as charger:
        await charger.wait_for(event="cannot be used")
