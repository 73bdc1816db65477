"""The portal over tables in memory, with stand-ins for what other rooms answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from app.certificates.authorities import Authorities
from app.certificates.desk import CertificateDesk
from app.charge_points.access import ChargerAccess
from app.charge_points.frame_logs import FrameLogs
from app.charge_points.id_tags import IdTags
from app.charge_points.insight import ConnectionQuality
from app.charge_points.locations import Locations
from app.charge_points.newcomers import Newcomers
from app.charge_points.passthrough import Passthrough
from app.charge_points.registry import ChargerRegistry
from app.charge_points.settings import ChargePointSettings
from app.charging.errors import BadInput, Conflict, NotFound
from app.checkout.receipts import Receipt
from app.command_bus.in_process import InProcessBus
from app.envelope import DataKeyEnvelope
from app.notifications.alerts import OwnerAlerts
from app.notifications.letters import Letters
from app.notifications.outbox import OutboxMailer
from app.operations import SendSignedCertificate, SetPassword
from app.outbound import OutboundPolicy
from app.portal.services import PortalServices
from app.portal.settings import PortalSettings
from app.records.certificates import ChargerCertificates
from app.records.charge_points import ChargePoint
from app.records.commands import GivenCommand, given_command
from app.records.diary import DiaryEntry
from app.records.drafts import ChargePointDraft, LocationDraft, TariffDraft
from app.records.live import LiveChargers
from app.records.owners import Tenant
from app.records.reservations import Reservation
from app.records.views import (
    ChargerView,
    CommandView,
    ConfigurationView,
    ConnectorView,
    IssuedCharger,
    LedgerLine,
    RefundView,
    SessionDetail,
    SessionPage,
    SessionView,
    SettingView,
    WalletField,
    WalletKind,
    WalletProbe,
)
from app.records.wallets import WalletConnection
from app.tariffs.owned import OwnedTariffs
from app.tariffs.resolving import TariffsInForce
from tests.portal.driver import samples
from tests.support.commands import StandInCommands
from tests.support.envelopes import PlainWrapping
from tests.support.market import Market
from tests.support.money import StandInBooks, StandInRefunds
from tests.support.tenancy import BASE_URL, House, SetClock

LNBITS = WalletKind(
    "lnbits",
    "LNbits",
    (
        WalletField("url", "Address of the LNbits server", "For example https://lnbits.example"),
        WalletField("admin_key", "Admin key of the wallet", "Not the invoice key.", True),
    ),
)
SANDBOX = WalletKind("sandbox", "Test wallet")
CANNOT_REFUND = "this key can receive but not pay out, so it could not refund drivers"


@dataclass
class StandInWallets:
    """Knows one good key; the key ``invoice-only`` cannot pay."""

    clock: SetClock
    kept: dict[str, list[WalletConnection]] = field(default_factory=dict)
    holds_msat: int = 21_000_000
    refreshed: list[tuple[str, str]] = field(default_factory=list)

    def kinds(self, tenant: Tenant) -> tuple[WalletKind, ...]:
        return (SANDBOX,) if tenant.mode == "sandbox" else (LNBITS,)

    async def all(self, tenant: str) -> list[WalletConnection]:
        return list(reversed(self.kept.get(tenant, [])))

    async def probe(self, tenant: Tenant, kind: str, fields: Mapping[str, str]) -> WalletProbe:
        if kind not in [each.kind for each in self.kinds(tenant)]:
            raise BadInput("this kind of wallet cannot be chosen here", field="kind")
        if kind == "lnbits" and not fields.get("url", "").startswith("http"):
            raise BadInput("enter the address of the LNbits server", field="url")
        if fields.get("admin_key") == "invoice-only":
            return WalletProbe(problems=(CANNOT_REFUND,))
        return WalletProbe(spendable_msat=21_000_000, name="Main")

    async def connect(
        self, tenant: Tenant, kind: str, fields: Mapping[str, str]
    ) -> WalletConnection:
        probe = await self.probe(tenant, kind, fields)
        if probe.problems:
            raise BadInput(" ".join(probe.problems))
        former = [replace(each, status="replaced") for each in self.kept.get(tenant.id, [])]
        connection = WalletConnection(
            id=f"w{len(former)}",
            kind=kind,
            label=probe.name,
            sealed_credentials=b"sealed",
            status="active",
            created_at=self.clock.now(),
            last_spendable_msat=probe.spendable_msat,
            last_checked_at=self.clock.now(),
        )
        self.kept[tenant.id] = [*former, connection]
        return connection

    async def refresh(self, tenant: str, wallet_id: str) -> WalletConnection:
        wallets = self.kept.get(tenant, [])
        for place, each in enumerate(wallets):
            if each.id == wallet_id:
                self.refreshed.append((tenant, wallet_id))
                wallets[place] = replace(each, last_spendable_msat=self.holds_msat)
                return wallets[place]
        raise NotFound(f"there is no wallet {wallet_id!r}")


@dataclass
class StandInSessions:
    """Whatever a test puts in."""

    details: dict[tuple[str, str], SessionDetail] = field(default_factory=dict)
    renewed: list[tuple[str, str, str]] = field(default_factory=list)

    async def page(self, tenant: str, *, start: str = "", limit: int = 50) -> SessionPage:
        mine = [detail.session for (owner, _), detail in self.details.items() if owner == tenant]
        mine = sorted(mine, key=lambda session: session.id)
        after = [session for session in mine if session.id > start]
        more = after[limit - 1].id if len(after) > limit else ""
        return SessionPage(tuple(after[:limit]), more)

    async def get(self, tenant: str, session_id: str) -> SessionDetail:
        try:
            return self.details[tenant, session_id]
        except KeyError:
            raise NotFound("there is no such charge") from None

    async def receipt(self, tenant: str, session_id: str) -> Receipt:
        detail = await self.get(tenant, session_id)
        if detail.session.state != "ended":
            raise Conflict("The receipt is ready when the charge has ended.")
        return samples.receipt(3)

    async def renew_link(self, tenant: str, session_id: str, by: str) -> str:
        await self.get(tenant, session_id)
        self.renewed.append((tenant, session_id, by))
        return f"{tenant}.{session_id}.1.mac"

    async def refunds_owed_msat(self, tenant: str) -> int:
        page = await self.page(tenant, limit=1000)
        return sum(session.refund_owed_msat for session in page.sessions)


@dataclass
class StandInChargers(StandInCommands):
    """Statuses and commands: online once a test says so."""

    diary: list[DiaryEntry] = field(default_factory=list)
    rotated: list[str] = field(default_factory=list)

    async def of(self, tenant: str, charge_point: ChargePoint) -> ChargerView:
        if charge_point.id not in self.online:
            return ChargerView()
        session = self.charging.get(charge_point.id, "")
        return ChargerView(
            online=True,
            protocol="ocpp1.6",
            vendor="Fence <b>",
            model="One",
            serial="A-1",
            firmware="1.2",
            seen_at=self.clock.now(),
            configured=(("MeterValueSampleInterval", "Accepted"), ("X", "NotSupported")),
            connectors=tuple(
                ConnectorView(
                    plug.number,
                    "Charging" if session and plug.number == 1 else "Available",
                    "NoError",
                    session if plug.number == 1 else "",
                    self.clock.now(),
                )
                for plug in charge_point.connectors
            ),
        )

    async def rotate(self, tenant: str, charge_point_id: str, *, by: str) -> GivenCommand:
        if charge_point_id in self.rotated:
            raise Conflict("a new password is on its way already")
        self.rotated.append(charge_point_id)
        now = self.clock.now()
        return given_command("c1", SetPassword(sealed="00"), by, now, now)

    async def certificate(self, tenant: str, charge_point: str, chain_pem: str) -> None:
        await self.give(tenant, charge_point, SendSignedCertificate(chain_pem), by="Strom")

    async def told(self, tenant: str, charge_point: ChargePoint) -> list[DiaryEntry]:
        return self.diary


@dataclass
class StandInConfiguration:
    """A configuration with a setting that has changed by itself."""

    clock: SetClock
    chargers: StandInChargers
    told: dict[str, str] = field(default_factory=dict)
    wanted: dict[str, str] = field(default_factory=dict)

    async def of(self, tenant: str, charge_point: str) -> ConfigurationView:
        settings = tuple(
            SettingView(
                key,
                value,
                key == "NumberOfConnectors",
                self.wanted.get(key),
                "owner" if key in self.wanted else "",
                self.clock.now() if key in self.wanted else None,
                self.wanted.get(key, value) != value,
            )
            for key, value in self.told.items()
        )
        return ConfigurationView(self.clock.now() if settings else None, settings)

    async def ask(self, tenant: str, charge_point: str) -> CommandView:
        if charge_point not in self.chargers.online:
            raise Conflict("the charge point is offline")
        self.told |= {"HeartbeatInterval": "900", "NumberOfConnectors": "1"}
        return CommandView("c1", "get_configuration", "waiting", self.clock.now())

    async def set(self, tenant: str, charge_point: str, key: str, value: str) -> CommandView:
        if key == "NumberOfConnectors":
            raise BadInput("this cannot be changed", field="key")
        self.told[key] = self.wanted[key] = value
        return CommandView("c2", "change_configuration", "waiting", self.clock.now())

    async def set_again(self, tenant: str, charge_point: str, key: str) -> CommandView:
        return await self.set(tenant, charge_point, key, self.wanted[key])

    async def accept(self, tenant: str, charge_point: str, key: str) -> None:
        self.wanted[key] = self.told[key]


@dataclass
class StandInReservations:
    """Reservations as a charge point with the profile keeps them."""

    kept: dict[tuple[str, int], Reservation] = field(default_factory=dict)

    async def all(self, tenant: str, charge_point: str) -> list[Reservation]:
        return [each for (at, _), each in self.kept.items() if at == charge_point]

    async def reserve(
        self,
        tenant: str,
        charge_point: ChargePoint,
        connector: int,
        until: datetime,
        *,
        card: str = "",
        label: str = "",
    ) -> Reservation:
        if (charge_point.id, connector) in self.kept:
            raise Conflict("this connector is reserved already; give that back first")
        code = "" if card else "c0de"
        kept = Reservation(1, connector, until, card or "TAG", "o1", label, "s1", code, "accepted")
        self.kept[charge_point.id, connector] = kept
        return kept

    async def cancel(self, tenant: str, charge_point: str, connector: int) -> None:
        if self.kept.pop((charge_point, connector), None) is None:
            raise NotFound("nothing is reserved there")


class Fixture:
    """A whole portal: ``services`` for the application, the rest for the test to reach in."""

    def __init__(self, house: House | None = None, *, base_url: str = BASE_URL) -> None:
        self.house = house = house or House(base_url=base_url)
        self.wallets = StandInWallets(house.clock)
        self.sessions = StandInSessions()
        self.refunds, self.books = StandInRefunds(), StandInBooks()
        self.chargers = StandInChargers(house.clock)
        self.reservations = StandInReservations()
        self.live = LiveChargers(house.tables, house.clock)
        self.configuration = StandInConfiguration(house.clock, self.chargers)
        self.outbox = OutboxMailer(house.tables, house.clock, house.chance)
        tenancy = house.tenancy
        tags = IdTags(house.tables, house.clock, self.chargers)  # type: ignore[arg-type]  # a stand-in
        registry = ChargerRegistry(
            house.tables,
            house.directory,
            house.clock,
            house.chance,
            "strom.example",
            self._in_use,
            tags.keep_list,
        )
        self.desk = CertificateDesk(
            house.tables,
            Authorities(
                house.tables, DataKeyEnvelope(PlainWrapping()), house.clock, "strom.example"
            ),
            ChargerCertificates(house.tables),
            self.live,
            InProcessBus(),
            self.chargers,
            house.clock,
        )
        self.market = Market()
        sources = self.market.sources(house)
        self.services = PortalServices(
            settings=PortalSettings(
                public_base_url=base_url,
                charger_ws_base_url=f"{base_url.replace('http', 'ws', 1)}/ocpp",
                host="strom.example",
                session_secret=b"s" * 32,
                sign_up=house.policy,
            ),
            clock=house.clock,
            chance=house.chance,
            sign_up=tenancy.sign_up,
            accounts=tenancy.accounts,
            wallet_login=tenancy.wallet_login,
            recovery=tenancy.recovery,
            api_keys=tenancy.api_keys,
            owner_settings=tenancy.settings,
            provider=tenancy.provider,
            alerts=OwnerAlerts(house.tables, house.clock, self.outbox, base_url),
            locations=Locations(house.tables, house.chance),
            tariffs=OwnedTariffs(house.tables, house.clock, house.chance),
            prices=TariffsInForce(house.tables, sources, house.clock),
            price_sources=sources,
            chargers=registry,
            statuses=self.chargers,
            commands=self.chargers,
            quality=ConnectionQuality(self.live),
            frame_logs=FrameLogs(self.live, InProcessBus(), house.clock),
            configuration=self.configuration,
            access=ChargerAccess(house.tables, self.live, self.chargers, house.clock),
            certificates=self.desk,
            newcomers=Newcomers(
                house.tables,
                house.directory,
                self.live,
                registry,
                self.chargers,  # type: ignore[arg-type]  # a stand-in
                InProcessBus(),
                house.clock,
                house.chance,
            ),
            id_tags=tags,
            reservations=self.reservations,
            upstreams=Passthrough(
                house.tables,
                self.live,
                InProcessBus(),
                DataKeyEnvelope(PlainWrapping()),
                house.clock,
                OutboundPolicy(allow_private_hosts=True, allow_plain_http=True),
                ChargePointSettings(),
            ),
            sessions=self.sessions,
            links=self.sessions,
            refunds=self.refunds,
            refund_desk=self.refunds,
            books=self.books,
            wallets=self.wallets,
            printed_link=lambda name: f"https://strom.example/c/{name}?lightning=LNURL1TEST",
            outbox=self.outbox,
        )

    async def _in_use(self, tenant: str, charge_point_id: str) -> bool:
        return charge_point_id in self.chargers.charging

    def mail_to_the_outbox(self) -> None:
        """Let the letters of accounts arrive where the outbox page shows them."""
        self.house.letters.send = Letters(self.outbox).send  # type: ignore[method-assign]  # as meant

    async def charger(self, tenant: str, **more: object) -> IssuedCharger:
        location = await self.services.locations.add(tenant, PLACE)
        tariff = await self.services.tariffs.add(tenant, PRICE)
        draft = ChargePointDraft("Garage links", location.id, tariff.id)
        return await self.services.chargers.add(tenant, replace(draft, **more))  # type: ignore[arg-type]  # real fields

    def charge(self, tenant: str, charger: ChargePoint, session_id: str = "s1") -> SessionDetail:
        """A finished charge with part of the money still owed."""
        began = self.house.clock.now()
        session = SessionView(
            id=session_id,
            charge_point_id=charger.id,
            connector=1,
            address=f"{charger.name}-1@strom.example",
            state="ended",
            created_at=began,
            started_at=began + timedelta(seconds=20),
            ended_at=began + timedelta(minutes=65),
            energy_wh=7_350,
            cost_msat=6_100_250,
            paid_msat=10_000_000,
            refund_owed_msat=3_899_000,
            end_reason="stopped_by_driver",
        )
        detail = SessionDetail(
            session,
            tariff="0.45 EUR/kWh",
            wallet_id="w0",
            ledger=(
                LedgerLine(began, "paid", 10_000_000, f"payment {'0f' * 32}"),
                LedgerLine(began + timedelta(minutes=65), "charged", 6_100_250),
                LedgerLine(began + timedelta(minutes=65), "refundable", 3_899_000),
                LedgerLine(began + timedelta(minutes=65), "residue", 750),
            ),
            refunds=(RefundView("owed", 3_899_000, began + timedelta(minutes=65)),),
        )
        self.sessions.details[tenant, session_id] = detail
        return detail


PLACE = LocationDraft(
    "Garage",
    "Hauptstr. 1",
    "Berlin",
    "10115",
    "DE",
    Decimal("52.52"),
    Decimal("13.405"),
    "Europe/Berlin",
    "EUR",
)
PRICE = TariffDraft("Day", "EUR", Decimal("0.45"), Decimal("1"))
