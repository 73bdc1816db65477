"""What tests ask of any charge point by others, and the account it belongs to."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

from tests.journeys.owners import Owner
from tests.journeys.waiting import until


class Login(Protocol):
    """Where a charge point connects, and as whom."""

    @property
    def base_url(self) -> str: ...

    @property
    def identity(self) -> str: ...

    @property
    def password(self) -> str: ...


class Device(Protocol):
    """A charge point that accepts remote starts and stops, as its makers wrote it."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None: ...

    async def delivers(self, energy_wh: int) -> None:
        """So much has flowed in all, and is told."""
        ...

    @property
    def log(self) -> str:
        """What it says it has sent and received."""
        ...


@dataclass(frozen=True)
class Place:
    """A charge point in the owner's account."""

    owner: Owner
    id: str
    address: str
    base_url: str
    identity: str
    password: str

    @classmethod
    async def added_by(cls, owner: Owner) -> Self:
        issued = await owner.post(
            "/charge-points",
            label="By others",
            location_id=owner.location_id,
            tariff_id=owner.tariff_id,
            connectors=1,
            address_name=f"others-{secrets.token_hex(4)}",
        )
        known = issued["charge_point"]
        base_url, _, identity = known["websocket_url"].rpartition("/")
        password = issued["password"]
        owner.strom.secrets.add(password)
        return cls(owner, known["id"], known["address"], base_url, identity, password)

    async def is_seen_as(self, *statuses: str) -> dict[str, Any]:
        """Its owner sees it online with one of these statuses of its plug."""

        def shows(found: dict[str, Any]) -> bool:
            plug = found["charge_point"]["connectors"][0]
            return bool(found["online"] and plug["status"] in statuses)

        return await until(self.shown, shows, f"the charge point to be {statuses}")

    async def shown(self) -> dict[str, Any]:
        return await self.owner.get(f"/charge-points/{self.id}")


async def reap(process: asyncio.subprocess.Process) -> None:
    """End it, whatever it is doing."""
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()


def read(log: Path) -> str:
    return log.read_text(errors="replace") if log.exists() else ""
