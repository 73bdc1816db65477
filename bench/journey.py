"""How long a driver who has paid waits until the charge point is told to start.

    python -m bench.journey [--full] [--endpoint URL]

The parts of `strom serve` in one process: owners with sandbox wallets, simulated charge points
on real websockets, a driver's wallet that speaks LNURL over HTTP, and ministack as the table (or a
DynamoDB endpoint that runs already). The invoice is paid in the sandbox; the clock runs from the
moment its webhook is called, over HTTP as a wallet does, until RemoteStartTransaction has arrived
at the charge point: the question to the wallet, the saved session and the command are within.
Charge points refuse the start, so that they are free for the next driver. Payments come one after
another; everything shares one event loop, the simulated charge points too.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import uvloop

from app.bootstrap.composition import Strom
from app.entrypoints.demo import MINISTACK, free_port, furnish
from app.entrypoints.serve import running
from app.records.drafts import ChargePointDraft
from app.records.views import IssuedCharger
from app.settings import Settings, read_settings
from app.simulator import SimulatedCharger, SimulatorSettings
from app.simulator.journal import RECEIVED, LogEntry
from app.wallets.sandbox import SandboxPayer

WARM_UPS = 5
EACH = 15
"""Payments at one charge point: below the cap on a connector's open invoices."""
PATIENCE_S = 30.0
MSAT = 1_000_000


class Payer:
    """Pays in the sandbox, and keeps the webhook's address instead of calling it."""

    def __init__(self, strom: Strom, tenant: str) -> None:
        base = strom.foundation
        self._payer = SandboxPayer(base.tables, base.clock, base.chance, ring=self._ring)
        self._tenant = tenant
        self._webhook_url = ""

    async def pay(self, bolt11: str) -> str:
        """Where the wallet would call now."""
        await self._payer.pay(self._tenant, bolt11)
        return self._webhook_url

    async def _ring(self, webhook_url: str) -> None:
        self._webhook_url = webhook_url


@dataclass
class Plug:
    """A charge point that anyone can pay for, and its address."""

    base_url: str
    name: str
    device: SimulatedCharger
    payer: Payer

    async def paid_to_start_s(self, http: httpx.AsyncClient) -> float:
        """Pay once; how long until the start was there."""
        webhook_url = await self.payer.pay(await self._invoice(http))
        started = asyncio.get_running_loop().create_future()

        def heard(entry: LogEntry) -> None:
            if (entry.direction, entry.action) == (RECEIVED, "RemoteStartTransaction"):
                started.set_result(time.perf_counter())

        self.device.journal.listeners.append(heard)
        paid_at = time.perf_counter()
        calling = asyncio.create_task(http.post(webhook_url))
        async with asyncio.timeout(PATIENCE_S):
            started_at: float = await started
            (await calling).raise_for_status()
        self.device.journal.listeners.remove(heard)
        return started_at - paid_at

    async def _invoice(self, http: httpx.AsyncClient) -> str:
        """Ask until the last driver's session has ended."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                offer = await _get(http, f"{self.base_url}/.well-known/lnurlp/{self.name}")
                if "callback" in offer:
                    made = await _get(http, f"{offer['callback']}?amount={MSAT}")
                    if "pr" in made:
                        return str(made["pr"])
                await asyncio.sleep(0.02)


async def _get(http: httpx.AsyncClient, url: str) -> dict[str, Any]:
    found: dict[str, Any] = (await http.get(url)).json()
    return found


def settings_for(folder: Path, endpoint: str) -> Settings:
    return read_settings(
        http_port=free_port(18_000),
        edge_port=free_port(19_000),
        data_dir=folder,
        table=f"bench-{folder.name}",
        dynamodb_endpoint=endpoint,
        embedded_tables="" if endpoint else str(MINISTACK),
        fixed_rates={"EUR": Decimal(1_000_000)},
    )


async def set_up(strom: Strom, number: int) -> tuple[str, IssuedCharger]:
    """A sandbox owner with a charge point; the tenant's id and it.

    Each has a wallet of its own: one wallet is not asked more than a few times a second.
    """
    owner = await strom.tenancy.sandboxes.create_sandbox_tenant(
        f"bench-{number}@example.com", "Bench", "bench-only-password"
    )
    draft = ChargePointDraft("Bench", "", "", 1, f"bench-{number}")
    return owner.tenant.id, await furnish(strom, owner, draft, place="Bench", price="Bench")


@asynccontextmanager
async def plugged(
    strom: Strom, issued: list[tuple[str, IssuedCharger]]
) -> AsyncIterator[list[Plug]]:
    """The devices, connected and free, that refuse every start."""
    settings, looks = strom.foundation.settings, SimulatorSettings(log_length=50)
    async with AsyncExitStack() as stack:
        plugs = []
        for tenant, one in issued:
            device = SimulatedCharger(
                settings.charger_url, one.charge_point.path, one.password, settings=looks
            )
            device.refuse_starts()
            await stack.enter_async_context(device)
            name = one.charge_point.connectors[0].name
            plugs.append(Plug(settings.base_url, name, device, Payer(strom, tenant)))
        yield plugs


async def measure(samples: int, endpoint: str) -> list[float]:
    """Payments one after another, round the charge points; seconds."""
    with tempfile.TemporaryDirectory(prefix="strom-bench-") as folder:
        async with AsyncExitStack() as stack:
            strom = await stack.enter_async_context(running(settings_for(Path(folder), endpoint)))
            issued = [await set_up(strom, n) for n in range(-(-(samples + WARM_UPS) // EACH))]
            plugs = await stack.enter_async_context(plugged(strom, issued))
            http = await stack.enter_async_context(
                httpx.AsyncClient(timeout=PATIENCE_S, trust_env=False)
            )
            taken = [
                await plugs[n % len(plugs)].paid_to_start_s(http) for n in range(WARM_UPS + samples)
            ]
    return taken[WARM_UPS:]


def result(taken_s: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(taken_s, n=100, method="inclusive")
    return {
        "paid_to_start_ms_p50": round(cuts[49] * 1000, 1),
        "paid_to_start_ms_p99": round(cuts[98] * 1000, 1),
        "paid_to_start_ms_max": round(max(taken_s) * 1000, 1),
        "samples": len(taken_s),
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--full", action="store_true", help="1,500 payments instead of 150")
    arguments.add_argument("--endpoint", default="", help="of a DynamoDB that runs already")
    asked = arguments.parse_args()
    logging.basicConfig(level=logging.ERROR)
    print(json.dumps(result(uvloop.run(measure(1500 if asked.full else 150, asked.endpoint)))))


if __name__ == "__main__":
    main()
