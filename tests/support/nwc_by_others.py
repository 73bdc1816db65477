"""A NIP-47 wallet service by others: ``NWCWalletService`` of npm's ``@getalby/sdk``, under Node.

``make setup-test`` puts it into ``.nwc-sdk`` where there are Node (20 or newer) and npm. It needs
no network.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

from nostr_sdk import Keys

from tests.support.nwc_ledger import PLAIN, ServiceError, WalletLedger

ROOT = Path(__file__).parents[2]
SDK = ROOT / ".nwc-sdk/node_modules/@getalby/sdk/dist/cjs/nwc.cjs"
SCRIPT = Path(__file__).with_suffix(".mjs")
START_S = 20


def find_node() -> str | None:
    """Node, if it and the SDK are there."""
    return shutil.which("node") if SDK.exists() else None


@contextlib.asynccontextmanager
async def a_service_by_others(node: str, relay: str, ledger: WalletLedger) -> AsyncIterator[str]:
    """Runs the service on a relay; gives the owner's connection string."""
    wallet, app = Keys.generate(), Keys.generate()
    process = await asyncio.create_subprocess_exec(
        node,
        "--experimental-websocket",
        str(SCRIPT),
        str(SDK),
        relay,
        wallet.secret_key().to_hex(),
        app.public_key().to_hex(),
        " ".join(sorted(PLAIN)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    ready = asyncio.Event()
    serving = asyncio.create_task(_serve(process, ledger, ready))
    try:
        async with asyncio.timeout(START_S):
            await ready.wait()
        pubkey, secret = wallet.public_key().to_hex(), app.secret_key().to_hex()
        yield f"nostr+walletconnect://{pubkey}?relay={relay}&secret={secret}"
    finally:
        serving.cancel()
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _serve(
    process: asyncio.subprocess.Process, ledger: WalletLedger, ready: asyncio.Event
) -> None:
    assert process.stdout is not None
    assert process.stdin is not None
    while line := await process.stdout.readline():
        asked = json.loads(line)
        if asked.get("ready"):
            ready.set()
            continue
        answer: dict[str, object]
        try:
            answer = {"result": ledger.do(asked["method"], asked["params"])}
        except ServiceError as error:
            answer = {"error": {"code": error.code, "message": error.message}}
        process.stdin.write(json.dumps({"id": asked["id"], "answer": answer}).encode() + b"\n")
