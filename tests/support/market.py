"""Price sources for tests of the portal: aWATTar as recorded, or silent."""

from __future__ import annotations

from pathlib import Path

import httpx

from app.envelope import DataKeyEnvelope
from app.outbound import OutboundPolicy
from app.tariffs.spot.prices import SpotPrices
from app.tariffs.spot.sources import SpotSources
from tests.support.envelopes import PlainWrapping
from tests.support.tenancy import House

RECORDED = Path(__file__).parent.parent / "recordings" / "spot" / "awattar.json"


class Market:
    """What the outside answers."""

    def __init__(self) -> None:
        self.is_silent = False
        self.surplus_w: object = 4321.5

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/sun":
            return httpx.Response(200, json={"surplus": {"w": self.surplus_w}})
        if self.is_silent:
            return httpx.Response(503)
        return httpx.Response(200, content=RECORDED.read_bytes())

    def sources(self, house: House) -> SpotSources:
        return SpotSources(
            house.tables,
            house.clock,
            house.chance,
            DataKeyEnvelope(PlainWrapping()),
            httpx.AsyncClient(transport=httpx.MockTransport(self.answer)),
            OutboundPolicy(),
            SpotPrices(house.tables, house.clock),
        )
