"""``strom sandbox pay``."""

import httpx

from app.entrypoints.sandbox_driver import SandboxDriver


async def sandbox_pay(address: str, sats: int) -> str:
    """Pay a sandbox address; returns the link of the session."""
    async with httpx.AsyncClient(timeout=20) as http:
        return await SandboxDriver(http).pay(address, sats)
