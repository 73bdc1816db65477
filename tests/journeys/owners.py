"""An owner: signs up on the pages, sets everything up through the API, reads the books there."""

from __future__ import annotations

import html
import re
import secrets
from collections import Counter
from dataclasses import dataclass
from typing import Any, Self

import httpx

from app.simulator import SimulatedCharger, SimulatorSettings
from tests.journeys.chargers import Charger
from tests.journeys.serving import ServedStrom
from tests.support.lnbits import LnbitsNode, LnbitsPayment, LnbitsWalletKeys

PASSWORD = "a-long-journey-password"
STARTING_SATS = 50_000
PRICE_PER_KWH = "0.50"
"""Euros; at the fixed rate 500 sats, so that a watt-hour costs 500 msat."""


@dataclass(eq=False)
class Owner:
    """Someone with a wallet of their own on LNbits and an account at Strom."""

    strom: ServedStrom
    node: LnbitsNode
    wallet: LnbitsWalletKeys
    http: httpx.AsyncClient
    """Carries the API key."""
    location_id: str = ""
    tariff_id: str = ""
    started_with: int = STARTING_SATS
    email: str = ""
    cookies: httpx.Cookies | None = None
    """Of the browser that has signed in."""

    @classmethod
    async def signs_up(cls, strom: ServedStrom, node: LnbitsNode, wallet_url: str = "") -> Self:
        """An account, confirmed by mail, with wallet, place and price. ``wallet_url``: reach
        LNbits elsewhere than where it is."""
        wallet = await node.create_wallet("owner", sats=STARTING_SATS)
        strom.secrets |= {wallet.adminkey, PASSWORD}
        email, key = await _account(strom)
        strom.secrets.add(key)
        http = httpx.AsyncClient(
            base_url=f"{strom.url}/api/v1",
            headers={"Authorization": f"Bearer {key}"},
            timeout=30,
            trust_env=False,
        )
        owner = cls(strom, node, wallet, http, email=email)
        await owner._connects_wallet(wallet_url or node.base_url)
        await owner.opens_a_place()
        return owner

    async def adds_charger(
        self, *, connectors: int = 1, settings: SimulatorSettings | None = None
    ) -> Charger:
        """A charge point in the account, and the device it stands for; not switched on yet."""
        issued = await self.post(
            "/charge-points",
            label="Garage",
            location_id=self.location_id,
            tariff_id=self.tariff_id,
            connectors=connectors,
            address_name=f"garage-{secrets.token_hex(4)}",
        )
        self.strom.secrets.add(issued["password"])
        known = issued["charge_point"]
        url, _, identity = known["websocket_url"].rpartition("/")
        device = SimulatedCharger(
            url, identity, issued["password"], connectors=connectors, settings=settings
        )
        path = f"/charge-points/{known['id']}"
        return Charger(device, known["address"], lambda: self.get(path), known["id"])

    async def asks_for(self, **price: Any) -> None:
        """Another price, for the charge points that are added from now on."""
        self.tariff_id = (await self.post("/tariffs", currency="EUR", **price))["id"]

    async def session(self, session_id: str) -> dict[str, Any]:
        """A charge with every movement of money."""
        return await self.get(f"/sessions/{session_id}")

    async def new_link(self, session_id: str) -> str:
        """Made on the charge's page for a driver who lost theirs."""
        async with _browser(self.strom) as browser:
            if self.cookies is None:
                await submit(browser, "/sign-in", email=self.email, password=PASSWORD)
                self.cookies = browser.cookies
            browser.cookies = self.cookies
            path = f"/sessions/{session_id}"
            page = await submit(browser, path, to=f"{path}/link")
        found = re.search(rf"{re.escape(self.strom.url)}/s/[a-z0-9.]+", html.unescape(page))
        assert found, page
        return found.group()

    async def invoices(self) -> list[LnbitsPayment]:
        """What LNbits knows of incoming payments of the owner's wallet."""
        return [each for each in await self.node.payments(self.wallet) if each.amount_msat > 0]

    async def get(self, path: str) -> dict[str, Any]:
        return _read(await self.http.get(path))

    async def lists(self, path: str) -> list[dict[str, Any]]:
        """What stands there as a list."""
        answer = await self.http.get(path)
        assert answer.is_success, answer.text
        return list(answer.json())

    async def post(self, path: str, **fields: Any) -> dict[str, Any]:
        return _read(await self.http.post(path, json=fields))

    async def _connects_wallet(self, wallet_url: str) -> None:
        fields = {"url": wallet_url, "admin_key": self.wallet.adminkey}
        wallet = await self.post("/wallets", kind="lnbits", fields=fields)
        assert wallet["status"] == "active"
        assert wallet["can_pay"]

    async def opens_a_place(self, **price: str) -> None:
        """A location, and a price in euros unless another is given."""
        place = await self.post(
            "/locations",
            name="Home",
            address="Strasse des 17. Juni 135",
            city="Berlin",
            postal_code="10623",
            country="DE",
            latitude="52.5125",
            longitude="13.3270",
            time_zone="Europe/Berlin",
            currency="EUR",
        )
        price = {"currency": "EUR", "price_per_kwh": PRICE_PER_KWH, **price}
        tariff = await self.post("/tariffs", name="Day and night", **price)
        self.location_id, self.tariff_id = place["id"], tariff["id"]


def balances_of(ledger: list[dict[str, Any]]) -> Counter[str]:
    """What stands on each account after all movements; the left side of the equation is debit."""
    balances: Counter[str] = Counter()
    for line in ledger:
        debit, _, credit = line["kind"].partition(" ← ")
        for account, amount_msat in ((debit, line["amount_msat"]), (credit, -line["amount_msat"])):
            is_debit_normal = account in ("paid", "receivable", "absorbed", "routing_fees")
            balances[account] += amount_msat if is_debit_normal else -amount_msat
    return balances


# --- pages, as a browser would ------------------------------------------------


def _browser(strom: ServedStrom) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=strom.url, timeout=30, follow_redirects=True, trust_env=False)


async def _account(strom: ServedStrom) -> tuple[str, str]:
    """Sign up, follow the mail's link, sign in, make an API key; returns e-mail and key."""
    email = f"owner-{secrets.token_hex(6)}@example.com"
    async with _browser(strom) as browser:
        await submit(
            browser,
            "/sign-up",
            email=email,
            password=PASSWORD,
            name="Ada",
            organisation="Ada's garage",
            mode="live",
        )
        await submit(browser, await _confirmation_link(browser, email))
        await submit(browser, "/sign-in", email=email, password=PASSWORD)
        page = await submit(browser, "/api-keys", name="journey")
    found = re.search(r"<code>(strom_\w+)</code>", page)
    assert found, page
    return email, found.group(1)


async def submit(browser: httpx.AsyncClient, path: str, *, to: str = "", **fields: str) -> str:
    """Open a page, fill in its form, send it (``to`` elsewhere); returns the page that follows."""
    form = await browser.get(path)
    csrf = re.search(r'name="csrf" value="([^"]+)"', form.text)
    assert csrf, form.text
    answer = await browser.post(to or path, data={"csrf": html.unescape(csrf.group(1)), **fields})
    assert answer.status_code < 400, answer.text
    return answer.text


async def _confirmation_link(browser: httpx.AsyncClient, email: str) -> str:
    outbox = html.unescape((await browser.get("/outbox")).text)
    mail = next(part for part in outbox.split("<article")[1:] if email in part)
    link = re.search(r'href="[^"]*(/confirm-email/[^"]+)"', mail)
    assert link, mail
    return link.group(1)


def _read(response: httpx.Response) -> dict[str, Any]:
    assert response.is_success, f"{response.status_code} {response.text}"
    found: dict[str, Any] = response.json()
    return found
