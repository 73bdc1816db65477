"""The owner of an installation at home: an account from the settings, and the node beside it.

Made at the first start; whatever the owner changes on the pages stays. The node's files are read
again now and then: LND renews its certificate by itself, and starts later than we do.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.bootstrap.composition import Strom
from app.charging.errors import BadInput, Conflict, StromError
from app.records import rows
from app.records.directory import LOGIN, Directory
from app.records.owners import Tenant
from app.records.wallets import WalletConnection
from app.settings import Settings
from app.tenants.emails import normal_email
from app.wallets.backend import WalletCredentials
from app.wallets.connections import read_credentials
from app.wallets.sealing import PURPOSE

log = logging.getLogger(__name__)
AGAIN_S = 20.0
"""While the node does not answer: it may still be starting, or be locked."""
LOOK_S = 600.0
"""Once it is connected."""
LND = "lnd"


async def make_first_owner(strom: Strom) -> None:
    """The account, unless there is one."""
    settings = strom.foundation.settings
    if not settings.owner_email or await _tenant(strom) is not None:
        return
    password = settings.owner_password.get_secret_value()
    try:
        await create_owner(strom, settings.owner_email, "Owner", password)
    except Conflict:  # another process, or a reservation of a start that was cut off
        log.warning("the account of STROM_OWNER_EMAIL could not be made now")
    else:
        log.info("the owner can sign in at %s", settings.base_url)


async def create_owner(strom: Strom, email: str, name: str, password: str) -> None:
    """An owner whose e-mail needs no confirmation; raises ``BadInput`` or ``Conflict``."""
    from app.tenants.passwords import require_good

    require_good(password, email=normal_email(email))
    await strom.tenancy.sandboxes.create_tenant(email, name, password, mode="live")


async def keep_node_connected(strom: Strom) -> None:
    """Connect the owner's node once it answers, and again when its certificate is another."""
    clock, told = strom.foundation.clock, ""
    while True:
        try:
            problem = await connect_node(strom)
        except (StromError, OSError) as error:
            problem = str(error)
        except Exception:
            log.exception("the owner's node")
            problem = "unforeseen"
        if problem and problem != told:
            log.warning("the owner's node is not connected: %s", problem)
        told = problem
        await clock.sleep(AGAIN_S if problem else LOOK_S)


async def connect_node(strom: Strom) -> str:
    """Connect it unless it is, or the owner has chosen another wallet; returns what is wrong."""
    tenant = await _tenant(strom)
    if tenant is None:
        return "its owner has no account yet"
    fields = await asyncio.to_thread(node_fields, strom.foundation.settings)
    connections = await strom.wallets.all(tenant.id)
    try:
        await _renew(strom, tenant, connections, fields)
        active = [one for one in connections if one.status == "active"]
        if not active or await _has_other_macaroon(strom, tenant, active[0], fields):
            await strom.wallets.connect(tenant, LND, fields)
            log.info("the owner's node is connected")
    except BadInput as error:
        return error.message
    return ""


def node_fields(settings: Settings) -> dict[str, str]:
    """What an owner would enter, from the node's files; raises ``OSError``."""
    fields = {"url": settings.owner_lnd_url, "macaroon": _hex(settings.owner_lnd_macaroon_file)}
    if settings.owner_lnd_certificate_file is not None:
        fields["certificate"] = settings.owner_lnd_certificate_file.read_text(encoding="ascii")
    return fields


def _hex(file: Path | None) -> str:
    assert file is not None, "the settings have been checked"
    return file.read_bytes().hex()


async def _renew(
    strom: Strom, tenant: Tenant, connections: Sequence[WalletConnection], fields: dict[str, str]
) -> None:
    """What names this node reaches it by its present certificate; refunds of open charges too."""
    now = read_credentials(LND, fields).fields
    for one in connections:
        before = await _fields(strom, tenant, one)
        is_same = all(before.get(name) == now[name] for name in ("url", "macaroon"))
        if is_same and before["certificate"] != now["certificate"]:
            kept = {**before, "certificate": fields.get("certificate", "")}
            await strom.wallets.renew(tenant, one.id, LND, kept)
            log.info("the owner's node has renewed its certificate")


async def _has_other_macaroon(
    strom: Strom, tenant: Tenant, active: WalletConnection, fields: dict[str, str]
) -> bool:
    """Whether it is this node. Another macaroon makes another connection: what is held for open
    charges was made with the one before."""
    before, now = await _fields(strom, tenant, active), read_credentials(LND, fields).fields
    return before.get("url") == now["url"] and before["macaroon"] != now["macaroon"]


async def _fields(strom: Strom, tenant: Tenant, one: WalletConnection) -> Mapping[str, str]:
    if one.kind != LND or one.status == "retired":
        return {}
    envelope = strom.foundation.envelope
    stored = await envelope.open(tenant.id, PURPOSE, one.sealed_credentials)
    return WalletCredentials.from_bytes(stored).fields


async def _tenant(strom: Strom) -> Tenant | None:
    base = strom.foundation
    directory = Directory(base.tables, base.clock)
    entry = await directory.find(LOGIN, normal_email(base.settings.owner_email))
    if entry is None:
        return None
    return await rows.tenants(base.tables).find(entry.tenant, entry.tenant)
