"""An owner at home connects LNbits as their wallet, and a driver's charge is paid and refunded."""

from __future__ import annotations

import re
from pathlib import Path

import httpx

from tests.infra.home import Fronted, Home
from tests.journeys.chargers import BY_HAND
from tests.journeys.drivers import Driver
from tests.journeys.owners import Owner, submit
from tests.journeys.serving import ServedStrom
from tests.support.lnbits import LnbitsNode

HAD_SATS = 50_000
PAID_SATS = 2_000
COST_SATS = 600
"""Two kilowatt-hours at 300."""


async def made_its_own(url: str) -> LnbitsNode:
    """What LNbits asks for when it is opened first: a name and a password."""
    node = LnbitsNode(url, ("owner", "a long LNbits password"))
    async with httpx.AsyncClient(base_url=url, timeout=30, follow_redirects=True) as browser:
        assert "/first_install" in str((await browser.get("/")).url)
        username, password = node.admin
        answer = await browser.put(
            "/api/v1/auth/first_install",
            json={"username": username, "password": password, "password_repeat": password},
        )
        assert answer.is_success, answer.text
    return node


async def paid_and_refunded(home: Home, node: LnbitsNode, email: str, password: str) -> None:
    """The owner goes by the pages, as docs/guide/home.md says; the driver pays, charges, stops."""
    strom = ServedStrom(Path(home.folder), "", {}, home.ports["web"], home.ports["edge"])
    wallet = await node.create_wallet("garage", sats=HAD_SATS)
    front, domain = Fronted(home.ports["web"]), "https://strom.example"
    async with httpx.AsyncClient(
        base_url=domain, transport=front, timeout=30, follow_redirects=True
    ) as browser:
        await submit(browser, "/sign-in", email=email, password=password)
        entered = {"kind": "lnbits", "url": node.base_url, "admin_key": wallet.adminkey}
        assert "Connected: " in await submit(browser, "/wallets", **entered)
        key = re.search(r"<code>(strom_\w+)</code>", await submit(browser, "/api-keys", name="me"))
        assert key
    async with httpx.AsyncClient(
        base_url=f"{domain}/api/v1",
        transport=Fronted(home.ports["web"]),
        headers={"Authorization": f"Bearer {key[1]}"},
        timeout=30,
    ) as http:
        owner = Owner(strom, node, wallet, http)
        await owner.opens_a_place(currency="SAT", price_per_kwh=str(COST_SATS // 2))
        made = await owner.adds_charger(settings=BY_HAND)
        assert made.device.url == "wss://strom.example/ocpp"
        made.device.url = f"ws://127.0.0.1:{home.ports['edge']}"  # as Caddy passes it on
        async with (
            made as charger,
            httpx.AsyncClient(transport=Fronted(home.ports["web"]), timeout=30) as phone,
        ):
            purse = await node.create_wallet("driver", sats=HAD_SATS)
            driver = Driver(strom, node, purse, phone)
            invoice = await driver.asks_for_invoice(charger.address, PAID_SATS)
            await driver.pays_invoice(invoice)
            charger.plugs_in()
            await charger.charges()
            charger.delivers(2_000)
            await driver.stops()
            view = await driver.sees(phase="ended")
            left = PAID_SATS - COST_SATS
            assert view["refundable_msat"] == left * 1000
            offer = await driver.gets(f"{domain}/lnurl/withdraw/{driver.token}")
            asked = {"k1": offer["k1"], "pr": await driver.makes_invoice(left)}
            assert (await driver.gets(offer["callback"], **asked))["status"] == "OK"
            await driver.sees(refund_state="paid")
            assert await node.balance_sats(purse) == HAD_SATS - COST_SATS
            assert await node.balance_sats(wallet) == HAD_SATS + COST_SATS
