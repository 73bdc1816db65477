"""``strom demo``: a sandbox owner, a simulated charge point, and one paid charge, narrated.

Everything goes the way of a real charge: the driver's wallet speaks LNURL over HTTP, the charge
point OCPP over a websocket. Only the money is play money.
"""

import asyncio
import contextlib
import os
import secrets
import socket
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import httpx

from app.bootstrap.composition import Strom
from app.charging.money import MSAT_PER_SAT
from app.entrypoints.sandbox_driver import SandboxDriver
from app.entrypoints.serve import running, until_told_to_stop
from app.records.drafts import ChargePointDraft, LocationDraft, TariffDraft
from app.records.views import Actor, IssuedCharger
from app.settings import Settings, read_settings
from app.simulator import SimulatedCharger, SimulatorSettings

EMAIL = "owner@demo.example"
PASSWORD = "demo-only-password"  # noqa: S105  printed on the screen, opens play money alone
NAME = "demo"
SATS = 2000
STOP_AT_WH = 2500
POWER_W = 50_000
SPEED = 15.0
"""So much faster than its power says: a charge in seconds."""
SHOWN_EVERY_WH = 500
LONG_S = 30 * 24 * 3600.0
NOT_THE_DEMOS = (
    "public_base_url", "charger_base_url", "live_base_url", "wallet_callback_base_url",
    "http_tls_certificate", "http_tls_key", "edge_tls_certificate", "edge_tls_key",
    "acme_domains", "acme_email", "trusted_proxies", "smtp_host", "smtp_user", "smtp_password",
    "smtp_secret", "owner_email", "owner_lnd_url", "kms_key",
)  # fmt: skip
MINISTACK = Path(".ministack/bin/ministack")


@dataclass(frozen=True, slots=True)
class Stage:
    """What the demo plays on."""

    strom: Strom
    owner: Actor
    charger: IssuedCharger
    address: str


async def run_demo(http_port: int, edge_port: int, *, once: bool) -> None:
    """Set the stage, play one charge, then keep serving until told to stop."""
    with tempfile.TemporaryDirectory(prefix="strom-demo-") as folder:
        settings = demo_settings(free_port(http_port), free_port(edge_port), Path(folder))
        say("Starting Strom: tables, web, edge for charge points …")
        async with running(settings) as strom:
            stage = await set_stage(strom)
            async with _charger(stage) as simulated:
                _show(stage)
                await play(stage, simulated)
                if not once:
                    await _keep_serving(stage, simulated)


def demo_settings(http_port: int, edge_port: int, folder: Path) -> Settings:
    """Short times and fixed rates; tables that end with the demo, or where a table is set, one of
    the demo's own beside it. Nothing else that is set for `strom serve` counts."""
    endpoint = os.environ.get("STROM_DYNAMODB_ENDPOINT", "")
    return read_settings(
        http_port=http_port,
        edge_port=edge_port,
        data_dir=folder,
        dynamodb_endpoint=endpoint,
        table=f"strom-demo-{secrets.token_hex(4)}",
        embedded_tables="" if endpoint else str(MINISTACK),
        fixed_rates={"EUR": Decimal(1_000_000)},
        sample_interval_s=1,
        quiet_readings_s=2,
        watched_readings_s=1,
        sweep_interval_s=1,
        wallet_watch_s=5,
        **dict.fromkeys(NOT_THE_DEMOS, ""),
        host="127.0.0.1",
        edge_behind_tls=False,
        acme_terms_agreed=False,
        owner_password="",
        owner_lnd_macaroon_file=None,
        owner_lnd_certificate_file=None,
    )


async def set_stage(strom: Strom) -> Stage:
    """An owner with a sandbox wallet, a place, a price and a charge point."""
    owner = await strom.tenancy.sandboxes.create_sandbox_tenant(EMAIL, "Demo owner", PASSWORD)
    draft = ChargePointDraft("Demo charger", "", "", 1, NAME, POWER_W)
    charger = await furnish(strom, owner, draft, place="Demo car park", price="Day and night")
    connector = charger.charge_point.connectors[0]
    return Stage(strom, owner, charger, f"{connector.name}@{strom.portal.settings.host}")


async def furnish(
    strom: Strom, owner: Actor, draft: ChargePointDraft, *, place: str, price: str
) -> IssuedCharger:
    """Connect a sandbox wallet, and add the charge point; the draft leaves place and price open."""
    tenant, portal = owner.tenant, strom.portal
    await portal.wallets.connect(tenant, "sandbox", {})
    where = LocationDraft(
        name=place,
        address="Strasse des 17. Juni 135",
        city="Berlin",
        postal_code="10623",
        country="DE",
        latitude=Decimal("52.5125"),
        longitude=Decimal("13.3270"),
        time_zone="Europe/Berlin",
        currency="EUR",
    )
    location = await portal.locations.add(tenant.id, where)
    tariff = await portal.tariffs.add(tenant.id, TariffDraft(price, "EUR", Decimal("0.45")))
    placed = replace(draft, location_id=location.id, tariff_id=tariff.id)
    return await portal.chargers.add(tenant.id, placed)


async def play(stage: Stage, simulated: SimulatedCharger) -> None:
    """One paid charge, every step narrated."""
    base_url = stage.strom.foundation.settings.base_url
    async with httpx.AsyncClient(timeout=30) as http:
        driver = SandboxDriver(http)
        say(f"\nA driver pays {SATS} sats to {stage.address} …")
        page = await driver.pay(stage.address, SATS)
        say(f"  paid. The wallet shows the driver the session's link:\n  {page}")
        await simulated.wait_for(received="RemoteStartTransaction", timeout=20)
        say("The charge point is told to start (OCPP RemoteStartTransaction). Plugging in …")
        simulated.plug_in(1)
        await simulated.wait_for(status="Charging", connector=1, timeout=20)
        say("  StartTransaction saved and answered: energy flows.")
        await _watch(http, page)
        say("The driver stops on the page …")
        await _post_stop(http, page)
        await simulated.wait_for(sent="StopTransaction", timeout=30)
        view = await _until(http, page, lambda seen: seen["refund_state"] == "offered")
        sats = view["refundable_msat"] // MSAT_PER_SAT
        say(
            f"  {view['energy_wh'] / 1000:.2f} kWh delivered for "
            f"{view['cost_msat'] / MSAT_PER_SAT:.0f} sats; {sats} sats are to go back."
        )
        token = page.rstrip("/").rsplit("/", 1)[1]
        await driver.withdraw(stage.address, f"{base_url}/lnurl/withdraw/{token}")
        await _until(http, page, lambda seen: seen["refund_state"] == "paid")
        say(f"The driver scans the LNURL-withdraw: {sats} sats are back in the wallet.")
        simulated.unplug(1)
    await _show_ledger(stage)


async def _watch(http: httpx.AsyncClient, page: str) -> None:
    shown = 0
    while True:
        view = await _view(http, page)
        if view["energy_wh"] // SHOWN_EVERY_WH > shown:
            shown = view["energy_wh"] // SHOWN_EVERY_WH
            say(
                f"  {view['energy_wh'] / 1000:5.2f} kWh   {(view['power_w'] or 0) / 1000:6.1f} kW"
                f"   {view['cost_msat'] / MSAT_PER_SAT:6.0f} sats of {SATS}"
            )
        if view["energy_wh"] >= STOP_AT_WH:
            return
        await asyncio.sleep(0.3)


async def _until(http: httpx.AsyncClient, page: str, reached: Any) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while True:
            view = await _view(http, page)
            if reached(view):
                return view
            await asyncio.sleep(0.3)


async def _view(http: httpx.AsyncClient, page: str) -> dict[str, Any]:
    answer = await http.get(f"{page}.json")
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()["view"]
    return found


async def _post_stop(http: httpx.AsyncClient, page: str) -> None:
    answer = await http.post(f"{page}/stop", headers={"accept": "application/json"})
    if answer.is_error:
        raise click.ClickException(f"the stop was refused: {answer.status_code}")


async def _show_ledger(stage: Stage) -> None:
    sessions = await stage.strom.portal.sessions.page(stage.owner.tenant.id, limit=1)
    detail = await stage.strom.portal.sessions.get(stage.owner.tenant.id, sessions.sessions[0].id)
    say("\nThe ledger of this charge (double entry, chained by hash):")
    for line in detail.ledger:
        say(f"  {line.kind:38} {line.amount_msat / MSAT_PER_SAT:10.3f} sats")


def _show(stage: Stage) -> None:
    base_url = stage.strom.foundation.settings.base_url
    say(f"\n  Driver's page      {base_url}/c/{stage.address.split('@')[0]}")
    say(f"  Owner's portal     {base_url}/sign-in   ({EMAIL} / {PASSWORD})")
    say(f"  Lightning address  {stage.address}")
    say(
        f"  Charge point       {stage.strom.foundation.settings.charger_url}/"
        f"{stage.charger.charge_point.path}"
    )


@contextlib.asynccontextmanager
async def _charger(stage: Stage) -> AsyncIterator[SimulatedCharger]:
    url = stage.strom.foundation.settings.charger_url
    looks = SimulatorSettings(
        power_w=POWER_W, speed=SPEED, shows_nominal_power=True, model="Demo charger"
    )
    path = stage.charger.charge_point.path
    simulated = SimulatedCharger(url, path, stage.charger.password, settings=looks)
    async with simulated:
        await _until_known(stage)
        yield simulated


async def _until_known(stage: Stage) -> None:
    """Wait until Strom has heard that the connector is free."""
    statuses, tenant = stage.strom.portal.statuses, stage.owner.tenant.id
    async with asyncio.timeout(30):
        while True:
            seen = await statuses.of(tenant, stage.charger.charge_point)
            if seen.online and seen.connectors[0].status == "Available":
                return
            await asyncio.sleep(0.1)


async def _keep_serving(stage: Stage, simulated: SimulatedCharger) -> None:
    say(
        "\nStrom keeps serving. Pay on the driver's page (button “Pay from the sandbox”) or with\n"
        f"  .venv/bin/strom sandbox pay {stage.address} --sats 2000\n"
        "and a simulated car plugs in by itself. Ctrl-C ends it."
    )
    plugging = asyncio.create_task(_obliging_car(simulated))
    try:
        await until_told_to_stop()
    finally:
        plugging.cancel()


async def _obliging_car(simulated: SimulatedCharger) -> None:
    """Plugs in when a start arrives, drives away when the charge has ended."""
    starts = 1
    while True:
        starts += 1
        await simulated.wait_for(received="RemoteStartTransaction", times=starts, timeout=LONG_S)
        await asyncio.sleep(1)
        simulated.plug_in(1)
        await simulated.wait_for(status="Charging", connector=1, timeout=LONG_S)
        await simulated.wait_for(status="Finishing", connector=1, timeout=LONG_S)
        await asyncio.sleep(3)
        simulated.unplug(1)


def free_port(wanted: int) -> int:
    """The port that is wanted, or the next one that is free."""
    for port in range(wanted, wanted + 50):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise click.ClickException(f"no free port from {wanted} on")


def say(text: str) -> None:
    """Tell the person at the terminal."""
    click.echo(text)
