"""What the edge calls, whole: the internal app over HTTP, the flow, the bus, a table in memory."""

import asyncio
import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

import httpx
import msgspec
from litestar import Litestar

from app.bootstrap.adapters import CertificateCommands
from app.certificates.authorities import Authorities
from app.certificates.desk import CertificateDesk
from app.charge_points.commands import Ringing
from app.charge_points.configuration import ConfigurationBook
from app.charge_points.connecting import Connecting
from app.charge_points.doorkeeping import Doorkeeper
from app.charge_points.knocking import Knocking
from app.charge_points.live import Live
from app.charge_points.messages import Messages
from app.charge_points.owner_commands import OwnerCommands
from app.charge_points.passthrough import Passthrough
from app.charge_points.passwords import Passwords
from app.charge_points.routes import Internal, internal_router
from app.charge_points.settings import ChargePointSettings
from app.charge_points.signal_limits import SignalLimits
from app.charge_points.standing import Sight
from app.charge_points.unseen_ends import UnseenEnds
from app.charging import effects as ef
from app.charging import events as ev
from app.charging.ledger import GENESIS, NOTHING, Balances
from app.charging.session import Quote, Session
from app.command_bus.in_process import InProcessBus
from app.edge_messages import (
    BusMessage,
    ChargerMessage,
    Command,
    Connect,
    Connected,
    Lease,
    MessageBatch,
    MessageResult,
    MessageResults,
    Reading,
    Readings,
    Said,
    TransactionStarted,
    TransactionStopped,
)
from app.envelope import DataKeyEnvelope, Envelope
from app.flow import Again, Done, Flow, FlowSettings, Performed
from app.operations import SendSignedCertificate, SetPassword
from app.outbound import OutboundPolicy
from app.records import rows
from app.records.certificates import ChargerCertificates
from app.records.charge_points import ChargePoint, Connector
from app.records.commands import GivenCommands
from app.records.directory import CHARGER_PATH, Directory
from app.records.effects import EffectRef, OwedEffect
from app.records.live import LiveChargers
from app.records.owners import Tenant
from app.records.sessions import Sessions
from app.storage.memory import Faults, MemoryTables
from app.tokens import SESSION as SESSION_TOKEN
from app.tokens import Signer
from tests.charging.sessions import NOON
from tests.flow.system import SESSION, TENANT, HandClock, SeededChance, opening
from tests.support.envelopes import PlainWrapping

A = TypeVar("A")
CP = "CP1"
PATH = "box1"
QUEUE = "edge-1"
PASSWORD = hashlib.sha256(b"correct horse").hexdigest()
PREPAID_MSAT = 5_000_000
"""5000 sats: 10 kWh at half a sat for a Wh."""


@dataclass
class Roof:
    """A signal's limit, as a test sets it."""

    now_a: int | None = None
    asked: int = 0
    ever: bool = False
    """Whether the tariff of those who charge has a signal at all."""

    async def limits(self, tenant: str, tariff_id: str, version: int) -> bool:
        return self.ever

    async def limit_a(self, tenant: str, tariff_id: str, version: int) -> int | None:
        self.asked += 1
        return self.now_a


@dataclass
class World:
    """One Strom as its edge sees it."""

    faults: Faults = field(default_factory=Faults)
    clock: HandClock = field(default_factory=HandClock)
    bus: InProcessBus = field(default_factory=InProcessBus)
    chance: SeededChance = field(default_factory=SeededChance)
    settings: ChargePointSettings = field(default_factory=ChargePointSettings)
    envelope: Envelope = field(default_factory=lambda: DataKeyEnvelope(PlainWrapping()))
    epoch: int = 0
    queued: list[EffectRef] = field(default_factory=list)
    roof: "Roof" = field(default_factory=lambda: Roof())

    def __post_init__(self) -> None:
        self.tables = MemoryTables(self.faults)
        self.restart()

    def restart(self) -> None:
        """A new process over the same table."""
        tables, clock = self.tables, self.clock
        sessions = Sessions(tables)
        self.chargers = LiveChargers(tables, clock)
        self.signer = Signer(b"k" * 32)
        self.live = Live(tables, sessions, self.chargers, self.bus, clock, self.signer, self._view)
        self.flow = Flow(tables, sessions, clock, self.chance, self, self.live, FlowSettings())
        given = GivenCommands(tables)
        self.book = ConfigurationBook(self.chargers, self.settings)
        self.commands = OwnerCommands(
            given, self.chargers, self.flow, clock, self.chance, self.book.followers
        )
        self.passwords = Passwords(tables, self.envelope, self.commands, clock, self.chance)
        self.commands.followers[SetPassword] = self.passwords.answered
        ringing = Ringing(
            self.chargers, self.bus, clock, self.settings, self.commands, self.passwords.reveal
        )
        self.flow.look = Sight(self.chargers).look
        self.flow.performers = {
            ef.StartCharging: ringing.start,
            ef.StopCharging: UnseenEnds(
                self.chargers, sessions, clock, self.settings, ringing.stop
            ).stop,
            ef.CarryOut: ringing.carry_out,
            ef.PayRefund: _wallet,
            ef.SealSession: _books,
        }
        self.directory = Directory(tables, clock)
        self.certificates = ChargerCertificates(tables)
        telling = CertificateCommands(self.commands)
        self.authorities = Authorities(tables, self.envelope, clock, "strom.example")
        self.desk = CertificateDesk(
            tables, self.authorities, self.certificates, self.chargers, self.bus, telling, clock
        )
        self.commands.followers[SendSignedCertificate] = self.desk.answered
        doorkeeper = Doorkeeper(
            self.directory,
            rows.tenants(tables),
            rows.charge_points(tables),
            self.certificates,
            self.passwords,
            clock,
        )
        connecting = Connecting(
            doorkeeper,
            self.chargers,
            self.flow,
            self.bus,
            self.settings,
            ringing,
            Knocking(tables, self.directory, self.chargers, clock),
            Passthrough(
                tables,
                self.chargers,
                self.bus,
                self.envelope,
                clock,
                OutboundPolicy(allow_private_hosts=True),
                self.settings,
            ),
        )
        messages = Messages(
            self.chargers,
            self.flow,
            self.commands,
            clock,
            self.chance,
            self.settings,
            self.desk,
            self.live.watched,
            SignalLimits(tables, self.chargers, self.commands, self.roof, clock).follow,
        )
        roots_pem = self.authorities.roots_pem
        self.internal = Internal(connecting, messages, self.live, self.chargers, roots_pem)
        self.app = Litestar([internal_router(self.internal)], openapi_config=None)
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app),  # type: ignore[arg-type]  # typed more narrowly
            base_url="http://internal",
        )

    async def put(self, ref: EffectRef) -> None:
        """The perform queue: what wallets would do is left lying."""
        self.queued.append(ref)

    async def _view(self, tenant: str, session: Session, version: int) -> dict[str, object]:
        return {"energy_wh": session.energy_wh, "phase": session.phase.value}

    # --- what is set up, and who pays ------------------------------------------------------------

    async def furnish(self, tenant: str = TENANT, path: str = PATH) -> "World":
        """A tenant with a charge point of two connectors."""
        owner = Tenant(tenant, "Otto", "active", "live", "otto@example.org", NOON)
        await rows.tenants(self.tables).add(tenant, owner)
        plugs = (Connector(1, "box-1"), Connector(2, "box-2"))
        box = ChargePoint(CP, path, "Box", "box", "l1", "t1", PASSWORD, NOON, plugs)
        await rows.charge_points(self.tables).add(tenant, box)
        await self.directory.reserve(CHARGER_PATH, path, tenant, CP)
        await self.directory.confirm(CHARGER_PATH, path, tenant, CP)
        return self

    async def allow_no_password(self) -> None:
        """The owner lets charge points in without one."""
        tenants = rows.tenants(self.tables)
        owner = await tenants.get(TENANT, TENANT)
        await tenants.replace(TENANT, owner, replace(owner, allows_no_password=True))

    async def pay(
        self,
        session_id: str = SESSION,
        payment_hash: str = "aa" * 32,
        connector: int = 1,
        quote: Quote | None = None,
    ) -> Session:
        """A payment is seen."""
        paid = ev.PaymentSettled(self.clock.now(), payment_hash, PREPAID_MSAT)
        begins = opening(connector)
        begins = begins if quote is None else replace(begins, quote=quote)
        return await self.flow.record(TENANT, session_id, [paid], opening=begins)

    async def stored(self, session_id: str = SESSION) -> Session:
        found = await self.flow.sessions.find(TENANT, session_id)
        assert found is not None
        return found.session

    def token(self, session_id: str = SESSION) -> str:
        return self.signer.token(SESSION_TOKEN, TENANT, session_id)

    # --- what the edge does ------------------------------------------------------------

    async def post(self, path: str, message: msgspec.Struct) -> httpx.Response:
        content = msgspec.json.encode(message)
        headers = {"content-type": "application/json"}
        return await self.http.post(f"/internal/{path}", content=content, headers=headers)

    async def ask(self, path: str, message: msgspec.Struct, kind: type[A]) -> A:
        response = await self.post(path, message)
        assert response.status_code == 200, response.text
        return msgspec.json.decode(response.content, type=kind)

    async def connect(self, **changes: object) -> Connected:
        """The charge point connects to a living edge, and speaks for itself from now on."""
        asked = msgspec.structs.replace(connect_request(), **changes)
        granted = await self.ask("connect", asked, Connected)
        await self.lease(asked.instance, asked.queue)
        self.epoch = granted.epoch
        return granted

    async def try_to_connect(self, **changes: object) -> httpx.Response:
        """Whether it would be let in."""
        return await self.post("connect", msgspec.structs.replace(connect_request(), **changes))

    async def lease(self, instance: str = "edge-1", queue: str = QUEUE) -> None:
        response = await self.post("lease", Lease(instance, queue, 3600))
        assert response.status_code == 204

    async def say_all(self, *messages: ChargerMessage) -> tuple[MessageResult, ...]:
        batch = MessageBatch("edge-1", messages)
        answer = await self.ask("messages", batch, MessageResults)
        for notice in answer.notices:
            await self.bus.send(QUEUE, notice)  # the edge shows both alike
        return answer.results

    async def say(self, said: Said, epoch: int | None = None) -> MessageResult:
        message = ChargerMessage(TENANT, CP, self.epoch if epoch is None else epoch, said)
        [result] = await self.say_all(message)
        return result

    async def received(self, queue: str = QUEUE) -> list[BusMessage]:
        """What has come over the bus so far."""
        try:
            async with asyncio.timeout(0.005):
                return list(await self.bus.receive(queue))
        except TimeoutError:
            return []

    async def commanded(self) -> list[Command]:
        return [m for m in await self.received() if isinstance(m, Command)]

    # --- the time ------------------------------------------------------------

    def at(self, seconds: float = 0) -> datetime:
        """So many seconds from now."""
        return self.clock.now() + timedelta(seconds=seconds)

    async def later(self, seconds: float) -> None:
        """Time passes, and what is due is looked at."""
        self.clock.pass_s(seconds)
        await self.flow.sweep("DUE#0")

    # --- what must be true ------------------------------------------------------------

    async def require_books(self, *session_ids: str) -> None:
        """The ledger adds up to the balances, chained, and the equation holds."""
        for session_id in session_ids or (SESSION,):
            session = await self.stored(session_id)
            balances, previous = NOTHING, GENESIS
            entries = await self.flow.sessions.ledger(TENANT, session_id)
            for entry in entries:
                assert entry.previous_hash == previous
                balances, previous = balances.after(entry), entry.hash
                assert balances.hold
            assert isinstance(balances, Balances)
            assert balances == session.balances

    def transactions(self) -> list[int]:
        """The ids of all transactions that are kept."""
        kept = [str(row["sk"]) for row in self.tables.rows()]
        return [int(sk[3:]) for sk in kept if sk.startswith("TX#")]

    def claims(self) -> list[str]:
        """Connectors that somebody holds."""
        return [pk for row in self.tables.rows() if "#K#connector#" in (pk := str(row["pk"]))]


async def others_first(_operations: object) -> None:
    """Between reading and writing, everybody else reads too."""
    await asyncio.sleep(0)


async def _books(_owed: OwedEffect, _session: Session | None) -> Performed:
    """The settled session is sealed."""
    return Done()


async def _wallet(_owed: OwedEffect, _session: Session | None) -> Performed:
    """A wallet that does nothing yet."""
    return Again(300)


def connect_request() -> Connect:
    """The charge point's opening of a socket."""
    return Connect(PATH, PATH, PASSWORD, "ocpp1.6", "edge-1", QUEUE, "socket-1")


def started(at: datetime, id_tag: str = "", **more: object) -> TransactionStarted:
    """StartTransaction with the session's idTag, at a register of 1000 Wh."""
    said = TransactionStarted(1, id_tag or SESSION.upper(), 1000, at, timestamp=at.isoformat())
    return msgspec.structs.replace(said, **more)


def read(
    transaction_id: int | None, at: datetime, energy_wh: int, power_w: int | None = 7000
) -> Readings:
    """One reading."""
    return Readings(1, transaction_id, (Reading(at, energy_wh, power_w),))


def stopped(transaction_id: int, at: datetime, meter_wh: int) -> TransactionStopped:
    """StopTransaction."""
    return TransactionStopped(transaction_id, meter_wh, at)


async def connected_world() -> World:
    """The charge point is there."""
    world = await World().furnish()
    await world.connect()
    return world


async def paid_world() -> World:
    """And somebody has paid."""
    world = await connected_world()
    await world.pay()
    return world


async def charging_world() -> tuple[World, int]:
    """Connected, paid, started; and the transaction."""
    world = await paid_world()
    result = await world.say(started(world.at()))
    assert result.transaction_id is not None
    return world, result.transaction_id
