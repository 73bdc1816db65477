"""A driver at a charge point: an hour's charge, from the pay request to the free connector."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Any

import websockets

from app.records.views import IssuedCharger
from app.simulator import SimulatedCharger
from bench.cost.stage import Stage
from bench.journey import Payer

HOUR_S = 3600
WATCHED_S = 180
PLUGS_IN_AFTER_S = 20
PREPAID_MSAT = 12 * 450_000
"""12 kWh, of which an hour at 11 kW leaves a little."""
PATIENCE_S = 120


@dataclass(frozen=True, slots=True)
class Visit:
    """A driver at a charge point."""

    stage: Stage
    tenant: str
    issued: IssuedCharger
    device: SimulatedCharger

    async def charge(self) -> None:
        """From the pay request to the free connector."""
        stage, device = self.stage, self.device
        name = self.issued.charge_point.connectors[0].name
        offer = await self._get(f"{stage.base_url}/.well-known/lnurlp/{name}")
        made = await self._get(f"{offer['callback']}?amount={PREPAID_MSAT}")
        webhook = await Payer(stage.strom, self.tenant).pay(made["pr"])
        (await stage.http.post(webhook)).raise_for_status()
        page = made["successAction"]["url"]
        (await stage.http.get(page, headers={"accept": "text/html"})).raise_for_status()
        token = page.rsplit("/", 1)[1]
        watching = asyncio.create_task(self._watch(token))
        await device.wait_for(received="RemoteStartTransaction", timeout=PATIENCE_S)
        await asyncio.sleep(PLUGS_IN_AFTER_S)
        device.plug_in(1)
        await device.wait_for(status="Charging", connector=1, timeout=PATIENCE_S)
        await asyncio.sleep(HOUR_S)
        await watching
        await self._withdraw(token)
        device.unplug(1)

    async def _withdraw(self, token: str) -> None:
        url = f"{self.stage.base_url}/lnurl/withdraw/{token}"
        offer = await self._get(url)
        payer = self.stage.strom.sandbox_payer
        invoice = await payer.create_driver_invoice(self.tenant, offer["maxWithdrawable"])
        answer = await self._get(f"{offer['callback']}?k1={offer['k1']}&pr={invoice.bolt11}")
        assert answer == {"status": "OK"}, answer

    async def _watch(self, token: str) -> None:
        base = self.stage.strom.foundation.settings.charger_url
        url = f"{base}/live/{token}"
        async with websockets.connect(url, ping_interval=None) as socket:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(WATCHED_S):
                    async for _ in socket:
                        pass

    async def _get(self, url: str) -> dict[str, Any]:
        answer: dict[str, Any] = (await self.stage.http.get(url)).json()
        assert answer.get("status") != "ERROR", answer
        return answer
