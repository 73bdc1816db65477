"""An installation as the stacks would have made it, with a charge point that anybody can pay."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from app.bootstrap.composition import Strom, put_together
from app.bootstrap.on_aws import aws_foundation
from app.charging.ports import Put
from app.edge_messages import ChargerMessage, ConnectorStatus, MessageBatch
from app.records.charge_points import Connection, ConnectorState
from app.records.views import IssuedCharger
from app.settings import Settings
from bench.journey import set_up
from tests.support.on_aws import FRONT_KEY, http_event, install

Event = dict[str, Any]
KEYS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_EC2_METADATA_DISABLED": "true",
}
OPENS_NO_WALLET = {
    "STROM_PERFORM_FUNCTION": "perform:live",
    "STROM_TENANT_ROLE": "arn:aws:iam::000000000000:role/strom-tenant",
}
"""What the stacks tell lnurl and portal beside the rest."""
EDGE = "edge-bench"
AN_HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Stage:
    """What the processes are told."""

    environment: dict[str, str]
    bare: dict[str, str]
    events: dict[str, Event]

    def environment_of(self, surface: str) -> dict[str, str]:
        """As `infra/cdk/functions.py` would."""
        if surface == "bare":
            return self.bare
        more = OPENS_NO_WALLET if surface in ("lnurl", "portal") else {}
        return {**self.environment, **more}


async def staged(endpoint: str, folder: Path) -> Stage:
    """Fill the table; this process' environment must hold ``KEYS``."""
    installation = await install(endpoint, folder)
    settings = installation.settings
    async with aws_foundation(settings) as base:
        strom = put_together(base)
        tenant, issued = await set_up(strom, 0)
        await base.tables.directory().write([Put({"pk": "G#bare#-", "sk": "a", "text": "hello"})])
        epoch = await _comes_online(strom, tenant, issued)
        (wallet,) = await strom.wallets.all(tenant)
        await strom.wallets.close()
    return Stage(
        environment={**KEYS, **installation.environment},
        bare={**KEYS, **_bare(settings)},
        events={
            "bare": http_event("GET", "/greetings/a"),
            "lnurl": _get(f"/.well-known/lnurlp/{issued.charge_point.connectors[0].name}"),
            "portal": _get("/sign-in"),
            "internal": _said(tenant, issued, epoch),
            "perform": {"type": "spendable", "tenant": tenant, "wallet_id": wallet.id},
            "sweep": {},
        },
    )


def _bare(settings: Settings) -> dict[str, str]:
    return {
        "BARE_TABLE": settings.table,
        "BARE_REGION": settings.dynamodb_region,
        "BARE_ENDPOINT": settings.dynamodb_endpoint,
        "BARE_PARTITION": "G#bare#-",
    }


def _get(path: str) -> Event:
    through = {"x-strom-front": FRONT_KEY, "x-strom-host": "strom.example", "accept": "text/html"}
    return http_event("GET", path, headers=through)


async def _comes_online(strom: Strom, tenant: str, issued: IssuedCharger) -> int:
    """Connected to an edge that is alive, its plug free; returns the connection's epoch."""
    live, point = strom.internal.chargers, issued.charge_point.id
    await live.renew_edge(EDGE, EDGE, AN_HOUR_S)
    made = Connection(instance=EDGE, queue=EDGE, connection="0", protocol="ocpp1.6")
    _, now = await live.connect(tenant, point, made)
    free = ConnectorState("Available", "NoError", strom.foundation.clock.now())
    await live.put_connector_state(tenant, point, 1, free, epoch=now.epoch)
    return now.epoch


def _said(tenant: str, issued: IssuedCharger, epoch: int) -> Event:
    status = ConnectorStatus(1, "Preparing", "NoError", issued.charge_point.created_at)
    batch = MessageBatch(EDGE, (ChargerMessage(tenant, issued.charge_point.id, epoch, status),))
    headers = {"content-type": "application/json"}
    body = msgspec.json.encode(batch).decode()
    return http_event("POST", "/internal/messages", headers=headers, body=body)
