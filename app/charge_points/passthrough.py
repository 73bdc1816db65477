"""Serving a charge point together with the owner's own backend: what the owner sets, and sees.

The edge connects there as the charge point. A change takes effect with the charge point's next
connection, which is asked for at once.
"""

import logging
import ssl
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from app.charge_points.settings import ChargePointSettings
from app.charging.errors import BadInput, Unavailable
from app.charging.ports import Clock, Tables
from app.edge_messages import Booted, CommandBus, Kick, Upstream
from app.envelope import Envelope
from app.outbound import OutboundPolicy
from app.records import rows
from app.records.charge_points import ChargePoint, Connection
from app.records.drafts import UpstreamDraft
from app.records.fields import line
from app.records.live import LiveChargers
from app.records.upstreams import Upstreams, UpstreamSetup
from app.records.views import UpstreamView

log = logging.getLogger(__name__)

PURPOSE = "upstream"
MODES = ("mirror", "shared")
RULES = ("accept", "refuse")
LONGEST_TAG = 20
LONGEST_CA = 32_000
OUR_KEYS = (
    "AuthorizationKey",
    "SecurityProfile",
    "CpoName",
    "AdditionalRootCertificateCheck",
    "HeartbeatInterval",
    "WebSocketPingInterval",
)
"""Beside the baseline: by these the charge point finds us, and we it (whitepaper §5)."""


@dataclass(frozen=True, slots=True)
class Passthrough:
    """The upstreams of an owner's charge points."""

    tables: Tables
    live: LiveChargers
    bus: CommandBus
    envelope: Envelope
    clock: Clock
    policy: OutboundPolicy
    settings: ChargePointSettings

    async def upstream(
        self, tenant: str, charge_point: ChargePoint, connection: Connection
    ) -> Upstream | None:
        """What the edge is told at connect."""
        upstreams = Upstreams(self.tables)
        setup = await upstreams.setup(tenant, charge_point.id)
        if setup is None:
            return None
        device = connection
        return Upstream(
            url=setup.url,
            mode=setup.mode,
            when_down=setup.when_down,
            username=setup.username,
            password=await self._password(tenant, setup),
            ca_pem=setup.ca_pem,
            report_id_tag=setup.report_id_tag,
            kept_keys=self._our_keys(connection.protocol),
            device=Booted(device.vendor, device.model, device.serial, device.firmware)
            if device.booted_at
            else None,
            transactions=tuple(await upstreams.transactions(tenant, charge_point.id)),
        )

    def _our_keys(self, protocol: str) -> tuple[str, ...]:
        """Of OCPP 2.0.1 whole components are ours beside the baseline, as the edge knows."""
        baseline = (each.key for each in self.settings.baseline_for(protocol))
        return (*baseline, *(OUR_KEYS if protocol == "ocpp1.6" else ()))

    async def of(self, tenant: str, charge_point: ChargePoint) -> UpstreamView | None:
        """What is set, without the password, and how the link does; None without an upstream."""
        if charge_point.upstream is None:
            return None
        upstreams = Upstreams(self.tables)
        setup = await upstreams.setup(tenant, charge_point.id)
        if setup is None:
            return None
        state = await upstreams.state(tenant, charge_point.id)
        online = await self.live.online(tenant, charge_point.id)
        return UpstreamView(
            url=setup.url,
            mode=setup.mode,
            when_down=setup.when_down,
            username=setup.username,
            has_password=bool(setup.sealed_password),
            report_id_tag=setup.report_id_tag,
            ca_pem=setup.ca_pem,
            connected=state is not None and state.connected and online,
            error="" if state is None or state.connected else state.error,
            queued=0 if state is None else state.queued,
            lost=0 if state is None else state.lost,
            told_at=None if state is None else state.at,
        )

    async def set(self, tenant: str, charge_point_id: str, draft: UpstreamDraft) -> None:
        """Serve it together with this backend from now on; raises ``BadInput``."""
        charge_points = rows.charge_points(self.tables)
        before = await charge_points.get(tenant, charge_point_id)
        upstreams = Upstreams(self.tables)
        known = await upstreams.setup(tenant, charge_point_id)
        setup = await self._checked(tenant, draft, known)
        if known is not None and known.url != setup.url:
            await upstreams.remove(tenant, charge_point_id)  # another backend knows none of it
        await upstreams.put_setup(tenant, charge_point_id, setup)
        after = replace(before, upstream=setup.mode)
        await charge_points.replace(tenant, before, after)
        await self._anew(tenant, charge_point_id)

    async def remove(self, tenant: str, charge_point_id: str) -> None:
        """Serve it alone again. What the backend had not heard of so far it will not hear."""
        charge_points = rows.charge_points(self.tables)
        before = await charge_points.get(tenant, charge_point_id)
        await charge_points.replace(tenant, before, replace(before, upstream=None))
        await Upstreams(self.tables).remove(tenant, charge_point_id)
        await self._anew(tenant, charge_point_id)

    async def _anew(self, tenant: str, charge_point_id: str) -> None:
        """Have the charge point connect again; charges go on meanwhile."""
        connection = await self.live.connection(tenant, charge_point_id)
        if not connection.connected:
            return
        try:
            kick = Kick(tenant, charge_point_id, connection.epoch + 1)
            await self.bus.send(connection.queue, kick)
        except Exception:
            log.exception("%s keeps its connection, and the upstream before", charge_point_id)

    async def _checked(
        self, tenant: str, draft: UpstreamDraft, known: UpstreamSetup | None
    ) -> UpstreamSetup:
        if draft.mode not in MODES:
            raise BadInput("mirror or shared", field="mode")
        if draft.when_down not in RULES:
            raise BadInput("accept or refuse", field="when_down")
        url = await self._address(draft.url)
        username = line(draft.username, field="username", longest=100, required=False)
        if ":" in username:
            raise BadInput("a user name has no colon", field="username")
        tag = line(draft.report_id_tag, field="report_id_tag", longest=LONGEST_TAG, required=False)
        return UpstreamSetup(
            url=url,
            mode=draft.mode,
            when_down=draft.when_down,
            username=username,
            sealed_password=await self._sealed(tenant, draft, url, known),
            report_id_tag=tag,
            ca_pem=_authority(draft.ca_pem),
        )

    async def _address(self, text: str) -> str:
        """A websocket's address is judged like a web address of the same kind."""
        url = text.strip()
        scheme, separator, rest = url.partition("://")
        web = {"wss": "https", "ws": "http"}.get(scheme.lower())
        if web is None or not separator:
            raise BadInput("This address must start with wss://.", field="url")
        parts = urlsplit(url)
        if parts.fragment or parts.query:
            raise BadInput("The address ends with the charge point's name there.", field="url")
        try:
            await self.policy.check_url(f"{web}://{rest}")
        except BadInput as error:
            raise BadInput(error.message.replace("https://", "wss://"), field="url") from error
        except Unavailable as error:
            raise BadInput(error.message, field="url") from error
        return f"{scheme.lower()}://{rest}"

    async def _sealed(
        self, tenant: str, draft: UpstreamDraft, url: str, known: UpstreamSetup | None
    ) -> bytes:
        """A password that is left out stays, but it does not follow to another address."""
        if draft.password:
            if len(draft.password) > 200 or not draft.password.isprintable():
                raise BadInput("at most 200 characters", field="password")
            return await self.envelope.seal(tenant, PURPOSE, draft.password.encode())
        if known is None or not known.sealed_password or not draft.username.strip():
            return b""
        if _host(known.url) != _host(url):
            raise BadInput("Another address: enter the password again.", field="password")
        return known.sealed_password

    async def _password(self, tenant: str, setup: UpstreamSetup) -> str:
        if not setup.sealed_password:
            return ""
        return (await self.envelope.open(tenant, PURPOSE, setup.sealed_password)).decode()


def _host(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


def _authority(text: str) -> str:
    """Certificates in PEM that TLS understands, or nothing."""
    pem = text.strip()
    if not pem:
        return ""
    if len(pem) > LONGEST_CA or "PRIVATE KEY" in pem:
        raise BadInput("certificates alone, in PEM", field="ca_pem")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=pem)
    except (ssl.SSLError, ValueError) as error:
        raise BadInput("these are no certificates in PEM", field="ca_pem") from error
    return f"{pem}\n"
