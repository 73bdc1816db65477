"""A charge point gets a certificate of its own, and from then on is let in by nothing less."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.journeys.chargers import BY_HAND
from tests.journeys.drivers import Driver
from tests.journeys.owners import Owner
from tests.journeys.serving import ServedStrom, assert_log_is_clean
from tests.journeys.test_insight import path_of
from tests.journeys.waiting import until
from tests.simulator.test_upkeep import certify
from tests.support.charger_certificates import ec_key, key_pem, write_pair
from tests.support.servers import HOST, free_port


@pytest.fixture(scope="module")
def strom(tmp_path_factory: pytest.TempPathFactory, tables: str) -> Iterator[ServedStrom]:
    """This file's Strom takes TLS itself."""
    folder = tmp_path_factory.mktemp(f"journeys-{secrets.token_hex(4)}-")
    authority = ec.generate_private_key(ec.SECP256R1())
    (folder / "ca.pem").write_text(certify(authority, "CA", authority=True))
    certificate = certify(authority, HOST, ec_key().public_key(), "CA")
    files = write_pair(folder, "edge", certificate, key_pem(ec_key()))
    settings = {
        "EDGE_TLS_CERTIFICATE": files.certificate,
        "EDGE_TLS_KEY": files.key,
        "EDGE_TLS_PORT": str(free_port()),
    }
    strom = ServedStrom(folder, tables, settings)
    strom.start()
    try:
        yield strom
    finally:
        strom.stop()
    assert_log_is_clean(strom)


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_from_a_password_to_a_certificate_of_its_own(
    owner: Owner, driver: Driver, strom: ServedStrom, version: str
) -> None:
    ca_file = str(Path(strom.folder) / "ca.pem")
    settings = replace(BY_HAND, ocpp=version, ca_file=ca_file)
    made = await owner.adds_charger(settings=settings)
    device = made.device
    port = strom.settings["EDGE_TLS_PORT"]
    device.url = device.url.replace("ws://", "wss://").replace(f":{strom.edge_port}", f":{port}")
    async with made as charger:
        path = await path_of(owner, charger)
        await owner.post(f"{path}/operations", type="trigger", message="SignChargePointCertificate")
        await device.wait_for(sent="CertificateSigned.conf")
        assert (await owner.get(f"{path}/access"))["profile"] == 2, "so far by its password"

        charger.loses_its_network()
        await device.wait_for(registered=False)
        charger.comes_back()
        await device.wait_for(registered=True)
        await until(
            lambda: owner.get(f"{path}/access"),
            lambda access: access["profile"] == 3 and access["required_profile"] == 3,
            "a certificate to be asked for from now on",
        )

        await driver.pays(charger.address, 1_000)
        charger.plugs_in()
        await charger.charges()
        charger.delivers(1_000)
        await driver.sees(phase="charging", energy_wh=1_000)
        device.press_stop()
        await driver.sees(phase="ended")
