"""An owner with a charge point, a wallet and drivers, over tables in memory."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.bookkeeping.sealing import Sealing
from app.charging import effects as ef
from app.charging.errors import NotFound, Unavailable
from app.charging.events import ChargingStarted, ChargingStopped, StartAccepted
from app.charging.money import SATS, Rate, sat_rate
from app.charging.ports import (
    Incoming,
    IncomingOpen,
    Invoice,
    InvoiceRequest,
    Item,
    Outgoing,
    OutgoingUnknown,
    Tables,
    Wallet,
    WalletCapabilities,
)
from app.charging.pricing import plain_elements
from app.charging.session import Session
from app.checkout.address_invoices import AddressInvoices
from app.checkout.offering import RefundOffers
from app.checkout.offers import IssuedInvoice, Offer
from app.checkout.service import Checkout
from app.checkout.session_views import SessionViews
from app.checkout.settings import CheckoutSettings
from app.flow import Done, Flow, FlowSettings, Performed
from app.linking import WalletKeys
from app.records import rows
from app.records.charge_points import ChargePoint, Connection, Connector, ConnectorState, Location
from app.records.directory import ADDRESS, Directory
from app.records.effects import EffectRef, OwedEffect
from app.records.live import LiveChargers
from app.records.owners import Tenant
from app.records.seals import Seals
from app.records.sessions import Sessions
from app.records.spot_prices import PriceSeries
from app.records.spot_sources import KeptSpotSource
from app.records.tariffs import Start, Tariffs, TariffVersion
from app.records.wallets import WalletConnection
from app.storage.memory import MemoryTables
from app.tariffs.resolving import TariffsInForce
from app.tokens import Signer
from app.wallets.performing import WalletPerformers
from app.wallets.sandbox import SandboxPayer, SandboxWallet
from tests.checkout.address_book import AddressBook

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
OWNER = "owner0000001"
BASE = "https://strom.example"
WALLET = "w1"


class SetClock:
    """Stands still until a test moves it; sleeping moves it and lets things happen."""

    def __init__(self) -> None:
        self.at = NOON
        self.at_moment: list[tuple[datetime, Callable[[], object]]] = []

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        due = [entry for entry in self.at_moment if entry[0] <= self.at]
        self.at_moment = [entry for entry in self.at_moment if entry[0] > self.at]
        for _, happens in due:
            result = happens()
            if hasattr(result, "__await__"):
                await result


class SeededChance:
    def __init__(self) -> None:
        self._random = random.Random(7)

    def token_bytes(self, count: int) -> bytes:
        return self._random.randbytes(count)

    def below(self, limit: int) -> int:
        return self._random.randrange(limit)


def can(
    *, pay: bool = True, hold: bool = False, resend: bool = True, unit_msat: int = 1000
) -> WalletCapabilities:
    return WalletCapabilities(pay, hold, unit_msat, resend, secret_preimage=True)


def legible(row: Item) -> str:
    """A row in words, what is packed in it too."""
    packed = row.get("opening") or row.get("body")
    return repr(row) + (repr(zlib.decompress(packed)) if isinstance(packed, bytes) else "")


@dataclass
class FakeWallet:
    """A wallet that says what it is told to; None: it cannot be reached."""

    capabilities: WalletCapabilities = field(default_factory=lambda: can())
    spendable: int | None = 1_000_000
    incoming: list[Incoming | Exception] = field(default_factory=list)
    """Answers in turn; the last one stays."""
    paying: list[Outgoing | Exception] = field(default_factory=list)
    outgoing: list[Outgoing | Exception] = field(default_factory=list)
    invoices: list[InvoiceRequest] = field(default_factory=list)
    sent: list[tuple[str, int, int]] = field(default_factory=list)
    look_ups: int = 0
    settled: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)

    async def create_invoice(self, request: InvoiceRequest) -> Invoice:
        self.invoices.append(request)
        raise Unavailable("The wallet cannot make an invoice now.")

    async def look_up_incoming(self, payment_hash: str) -> Incoming:
        self.look_ups += 1
        return _next(self.incoming, IncomingOpen())

    async def pay(self, bolt11: str, *, amount_msat: int, fee_limit_msat: int) -> Outgoing:
        answer = _next(self.paying, OutgoingUnknown("silence"), sending=True)
        self.sent.append((bolt11, amount_msat, fee_limit_msat))
        return answer

    async def look_up_outgoing(self, payment_hash: str) -> Outgoing:
        self.look_ups += 1
        return _next(self.outgoing, OutgoingUnknown("no such hash", known_to_wallet=False))

    async def spendable_msat(self) -> int:
        if self.spendable is None:
            raise Unavailable("The wallet cannot be reached.")
        return self.spendable

    async def settle_held(self, payment_hash: str) -> None:
        self.settled.append(payment_hash)

    async def cancel_held(self, payment_hash: str) -> None:
        self.cancelled.append(payment_hash)

    async def close(self) -> None: ...


def _next(answers: list, otherwise: object, *, sending: bool = False):  # type: ignore[no-untyped-def]
    answer = (answers.pop(0) if len(answers) > 1 else answers[0]) if answers else otherwise
    if isinstance(answer, Exception):
        raise answer
    return answer


@dataclass
class Wallets:
    """The owner's connections; a test puts another wallet in."""

    wallet: Wallet
    connection: WalletConnection | None = field(
        default_factory=lambda: WalletConnection(WALLET, "sandbox", "", b"", "active", NOON)
    )

    async def active(self, tenant: str) -> WalletConnection:
        if self.connection is None:
            raise NotFound("No wallet is connected here.")
        return self.connection

    async def open(self, tenant: str, wallet_id: str) -> Wallet:
        return self.wallet


@dataclass
class Rates:
    """1 EUR is 1000 sats, unless a test says that nobody knows."""

    clock: SetClock
    known: bool = True

    async def rate(self, currency: str) -> Rate:
        if currency == SATS:
            return sat_rate(self.clock.now())
        if not self.known:
            raise Unavailable("no rate")
        return Rate(currency, Decimal(1_000_000), "test", self.clock.now())


@dataclass
class Unlocker:
    unlocked: list[tuple[str, str, int]] = field(default_factory=list)

    async def unlock(self, tenant: str, charge_point: str, connector: int) -> None:
        self.unlocked.append((tenant, charge_point, connector))


@dataclass
class Queue:
    refs: list[EffectRef] = field(default_factory=list)

    async def put(self, ref: EffectRef) -> None:
        self.refs.append(ref)


class Quiet:
    async def session_changed(self, *args: object, **kwargs: object) -> None: ...
    async def budget_changed(self, *args: object, **kwargs: object) -> None: ...


@dataclass
class Owed:
    msat: int = 0

    async def refunds_owed_msat(self, tenant: str) -> int:
        return self.msat


@dataclass
class Shop:
    """Everything around one charge point ``cp1`` with plugs ``garage-1`` (and more)."""

    plugs: int = 1
    settings: CheckoutSettings = field(default_factory=lambda: CheckoutSettings(BASE))
    clock: SetClock = field(default_factory=lambda: SetClock())

    def __post_init__(self) -> None:
        self.chance, self.tables = SeededChance(), MemoryTables()
        self.directory = Directory(self.tables, self.clock)
        self.live = LiveChargers(self.tables, self.clock)
        self.sandbox = SandboxWallet(self.tables, self.clock, self.chance, OWNER)
        self.payer = SandboxPayer(self.tables, self.clock, self.chance)
        self.wallets = Wallets(self.sandbox)
        self.sources = SilentSources()
        self.rates, self.unlocker = Rates(self.clock), Unlocker()
        self.queue, self.owed = Queue(), Owed()
        self.commands: list[ef.Effect] = []
        self.signer = Signer(b"k" * 32)
        self.flow = Flow(
            self.tables,
            Sessions(self.tables),
            self.clock,
            self.chance,
            self.queue,
            Quiet(),
            FlowSettings(),
        )
        self.flow.performers = {
            ef.StartCharging: self._command,
            ef.StopCharging: self._command,
            ef.SealSession: Sealing(Seals(self.tables), self.clock).seal,
            **WalletPerformers(self.wallets, self.clock).by_effect(),
        }
        self.keys = WalletKeys.over(self.tables, self.signer, self.clock, self.chance)
        self.addresses = AddressBook(self)
        offers = RefundOffers(
            self.tables, AddressInvoices(self.addresses.http), self.clock, self.settings
        )
        self.flow.performers = {
            **self.flow.performers,
            ef.OfferRefund: offers.offer_refund,
        }
        self.checkout = Checkout(
            tables=self.tables,
            directory=self.directory,
            flow=self.flow,
            signer=self.signer,
            clock=self.clock,
            chance=self.chance,
            live=self.live,
            wallets=self.wallets,
            rates=self.rates,
            prices=TariffsInForce(self.tables, self.sources, self.clock),
            unlocking=self.unlocker,
            views=SessionViews(self.tables, self.live, self.clock),
            settings=self.settings,
            refunds_owed=self.owed,
        )

    async def opens(self) -> Shop:
        """The owner has set everything up, the charge point is online, every plug is free."""
        await rows.tenants(self.tables).add(OWNER, tenant())
        await rows.locations(self.tables).add(OWNER, location())
        await Tariffs(self.tables).add(OWNER, tariff())
        plugs = tuple(Connector(n, f"garage-{n}") for n in range(1, self.plugs + 1))
        await rows.charge_points(self.tables).add(OWNER, charge_point(plugs))
        for name, number in [("garage", 0), *((p.name, p.number) for p in plugs)]:
            address = f"{name}@{self.settings.host}"
            await self.directory.reserve(ADDRESS, address, OWNER, f"cp1/{number}")
            await self.directory.confirm(ADDRESS, address, OWNER, f"cp1/{number}")
        await self.comes_online()
        for plug in plugs:
            await self.says(plug.number, "Available")
        return self

    # --- the charge point ----------------------------------------------------------------------

    async def comes_online(self) -> None:
        await self.live.renew_edge("edge1", "q", 10_000_000)
        await self.live.connect(OWNER, "cp1", Connection(instance="edge1", queue="q"))

    async def goes_offline(self) -> None:
        await self.live.renew_edge("edge1", "q", 0)

    async def says(self, number: int, status: str) -> None:
        state = ConnectorState(status, "NoError", self.clock.now())
        await self.live.put_connector_state(OWNER, "cp1", number, state, epoch=9)

    async def starts(self, session_id: str) -> Session:
        started = ChargingStarted(self.clock.now(), 77, 1000)
        return await self.flow.record(OWNER, session_id, [started])

    async def stops(self, session_id: str, energy_wh: int) -> Session:
        self.clock.at += timedelta(minutes=3)
        stopped = ChargingStopped(self.clock.now(), 77, 1000 + energy_wh)
        return await self.flow.record(OWNER, session_id, [stopped])

    # --- drivers -------------------------------------------------------------------------------

    async def offer(self, name: str = "garage-1") -> Offer:
        return await self.checkout.find(name)

    async def asks(
        self,
        amount_msat: int = 10_000_000,
        name: str = "garage-1",
        *,
        comment: str = "",
        payer_data: str | None = None,
    ) -> IssuedInvoice:
        quote = await self.checkout.quote(await self.offer(name))
        return await self.checkout.invoice(quote.token, amount_msat, comment, payer_data)

    async def pays(
        self, amount_msat: int = 10_000_000, name: str = "garage-1", **said: Any
    ) -> IssuedInvoice:
        issued = await self.asks(amount_msat, name, **said)
        await self.settles(issued)
        return issued

    async def settles(self, issued: IssuedInvoice) -> None:
        await self.payer.pay(OWNER, issued.bolt11)
        await self.checkout.hint(OWNER, issued.session_id, issued.payment_hash)

    async def has_charged(self, energy_wh: int = 6000, **said: Any) -> IssuedInvoice:
        """Paid 10,000 sats, half a sat a Wh, and stopped."""
        issued = await self.pays(**said)
        await self.starts(issued.session_id)
        await self.stops(issued.session_id, energy_wh)
        return issued

    async def refund_invoice(self, amount_msat: int) -> str:
        return (await self.payer.create_driver_invoice(OWNER, amount_msat)).bolt11

    # --- looking -------------------------------------------------------------------------------

    async def session(self, session_id: str) -> Session:
        stored = await self.flow.sessions.find(OWNER, session_id)
        assert stored is not None
        return stored.session

    async def performs(self) -> None:
        """What lies in the perform queue is done."""
        while self.queue.refs:
            await self.flow.perform(self.queue.refs.pop(0))

    async def sweeps(self, after_s: float = 0) -> None:
        self.clock.at += timedelta(seconds=after_s)
        await self.flow.sweep("DUE#0")

    async def change_tenant(self, **fields: object) -> None:
        old = await rows.tenants(self.tables).get(OWNER, OWNER)
        new = replace(old, **fields)  # type: ignore[arg-type]  # names as given
        await rows.tenants(self.tables).replace(OWNER, old, new)

    async def _command(self, owed: OwedEffect, session: Session | None) -> Performed:
        self.commands.append(owed.effect)
        if isinstance(owed.effect, ef.StartCharging):
            return Done((StartAccepted(self.clock.now()),))
        return Done()


def tenant() -> Tenant:
    return Tenant(
        OWNER, "Ada's garage", "active", "sandbox", "ada@example.org", NOON, "+49 30 123456"
    )


def location() -> Location:
    return Location(
        "loc1",
        "Home",
        "Lindenstr. 1",
        "Berlin",
        "10969",
        "DE",
        Decimal("52.5"),
        Decimal("13.4"),
        "Europe/Berlin",
        "EUR",
    )


def tariff(version: int = 1, **changes: Any) -> TariffVersion:
    elements = plain_elements(Decimal("0.50"))
    plain = TariffVersion("t1", version, "Day", "EUR", elements, NOON, NOON)
    return replace(plain, **changes)


async def reprice(tables: Tables, **changes: Any) -> None:
    """A new version of ``t1``, in force at once."""
    kept = Tariffs(tables)
    head = await kept.get(OWNER, "t1")
    old = await kept.version(OWNER, "t1", head.latest)
    new = replace(old, version=head.latest + 1, **changes)
    after = head.with_start(Start(new.version, NOON), NOON)
    await kept.save(OWNER, head, after, new)


class SilentSources:
    """Price sources: none, unless a test sets ``source`` and ``told``."""

    def __init__(self) -> None:
        self.source: KeptSpotSource | None = None
        self.told: PriceSeries | None = None
        self.value: Decimal | None = None

    async def get(self, tenant: str, source_id: str) -> KeptSpotSource:
        if self.source is None:
            raise NotFound("no source")
        return self.source

    async def series(
        self, tenant: str, source_id: str, begins: datetime, ends: datetime
    ) -> PriceSeries:
        if self.told is None:
            raise Unavailable("silent")
        return self.told.between(begins, ends)

    async def signal(self, tenant: str, source_id: str) -> Decimal:
        if self.value is None:
            raise Unavailable("silent")
        return self.value


def charge_point(plugs: tuple[Connector, ...]) -> ChargePoint:
    return ChargePoint("cp1", "p4th", "Garage left", "garage", "loc1", "t1", "", NOON, plugs)
