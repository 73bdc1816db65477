"""How fast wallets are answered: pay request, callback, withdraw, on one core.

    python -m bench.lnurl [--full]

`strom serve` with sandbox wallets runs on a core of its own; ministack (its table), simulated
charge points and the wallets that ask run on another. A callback makes an invoice: it looks at
charge point, tariff and wallet, signs, and writes what is owed. Charge points refuse their starts,
so whoever pays has a refund at once, which is offered by the withdraw request and bound to an
invoice by the withdraw callback.

Rates are per second of the server's own processor time with eight wallets asking at once (botocore
in its threads counted), because other work on the machine then does not count. Milliseconds are
what one wallet waits for one answer while nobody else asks; whatever else the machine does is in
them. LNbits' own lnurlp extension is on no package registry, so it is not beside this.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvloop

from app.entrypoints.demo import MINISTACK
from app.entrypoints.embedded import embedded_tables
from app.entrypoints.serve import running
from app.simulator import SimulatedCharger, SimulatorSettings
from bench.journey import set_up, settings_for

WALLETS = 8
PLACES = 12
PAID_MSAT = 1_000_000
AT_ONCE = 180
INVOICE_LIFE_S = 6
"""Open invoices of a connector are capped; here they make room for those of the next round."""
PATIENCE_S = 30.0

Ask = Callable[[int], Awaitable[None]]
"""One request, of so many."""


# --- the server, in a process of its own ---------------------------------------------------------


async def serve(folder: Path, endpoint: str) -> None:
    """Serve until the other end is gone; tells what was set up on a line."""
    settings = settings_for(folder, endpoint).changed(
        invoice_life_s=INVOICE_LIFE_S, wallet_watch_s=3600
    )
    async with running(settings) as strom:
        places = []
        for number in range(PLACES):
            _, issued = await set_up(strom, number)
            point = issued.charge_point
            places.append((point.connectors[0].name, point.path, issued.password))
        print(json.dumps((settings.base_url, settings.charger_url, places)), flush=True)
        await asyncio.to_thread(sys.stdin.read)


@dataclass(frozen=True, slots=True)
class Server:
    """That process, seen from here."""

    pid: int
    base_url: str
    names: tuple[str, ...]
    http: httpx.AsyncClient

    @property
    def cpu_s(self) -> float:
        """The time its core has worked, all threads counted."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    async def get(self, url: str) -> dict[str, Any]:
        """What is answered; an error ends the bench."""
        answer: dict[str, Any] = (await self.http.get(url)).json()
        if answer.get("status") == "ERROR":
            raise RuntimeError(answer["reason"])
        return answer

    async def post(self, url: str, body: dict[str, object]) -> dict[str, Any]:
        """The same with a body."""
        answer: dict[str, Any] = (await self.http.post(url, json=body)).raise_for_status().json()
        return answer


@contextlib.asynccontextmanager
async def served(endpoint: str) -> AsyncIterator[Server]:
    """The server on its core, its charge points connected and free."""
    async with contextlib.AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="strom-bench-"))
        pipe = asyncio.subprocess.PIPE
        arguments = [sys.executable, "-m", "bench.lnurl", "--serve", folder, endpoint]
        process = await asyncio.create_subprocess_exec(*arguments, stdin=pipe, stdout=pipe)
        stack.push_async_callback(process.wait)
        assert process.stdin is not None
        assert process.stdout is not None
        stack.callback(process.stdin.close)
        base_url, charger_url, places = json.loads(await process.stdout.readline())
        for _, path, password in places:
            looks = SimulatorSettings(log_length=0)
            device = SimulatedCharger(charger_url, path, password, settings=looks)
            device.refuse_starts()
            await stack.enter_async_context(device)
        http = httpx.AsyncClient(timeout=PATIENCE_S, trust_env=False)
        await stack.enter_async_context(http)
        server = Server(process.pid, base_url, tuple(name for name, _, _ in places), http)
        await asyncio.gather(*(_until_free(server, name) for name in server.names))
        yield server


async def _until_free(server: Server, name: str) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while "callback" not in (await server.http.get(_address(server, name))).json():
            await asyncio.sleep(0.2)


def _address(server: Server, name: str) -> str:
    return f"{server.base_url}/.well-known/lnurlp/{name}"


# --- what wallets ask ----------------------------------------------------------------------------


async def callbacks(server: Server) -> list[str]:
    """A callback of each charge point, with its amount."""
    offers = [await server.get(_address(server, name)) for name in server.names]
    return [f"{offer['callback']}?amount={PAID_MSAT}" for offer in offers]


async def refundable(server: Server) -> list[str]:
    """The withdraw link of a paid and refused session at each charge point."""
    links = []
    for name, callback in zip(server.names, await callbacks(server), strict=True):
        made = await server.get(callback)
        await server.post(f"{server.base_url}/sandbox/{name}/pay", {"pr": made["pr"]})
        token = made["successAction"]["url"].rsplit("/", 1)[1]
        links.append(f"{server.base_url}/lnurl/withdraw/{token}")
    for link in links:
        async with asyncio.timeout(PATIENCE_S):
            while "k1" not in (await server.http.get(link)).json():
                await asyncio.sleep(0.1)
    return links


async def claims(server: Server, links: list[str]) -> list[str]:
    """What binds each refund to an invoice."""
    asked = []
    for name, link in zip(server.names, links, strict=True):
        offer = await server.get(link)
        wanted = {"amount_msat": offer["maxWithdrawable"]}
        made = await server.post(f"{server.base_url}/sandbox/{name}/invoice", wanted)
        asked.append(f"{offer['callback']}?k1={offer['k1']}&pr={made['pr']}")
    return asked


async def rate(server: Server, ask: Ask, count: int) -> float:
    """Answers per second of the server's processor time."""
    before = server.cpu_s

    async def wallet(first: int) -> None:
        for number in range(first, count, WALLETS):
            await ask(number)

    await asyncio.gather(*map(wallet, range(WALLETS)))
    return count / (server.cpu_s - before)


async def waits_ms(ask: Ask, count: int) -> list[float]:
    """How long each of one wallet's requests takes."""
    taken = []
    for number in range(count):
        began = time.perf_counter()
        await ask(number)
        taken.append((time.perf_counter() - began) * 1000)
    return taken


async def measure(rounds: int) -> dict[str, float]:
    async with embedded_tables(str(MINISTACK)) as endpoint, served(endpoint) as server:
        addresses = [_address(server, name) for name in server.names]
        quoted = await callbacks(server)

        def each(urls: list[str]) -> Ask:
            async def ask(number: int) -> None:
                await server.get(urls[number % len(urls)])

            return ask

        found: dict[str, float] = {}

        async def take(name: str, urls: list[str], pause_s: float = 0) -> None:
            await waits_ms(each(urls), len(urls))  # warm
            rates: list[float] = []
            taken: list[float] = []
            for _ in range(rounds):
                await asyncio.sleep(pause_s)
                rates.append(await rate(server, each(urls), AT_ONCE))
                await asyncio.sleep(pause_s)
                taken += await waits_ms(each(urls), AT_ONCE // 2)
            cuts = statistics.quantiles(taken, n=100, method="inclusive")
            found[f"{name}s_per_s"] = round(statistics.median(rates), 1)
            found[f"{name}_ms_p50"] = round(cuts[49], 1)
            found[f"{name}_ms_p99"] = round(cuts[98], 1)

        await take("pay_request", addresses)
        await take("callback", quoted, INVOICE_LIFE_S)
        await asyncio.sleep(INVOICE_LIFE_S)
        links = await refundable(server)
        await take("withdraw_request", links)
        bound = await waits_ms(each(await claims(server, links)), len(links))
        found["withdraw_callback_ms_p50"] = round(statistics.median(bound), 1)
        return found | {"rounds": rounds}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--full", action="store_true", help="eight rounds instead of one")
    arguments.add_argument("--serve", nargs=2, metavar=("FOLDER", "ENDPOINT"), help="(itself)")
    asked = arguments.parse_args()
    logging.basicConfig(level=logging.ERROR)
    cores = sorted(os.sched_getaffinity(0) | ({0} if asked.serve else set()))
    if asked.serve:
        os.sched_setaffinity(0, {cores[0]})
        uvloop.run(serve(Path(asked.serve[0]), asked.serve[1]))
    else:
        os.sched_setaffinity(0, {cores[-1]})  # the server takes the first
        print(json.dumps(uvloop.run(measure(8 if asked.full else 1))))


if __name__ == "__main__":
    main()
