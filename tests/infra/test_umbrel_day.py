"""The first day on Umbrel: the app is opened, the user's node is the wallet by itself, a charge
point on the same network connects, and a driver's charge is paid and refunded by that node."""

from __future__ import annotations

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.infra.home import Fronted
from tests.infra.test_umbrel import FOLDER, given_by_umbrel, services_of
from tests.journeys.chargers import BY_HAND
from tests.journeys.drivers import Driver
from tests.journeys.owners import Owner, submit
from tests.journeys.serving import STROM, ServedStrom
from tests.journeys.waiting import until
from tests.support.lnbits import LnbitsNode, LnbitsWalletKeys
from tests.support.lnd_calls import ADMIN
from tests.support.lnd_certificate import self_signed
from tests.support.lnd_service import LndService
from tests.support.servers import HOST, bare_environment, free_port, launch, listens

ONION = "abcdef.onion"
PAID_SATS, COST_SATS = 2_000, 600
NOBODY = LnbitsWalletKeys("", "", "", "", "")
"""The driver pays within the node's network."""


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[LndService]:
    """The user's own, its files where the Lightning Node app has them."""
    files = tmp_path / "lnd" / "data" / "chain" / "bitcoin" / "regtest"
    files.mkdir(parents=True)
    (files / "admin.macaroon").write_bytes(bytes.fromhex(ADMIN))
    certificate = self_signed("umbrel")
    (tmp_path / "lnd" / "tls.cert").write_text(certificate.pem)
    service = LndService()
    service.network.balance_msat = 50_000_000
    async with service.served(certificate, tmp_path):
        yield service
    assert service.violations == []


def environment(tmp_path: Path, node: LndService, table: str) -> dict[str, str]:
    """The compose file's, but for addresses and folders of containers."""
    web = services_of(tmp_path, APP_BITCOIN_NETWORK="regtest")["web"]
    given = {name: str(value) for name, value in web["environment"].items()}
    here = {
        "STROM_HOST": HOST,
        "STROM_HTTP_PORT": str(free_port()),
        "STROM_EDGE_PORT": str(free_port()),
        "STROM_DATA_DIR": str(tmp_path / "keys"),
        "STROM_DYNAMODB_ENDPOINT": table,
        "STROM_TRUSTED_PROXIES": HOST,
        "STROM_OWNER_LND_URL": node.url,
        "STROM_OWNER_LND_MACAROON_FILE": given["STROM_OWNER_LND_MACAROON_FILE"].replace(
            "/lnd/", f"{tmp_path}/lnd/", 1
        ),
        "STROM_OWNER_LND_CERTIFICATE_FILE": f"{tmp_path}/lnd/tls.cert",
    }
    assert here.keys() <= given.keys()
    own = {"STROM_TABLE": f"umbrel-{tmp_path.parent.name}"}  # here it is shared
    return bare_environment(**{**given, **here, **own, "STROM_SWEEP_INTERVAL_S": "0.3"})


async def test_the_first_day(tmp_path: Path, node: LndService, ministack_endpoint: str) -> None:
    (tmp_path / "tor" / "app-strom").mkdir(parents=True)
    (tmp_path / "tor" / "app-strom" / "hostname").write_text(f"{ONION}\n")
    settings = environment(tmp_path, node, ministack_endpoint)
    web, edge = int(settings["STROM_HTTP_PORT"]), int(settings["STROM_EDGE_PORT"])
    server = await asyncio.to_thread(
        launch,
        "strom",
        [str(STROM), "serve"],
        url=f"http://{HOST}:{web}",
        is_ready=lambda: listens(web) and _is_healthy(settings),
        environment=settings,
        cwd=tmp_path,
        log=tmp_path / "strom.log",
    )
    try:
        key = await _opens_the_app(tmp_path, web)
        await _charges(ServedStrom(tmp_path, "", {}, web, edge), node, key)
    finally:
        server.stop()
    assert ADMIN not in (tmp_path / "strom.log").read_text()


def _is_healthy(settings: dict[str, str]) -> bool:
    check = yaml.safe_load((FOLDER / "docker-compose.yml").read_text())["services"]["web"]
    how, program, *words = check["healthcheck"]["test"]
    assert (how, program) == ("CMD", "strom")
    asked = subprocess.run([str(STROM), *words], env=settings, capture_output=True)
    return asked.returncode == 0


async def _opens_the_app(tmp_path: Path, web: int) -> str:
    """With what Umbrel shows; returns a key for the API."""
    manifest = yaml.safe_load((FOLDER / "umbrel-app.yml").read_text())
    async with httpx.AsyncClient(
        base_url=f"http://umbrel.local:{manifest['port']}",
        transport=Fronted(web),
        timeout=30,
        follow_redirects=True,
    ) as browser:
        password = given_by_umbrel(tmp_path)["APP_PASSWORD"]
        page = await submit(
            browser, "/sign-in", email=manifest["defaultUsername"], password=password
        )
        assert "sign out" in page.lower()

        async def wallets() -> str:
            return (await browser.get("/wallets")).text

        await until(
            wallets, lambda seen: "Replace it by another" in seen, "the node to be connected"
        )
        found = re.search(
            r"<code>(strom_\w+)</code>", await submit(browser, "/api-keys", name="me")
        )
    assert found
    return found[1]


async def _charges(strom: ServedStrom, node: LndService, key: str) -> None:
    def by_tor(**more: Any) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=Fronted(strom.http_port), timeout=30, **more)

    headers = {"Authorization": f"Bearer {key}"}
    async with (
        by_tor(base_url=f"http://{ONION}/api/v1", headers=headers) as http,
        by_tor() as phone,
    ):
        owner = Owner(strom, LnbitsNode(""), NOBODY, http)
        [wallet] = await owner.lists("/wallets")
        assert (wallet["kind"], wallet["status"], wallet["can_pay"]) == ("lnd", "active", True)
        await owner.opens_a_place(currency="SAT", price_per_kwh=str(COST_SATS // 2))
        made = await owner.adds_charger(settings=BY_HAND)
        assert made.device.url == "ws://umbrel.local:9220"
        assert made.address.endswith(f"@{ONION}")
        made.device.url = f"ws://{HOST}:{strom.edge_port}"  # what is published there
        async with made as charger:
            driver = Driver(strom, LnbitsNode(""), NOBODY, phone)
            invoice = await driver.asks_for_invoice(charger.address, PAID_SATS)
            await node.network.pays(invoice.bolt11)
            driver.finds(invoice.page)
            charger.plugs_in()
            await charger.charges()
            charger.delivers(2_000)
            await driver.stops()
            left_msat = (PAID_SATS - COST_SATS) * 1000
            # The payment was held, and is taken once the charger has accepted.
            await driver.sees(phase="ended", refundable_msat=left_msat)
            offer = await driver.gets(f"http://{ONION}/lnurl/withdraw/{driver.token}")
            asked = {"k1": offer["k1"], "pr": await node.network.makes_invoice(left_msat)}
            assert (await driver.gets(offer["callback"], **asked))["status"] == "OK"
            await driver.sees(refund_state="paid")
