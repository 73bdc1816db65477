"""Drivers' lightning addresses: the servers behind them answer, refuse, stall, or cheat."""

import asyncio
import json
import random

import httpx

from tests.simulation.faults import Trouble
from tests.simulation.process import Process
from tests.simulation.town import Town

HOST = "wallet.example"
QUICK_S = (0.02, 0.4)
STALLED_S = 900.0
PASSING = ("answers", "answers", "answers", "down", "stalls")
"""What a moody server does. It calms down when everything does, and so does one that is down."""


class AddressServers(httpx.AsyncBaseTransport):
    """The internet as an app process finds it: lightning addresses, and nothing else."""

    def __init__(self, process: Process, town: Town, trouble: Trouble) -> None:
        self._process = process
        self._town = town
        self._trouble = trouble

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One request; the process may die before, and after."""
        dice = self._process.dice
        self._process.step()
        await asyncio.sleep(dice.uniform(*QUICK_S))
        self._process.step()
        name = request.url.path.rsplit("/", 1)[1]
        mood = self._mood(self._town.moods.get(f"{name}@{request.url.host}", "answers"), dice)
        if mood == "stalls":
            await asyncio.sleep(STALLED_S)
        if mood == "down":
            return httpx.Response(503)
        if request.method == "POST":
            self._town.count("wallets told of a balance")
            return httpx.Response(204)
        if mood == "refuses":
            return _json({"status": "ERROR", "reason": "not today"})
        if request.url.path.startswith("/.well-known/lnurlp/"):
            return _json(_pay_request(name))
        answer = _json({"pr": self._invoice(name, mood, int(request.url.params["amount"]))})
        self._process.step()
        return answer

    def _mood(self, mood: str, dice: random.Random) -> str:
        is_calm = not self._trouble.is_on
        if mood == "moody":
            return "answers" if is_calm else dice.choice(PASSING)
        return "answers" if mood == "down" and is_calm else mood

    def _invoice(self, name: str, mood: str, amount_msat: int) -> str:
        described = _metadata("somebody else" if mood == "wrong_description" else name)
        made = self._town.lightning.make_invoice(
            name,
            amount_msat + (1000 if mood == "wrong_amount" else 0),
            5 if mood == "expires_soon" else 3600,
            described=described,
        )
        self._town.count("invoices of addresses")
        return made.bolt11


def client(process: Process, town: Town, trouble: Trouble) -> httpx.AsyncClient:
    """What an app process reaches them with."""
    return httpx.AsyncClient(transport=AddressServers(process, town, trouble), trust_env=False)


def _pay_request(name: str) -> dict[str, object]:
    return {
        "tag": "payRequest",
        "callback": f"https://{HOST}/pay/{name}",
        "minSendable": 1,
        "maxSendable": 10**11,
        "metadata": _metadata(name),
    }


def _metadata(name: str) -> str:
    return json.dumps([["text/plain", f"To {name}"], ["text/identifier", f"{name}@{HOST}"]])


def _json(body: dict[str, object]) -> httpx.Response:
    return httpx.Response(200, json=body)
