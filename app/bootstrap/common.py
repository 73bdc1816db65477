"""What most rooms need, made once over a foundation."""

from dataclasses import dataclass

from app.bootstrap import room_settings as room
from app.bootstrap.adapters import (
    Announcing,
    ConfigurationAlerts,
)
from app.bootstrap.charger_security import ChargerSecurity, charger_security
from app.bootstrap.foundation import Foundation
from app.bootstrap.foundation import outbound_policy as policy_of
from app.bootstrap.prices import Prices, prices_over
from app.charge_points.commands import Ringing
from app.charge_points.configuration import ConfigurationBook
from app.charge_points.owner_commands import OwnerCommands
from app.charge_points.passthrough import Passthrough
from app.charge_points.remote import RemoteControl
from app.charge_points.reserving import Reserving
from app.flow import Flow, FlowSettings
from app.linking import WalletKeys
from app.notifications.alerts import OwnerAlerts
from app.notifications.background import BackgroundMailer
from app.notifications.mail import Mailer
from app.notifications.outbox import OutboxMailer
from app.notifications.smtp import SmtpMailer
from app.operations import Reserve
from app.records import rows
from app.records.commands import GivenCommands
from app.records.directory import Directory
from app.records.live import LiveChargers
from app.records.reservations import Reservations
from app.records.sessions import Sessions
from app.tokens import Signer
from app.wallets.backend import Parts
from app.wallets.connections import BACKENDS, Opener, WalletOpener
from app.wallets.connector import WalletConnector
from app.wallets.remote import RemoteOpener


@dataclass(frozen=True, slots=True)
class Common:
    """What most rooms need, made once."""

    base: Foundation
    flow: Flow
    announcing: Announcing
    signer: Signer
    wallet_keys: WalletKeys
    directory: Directory
    live: LiveChargers
    remote: RemoteControl
    commands: OwnerCommands
    reserving: Reserving
    ringing: Ringing
    wallets: WalletConnector
    mailer: Mailer
    alerts: OwnerAlerts
    security: ChargerSecurity
    prices: Prices


def common_parts(base: Foundation) -> Common:
    """The parts, over a foundation."""
    settings, tables, clock, chance = base.settings, base.tables, base.clock, base.chance
    announcing = Announcing()
    times = FlowSettings(
        lease_s=settings.lease_s,
        perform_timeout_s=settings.perform_timeout_s,
        at_once_grace_s=settings.redeliver_s,
    )
    sessions = Sessions(tables, settings.due_shards)
    flow = Flow(tables, sessions, clock, chance, base.queue, announcing, times)
    live = LiveChargers(tables, clock)
    mailer = _mailer(base)
    alerts = OwnerAlerts(tables, clock, mailer, settings.base_url)
    drifted = ConfigurationAlerts(alerts, rows.charge_points(tables))
    book = ConfigurationBook(live, room.charge_point_settings(settings), drifted)
    commands = OwnerCommands(GivenCommands(tables), live, flow, clock, chance, book.followers)
    reserving = Reserving(Reservations(tables), commands, clock, chance)
    commands.followers[Reserve] = reserving.answered
    parts = Parts(base.http, tables, clock, chance, policy_of(settings))
    opener = _opener(base, parts)
    signer = Signer(base.server_key, base.older_server_keys)
    directory = Directory(tables, clock)
    host = room.checkout_settings(settings).host
    security = charger_security(base, directory, live, commands, alerts, host)
    return Common(
        base=base,
        flow=flow,
        announcing=announcing,
        signer=signer,
        wallet_keys=WalletKeys.over(tables, signer, clock, chance),
        directory=directory,
        live=live,
        remote=RemoteControl(commands, flow, room.charge_point_settings(settings)),
        commands=commands,
        reserving=reserving,
        ringing=Ringing(
            live,
            base.bus,
            clock,
            room.charge_point_settings(settings),
            commands,
            security.passwords.reveal,
        ),
        wallets=WalletConnector(tables, opener, clock, chance, sessions.refunds_owed_msat),
        mailer=mailer,
        alerts=alerts,
        security=security,
        prices=prices_over(base),
    )


def passthrough(base: Foundation, live: LiveChargers) -> Passthrough:
    """The owners' own backends."""
    policy = room.upstream_policy(base.settings)
    settings = room.charge_point_settings(base.settings)
    return Passthrough(base.tables, live, base.bus, base.envelope, base.clock, policy, settings)


def _opener(base: Foundation, parts: Parts) -> Opener:
    if base.asks_wallets is None:
        return WalletOpener(parts, base.envelope)
    return RemoteOpener(base.asks_wallets, base.envelope, parts, BACKENDS)


def _mailer(base: Foundation) -> Mailer:
    if not base.settings.smtp_host:
        return OutboxMailer(base.tables, base.clock, base.chance)
    return BackgroundMailer(SmtpMailer(room.smtp_settings(base.settings), base.clock), base.clock)
